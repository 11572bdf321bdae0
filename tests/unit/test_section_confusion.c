/* The confusion section: truth down, prediction across. */
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

static void the_matrix_has_truth_in_rows(void **state)
{
    (void)state;
    json_t *result[] = { report_result("a", "erm", 1, before, 4) };
    static const char *const part[] = {
        "<caption>Confusion matrix of erm</caption>", "taken for no</th>",
        "<bdi>no</bdi></th><td class=\"number\">0</td><td class=\"number\">0</td>",
        "<bdi>yes</bdi></th><td class=\"number\">75</td><td class=\"number\">129</td>"
    };
    eh_str html = { 0 };
    report_section(&html, "confusion", result, 1);
    expect_parts(&html, part, sizeof part / sizeof *part);
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_matrix_has_truth_in_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
