/* test_section_cleaning.c - what was found and who was removed, as plain tables. */
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <string.h>

static void findings_and_the_groups_before_and_after_are_written(void **state)
{
    (void)state;
    eh_str html = { 0 };
    json_t *result[] = { report_sample("data") };
    report_section(&html, "cleaning", result, 1);
    assert_non_null(strstr(eh_str_text(&html), "3 images were taken out of use and 1 values corrected"));
    assert_non_null(strstr(eh_str_text(&html), "copies"));
    assert_non_null(strstr(eh_str_text(&html), "2 (0.4%)"));
    assert_null(strstr(eh_str_text(&html), "data:image")); /* pictures are the script's */
    eh_str_clear(&html);
}

static void a_name_from_the_data_stays_text(void **state)
{
    (void)state;
    eh_str html = { 0 };
    json_t *result[] = { report_sample("data") };
    json_t *group =
        json_array_get(json_object_get(json_object_get(json_object_get(result[0], "data"), "cleaning"),
                                       "groups"),
                       0);
    json_object_set_new(group, "group", json_string("<img src=x>"));
    report_section(&html, "cleaning", result, 1);
    assert_null(strstr(eh_str_text(&html), "<img"));
    assert_non_null(strstr(eh_str_text(&html), "&lt;img src=x&gt;"));
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_and_the_groups_before_and_after_are_written),
        cmocka_unit_test(a_name_from_the_data_stays_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
