/* test_section_balance.c - association and power as plain tables. */
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <string.h>

static void association_and_power_stand_in_tables(void **state)
{
    (void)state;
    eh_str html = { 0 };
    json_t *result[] = { report_sample("data") };
    report_section(&html, "balance", result, 1);
    assert_non_null(strstr(eh_str_text(&html), "0.210"));
    assert_non_null(strstr(eh_str_text(&html), "0.140 to 0.280"));
    assert_non_null(strstr(eh_str_text(&html), "17.0 points"));
    assert_non_null(strstr(eh_str_text(&html), "no number"));
    assert_non_null(
        strstr(eh_str_text(&html), "<tr class=\"hatched\">")); /* a group of which nothing can be told */
    eh_str_clear(&html);
}

static void results_without_these_parts_have_no_such_section(void **state)
{
    (void)state;
    eh_str html = { 0 };
    json_t *result[] = { report_sample("edge") };
    report_section(&html, "balance", result, 1);
    assert_string_equal(eh_str_text(&html), "");
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(association_and_power_stand_in_tables),
        cmocka_unit_test(results_without_these_parts_have_no_such_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
