/* The errors section: the listed files with truth and prediction. */
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <string.h>

static void expect_parts(const eh_str *html, const char *const *part, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strstr(eh_str_text(html), part[i]))
            fail_msg("the section lacks \"%s\":\n%s", part[i], eh_str_text(html));
    assert_null(strstr(eh_str_text(html), "<b>"));
    assert_null(strstr(eh_str_text(html), "style="));
}

static void listed_errors_stand_with_their_group(void **state)
{
    (void)state;
    const report_group told[] = { { "A<b>", 3, "100", 0 }, { "B", 2, "11", 0 } };
    json_t *result[] = { report_result("a", "erm", 1, told, 2) };
    static const char *const part[] = { "erm: 2 wrong predictions, of which 2 are listed here: the wrong "
                                        "predictions of highest loss, at most 60 a "
                                        "group and 60 in all.",
                                        "<bdi>0002.jpg</bdi></th><td class=\"text\">A&lt;b&gt;</td><td "
                                        "class=\"text\">yes</td><td class=\"text\">no</td>" };
    eh_str html = { 0 };
    report_section(&html, "errors", result, 1);
    expect_parts(&html, part, sizeof part / sizeof *part);
    eh_str_clear(&html);
}

static void without_errors_there_is_no_section(void **state)
{
    (void)state;
    const report_group told[] = { { "A", 3, "111", 0 }, { "B", 2, "11", 0 } };
    json_t *result[] = { report_result("a", "erm", 1, told, 2) };
    eh_str html = { 0 };
    report_section(&html, "errors", result, 1);
    assert_int_equal(html.size, 0);
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listed_errors_stand_with_their_group),
        cmocka_unit_test(without_errors_there_is_no_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
