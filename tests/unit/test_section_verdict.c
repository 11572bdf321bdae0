/* The verdict section: the first sentence stands out, names are escaped. */
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <string.h>

static const report_group before[] = {
    { "A<b>", 100, NULL, 30 }, { "B", 100, NULL, 95 }, { "none", 0, NULL, 0 }, { "few", 4, NULL, 4 }
};

static void expect_parts(const eh_str *html, const char *const *part, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strstr(eh_str_text(html), part[i]))
            fail_msg("the section lacks \"%s\":\n%s", part[i], eh_str_text(html));
    assert_null(strstr(eh_str_text(html), "<b>"));
    assert_null(strstr(eh_str_text(html), "style="));
}

static void the_first_sentence_stands_out(void **state)
{
    (void)state;
    json_t *result[] = { report_result("a", "erm", 1, before, 4) };
    static const char *const part[] = {
        "<p class=\"verdict-sentence\">The model trained plainly is right on 63.2% of all "
        "pictures, but on only 30.0% of \u201cA&lt;b&gt;\u201d",
        "</p>\n<p>Nothing can be said about groups without pictures: \u201cnone\u201d.</p>"
    };
    eh_str html = { 0 };
    report_section(&html, "verdict", result, 1);
    expect_parts(&html, part, sizeof part / sizeof *part);
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_sentence_stands_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
