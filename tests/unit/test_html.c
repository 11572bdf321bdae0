/* HTML: no text from the data becomes markup. */
#include "report/html.h"
#include "support/cmocka_all.h"

#include <string.h>

static void the_five_characters_are_escaped_and_nothing_else(void **state)
{
    (void)state;
    eh_str html = { 0 };
    eh_html_text(&html, "a<b>&\"c'\u00e4\u2028");
    assert_string_equal(eh_str_text(&html), "a&lt;b&gt;&amp;&quot;c&#39;\u00e4\u2028");
    eh_str_clear(&html);
    eh_html_text(&html, NULL);
    eh_html_text(&html, "");
    assert_string_equal(eh_str_text(&html), "");
    eh_str_clear(&html);
}

static void formatted_cells_are_escaped_as_a_whole(void **state)
{
    (void)state;
    eh_str html = { 0 };
    eh_html_cell(&html, "%s<%d", "<i>", 3);
    eh_html_number(&html, "%s", "\"");
    eh_html_row_name(&html, "<img src=x onerror=alert(1)>");
    assert_string_equal(eh_str_text(&html),
                        "<td class=\"text\">&lt;i&gt;&lt;3</td><td class=\"number\">&quot;</td>"
                        "<th scope=\"row\" class=\"text\"><bdi>&lt;img src=x "
                        "onerror=alert(1)&gt;</bdi></th>");
    eh_str_clear(&html);
}

static void a_table_has_a_name_a_caption_and_scoped_titles(void **state)
{
    (void)state;
    static const char *const title[] = { "Group", ">n" };
    eh_str html = { 0 };
    eh_html_table_begin(&html, "a\"b", "x<y", title, 2);
    eh_html_row_begin(&html, true);
    eh_html_row_end(&html);
    eh_html_table_end(&html);
    assert_string_equal(eh_str_text(&html),
                        "<div class=\"table-scroll\" role=\"region\" aria-label=\"a&quot;b\" "
                        "tabindex=\"0\">\n"
                        "<table class=\"data\">\n<caption>x&lt;y</caption>\n"
                        "<thead><tr><th scope=\"col\" class=\"text\">Group</th>"
                        "<th scope=\"col\" class=\"number\">n</th></tr></thead>\n<tbody>\n"
                        "<tr class=\"hatched\"></tr>\n</tbody>\n</table>\n</div>\n");
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_five_characters_are_escaped_and_nothing_else),
        cmocka_unit_test(formatted_cells_are_escaped_as_a_whole),
        cmocka_unit_test(a_table_has_a_name_a_caption_and_scoped_titles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
