/* The section of numbers, and the verdict about them: groups worst first, and what a reader is told. */
#include "report/report.h"
#include "metric/number_audit.h"
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <string.h>

/* A result of one head "age": "near" is off by 1 in each of 40 images, "far" by 6 or 8, "nobody" has none. */
static json_t *result(void)
{
    static const char *const name[] = { "near", "far", "nobody" }, *const column[] = { "where" };
    double truth[80], predicted[80];
    int32_t group[80];
    eh_number_audit *audit = NULL;
    for (int i = 0; i < 80; i++) {
        truth[i] = i;
        group[i] = i >= 40;
        predicted[i] = i < 40 ? i + (i % 2 ? 1 : -1) : i + 6 + 2 * (i % 2);
    }
    const eh_number_input in = { .rows = 80,
                                 .truth = truth,
                                 .predicted = predicted,
                                 .group = group,
                                 .group_name = name,
                                 .group_value = name,
                                 .groups = 3,
                                 .group_columns = 1,
                                 .group_column = column };
    assert_int_equal(eh_number_audit_make(&audit, &in, NULL), EH_OK);
    json_t *split = eh_number_audit_json(audit, "test", NULL);
    eh_number_audit_free(audit);
    json_t *json =
        json_pack("{s:s, s:i, s:s, s:s, s:s, s:{s:s}, s:[{s:s, s:[]}, {s:s, s:[]}, {s:s, s:[]}], s:{s:[]}, "
                  "s:[], s:[{s:s, s:n, s:[o]}]}",
                  "format", "evenhand-results", "format_version", 1, "kind", "run", "id", "run", "name",
                  "erm", "data", "name", "faces", "groups", "name", "near", "values", "name", "far", "values",
                  "name", "nobody", "values", "task", "heads", "evaluation", "numbers", "head", "age", "loss",
                  "splits", split);
    assert_non_null(json);
    return json;
}

static void groups_stand_worst_first_with_all_their_numbers(void **state)
{
    (void)state;
    json_t *one[] = { result() };
    eh_str html = { 0 };
    report_section(&html, "numbers", one, 1);
    const char *text = eh_str_text(&html);
    const char *far = strstr(text, ">far<"), *near = strstr(text, ">near<"),
               *nobody = strstr(text, ">nobody<");
    assert_true(far && near && nobody && far < near && near < nobody);
    assert_non_null(strstr(far, "7.00"));
    assert_non_null(strstr(text, "Within 8"));
    assert_non_null(strstr(nobody, "no images"));
    assert_non_null(strstr(text, "all images"));
    eh_str_clear(&html);
}

static void the_verdict_names_error_direction_and_gap(void **state)
{
    (void)state;
    json_t *one[] = { result() };
    eh_str text = { 0 };
    eh_arena *arena = eh_arena_new();
    eh_report report;
    assert_int_equal(eh_report_arrange(&report, arena, one, NULL, 1, NULL, NULL), EH_OK);
    assert_string_equal(report.title, "faces: age");
    assert_int_equal(eh_report_verdict(&text, &report, NULL), EH_OK);
    assert_non_null(strstr(text.data, "is off by 4.00 in age on average"));
    assert_non_null(strstr(text.data, "3.50 too much"));
    assert_non_null(
        strstr(text.data, "Groups differ: the largest error is 7.00 of \u201cfar\u201d (40 pictures)"));
    assert_non_null(strstr(text.data, "a gap of 6.00"));
    eh_str_clear(&text);
    eh_arena_free(arena);
    json_decref(one[0]);
}

static void a_report_without_numbers_has_no_such_section(void **state)
{
    (void)state;
    json_t *one[] = { report_sample("erm") };
    eh_str html = { 0 };
    report_section(&html, "numbers", one, 1);
    assert_string_equal(eh_str_text(&html), "");
    eh_str_clear(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_stand_worst_first_with_all_their_numbers),
        cmocka_unit_test(the_verdict_names_error_direction_and_gap),
        cmocka_unit_test(a_report_without_numbers_has_no_such_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
