/* The groups section: every group, worst first, those without images last. */
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <string.h>

static const report_group before[] = {
    { "A<b>", 100, NULL, 30 }, { "B", 100, NULL, 95 }, { "none", 0, NULL, 0 }, { "few", 4, NULL, 4 }
};
static const report_group after[] = {
    { "A<b>", 100, NULL, 70 }, { "B", 100, NULL, 90 }, { "none", 0, NULL, 0 }, { "few", 4, NULL, 4 }
};

static void expect_parts(const eh_str *html, const char *const *part, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strstr(eh_str_text(html), part[i]))
            fail_msg("the section lacks \"%s\":\n%s", part[i], eh_str_text(html));
    assert_null(strstr(eh_str_text(html), "<b>"));
    assert_null(strstr(eh_str_text(html), "style="));
}

static void every_group_is_listed_worst_first(void **state)
{
    (void)state;
    json_t *result[] = { report_result("a", "erm", 1, before, 4) };
    static const char *const part[] = {
        "<tr><th scope=\"row\" class=\"text\"><bdi>A&lt;b&gt;</bdi></th><td class=\"number\">30/100</td>"
        "<td class=\"number\">30.0% <span class=\"interval\">[21.9\u201339.6%]</span></td>",
        "<tr class=\"hatched\"><th scope=\"row\" class=\"text\"><bdi>none</bdi></th><td "
        "class=\"number\">0/0</td>"
        "<td class=\"number\">no data</td><td class=\"number\">no data</td><td class=\"number\">no data</td>"
        "<td class=\"text\">no images</td></tr>",
        "<td class=\"text\">few images</td>", "<th scope=\"col\" class=\"number\">Precision of yes</th>"
    };
    eh_str html = { 0 };
    report_section(&html, "groups", result, 1);
    expect_parts(&html, part, sizeof part / sizeof *part);
    const char *text = eh_str_text(&html);
    assert_true(strstr(text, "<bdi>A&lt;b&gt;") < strstr(text, "<bdi>B<"));
    assert_true(strstr(text, "<bdi>B<") < strstr(text, "<bdi>few"));
    assert_true(strstr(text, "<bdi>few") < strstr(text, "<bdi>none"));
    eh_str_clear(&html);
}

static void each_result_has_its_table(void **state)
{
    (void)state;
    json_t *result[] = { report_result("a", "erm", 1, before, 4), report_result("b", "gdro", 1, after, 4) };
    static const char *const part[] = { "aria-label=\"Groups of erm\"", "aria-label=\"Groups of gdro\"" };
    eh_str html = { 0 };
    report_section(&html, "groups", result, 2);
    expect_parts(&html, part, sizeof part / sizeof *part);
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_is_listed_worst_first),
        cmocka_unit_test(each_result_has_its_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
