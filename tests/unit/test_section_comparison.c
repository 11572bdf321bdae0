/* The comparison section: baseline first, changes with their intervals. */
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

static void the_baseline_comes_first_and_changes_have_intervals(void **state)
{
    (void)state;
    json_t *result[] = { report_result("b", "gdro", 1, after, 4), report_result("a", "erm", 1, before, 4) };
    static const char *const part[] = {
        "Change for A&lt;b&gt;, points",
        "<td class=\"number\">30.0% <span class=\"interval\">[21.9\u201339.6%]</span></td>",
        /* Newcombe, independent: 70 of 100 against 30 of 100. */
        "+40.0 <span class=\"interval\">[+26.4, +51.5]</span>", "<td class=\"number\">75.0%</td>"
    };
    eh_str html = { 0 };
    report_section(&html, "comparison", result, 2);
    expect_parts(&html, part, sizeof part / sizeof *part);
    assert_true(strstr(eh_str_text(&html), "<bdi>erm") < strstr(eh_str_text(&html), "<bdi>gdro"));
    eh_str_clear(&html);
}

static void a_single_result_has_nothing_to_compare(void **state)
{
    (void)state;
    json_t *result[] = { report_result("a", "erm", 1, before, 4) };
    eh_str html = { 0 };
    report_section(&html, "comparison", result, 1);
    assert_int_equal(html.size, 0);
    eh_str_clear(&html);
}

static void results_of_another_question_are_mentioned(void **state)
{
    (void)state;
    json_t *result[] = { report_result("a", "erm", 1, before, 4), report_result("b", "gdro", 1, after, 4),
                         report_result("c", "gdro", 1, after, 2) };
    static const char *const part[] = { "1 result is not compared: it answers another question" };
    eh_str html = { 0 };
    report_section(&html, "comparison", result, 3);
    expect_parts(&html, part, 1);
    eh_str_clear(&html);
}

static void seeds_are_shown_as_a_range(void **state)
{
    (void)state;
    json_t *result[] = { report_result("a", "erm", 1, before, 4), report_result("a2", "erm", 2, after, 4),
                         report_result("b", "gdro", 1, after, 4) };
    static const char *const part[] = { "50.0% <span class=\"interval\">seeds 30.0\u201370.0%</span>" };
    eh_str html = { 0 };
    report_section(&html, "comparison", result, 3);
    expect_parts(&html, part, 1);
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_baseline_comes_first_and_changes_have_intervals),
        cmocka_unit_test(a_single_result_has_nothing_to_compare),
        cmocka_unit_test(results_of_another_question_are_mentioned),
        cmocka_unit_test(seeds_are_shown_as_a_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
