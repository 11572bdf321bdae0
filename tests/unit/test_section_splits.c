/* test_section_splits.c - the check of the split in words and as a table. */
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <string.h>

static void the_sentences_and_every_test_are_written(void **state)
{
    (void)state;
    eh_str html = { 0 };
    json_t *result[] = { report_sample("data") };
    report_section(&html, "splits", result, 1);
    assert_non_null(strstr(eh_str_text(&html), "<p>LEAK: 2 of 90 different values of person"));
    assert_non_null(strstr(eh_str_text(&html), "0.012"));
    assert_non_null(strstr(eh_str_text(&html), "kolmogorov-smirnov"));
    eh_str_clear(&html);
}

static void without_a_check_there_is_no_section(void **state)
{
    (void)state;
    eh_str html = { 0 };
    json_t *result[] = { report_sample("data") };
    json_object_set_new(json_object_get(result[0], "data"), "split_check", json_null());
    report_section(&html, "splits", result, 1);
    assert_string_equal(eh_str_text(&html), "");
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sentences_and_every_test_are_written),
        cmocka_unit_test(without_a_check_there_is_no_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
