/* test_check_values.c - impossible and far-out numbers, classes spelt twice, columns that are constant, repeat or contradict each other. */
#include "support/check_case.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 80 };

/* age 20..39 but -1 in row 3 and 150 in row 4; weight 60..69 but 400 in row 5, missing in row 6; city with typing errors in rows 10 to 13 and a code that
 * is none in `code`; sex and gender agree but in row 20; always is constant; twice repeats weight. */
static void line(char *out, size_t size, int i)
{
    static const char *const city[] = { "Springfield", "Shelbyville" };
    const char *where = city[i / 2 % 2];
    char weight[16] = "";
    if (i == 10)
        where = "springfield";
    if (i == 11)
        where = "Shelby ville";
    if (i == 12)
        where = "Sprinfield";
    if (i == 13)
        where = "Shelbyvlile";
    if (i != 6)
        snprintf(weight, sizeof weight, "%d", i == 5 ? 400 : 60 + i % 10);
    snprintf(out, size, "%02d.png,%d,%s,%s,%s,%s,%s,on,%s", i,
             i == 3   ? -1
             : i == 4 ? 150
                      : 20 + i % 20,
             weight, where,
             i % 3     ? "group 1"
             : i == 30 ? "group 2"
                       : "group 3",
             i % 2 ? "m" : "f", i % 2 != (i == 20) ? "male" : "female", weight);
}

static eh_catalog *make(void *folder)
{
    return check_case_set(folder,
                          "csv:file=file,numbers=age\\,weight\\,twice,label=city,groups=code\\,sex\\,"
                          "gender\\,always",
                          "file,age,weight,city,code,sex,gender,always,twice", ROWS, line);
}

static void numbers_outside_of_what_can_be_are_errors_and_far_ones_notes(void **state)
{
    eh_catalog *c = make(*state);
    eh_clean_result *r = check_case_run(c, "values");
    const eh_finding *low = check_case_finding(r, 4, "age"), *high = check_case_finding(r, 5, "age"),
                     *far = check_case_finding(r, 6, "weight");
    assert_true(low && high && far);
    assert_int_equal(low->severity, EH_SEVERITY_ERROR);
    assert_string_equal(check_case_evidence(low, "flaw"), "impossible");
    assert_string_equal(check_case_evidence(high, "value"), "150");
    assert_int_equal(far->severity, EH_SEVERITY_NOTE);
    assert_string_equal(check_case_evidence(far, "value"), "400");
    assert_true(far->score > 0.9 && far->score < 1);
    size_t about_numbers = 0;
    for (size_t i = 0; i < r->findings->count; i++)
        about_numbers += strcmp(r->findings->item[i].column, "age") == 0 ||
                         strcmp(r->findings->item[i].column, "weight") == 0;
    assert_int_equal(about_numbers, 3);
    eh_clean_result_free(r);

    r = check_case_run(c, "values:ranges=weight:0..300+age:-5..200,far=1000");
    assert_null(check_case_finding(r, 4, "age"));
    assert_int_equal(check_case_finding(r, 6, "weight")->severity, EH_SEVERITY_ERROR);
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

static void classes_spelt_twice_suggest_the_usual_one(void **state)
{
    eh_catalog *c = make(*state);
    eh_clean_result *r = check_case_run(c, "values");
    static const char *const usual[] = { "Springfield", "Shelbyville", "Springfield", "Shelbyville" };
    for (int i = 0; i < 4; i++) {
        const eh_finding *f = check_case_finding(r, 11 + i, "city");
        assert_non_null(f);
        assert_int_equal(f->action, EH_ACTION_RELABEL);
        assert_string_equal(f->suggestion, usual[i]);
        assert_int_equal(f->severity, i < 2 ? EH_SEVERITY_ERROR : EH_SEVERITY_WARNING);
    }
    for (size_t i = 0; i < r->findings->count; i++) /* numbered classes are no typing errors of each other */
        assert_string_not_equal(r->findings->item[i].column, "code");
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

static void columns_that_are_constant_or_repeat_are_named(void **state)
{
    eh_catalog *c = make(*state);
    eh_clean_result *r = check_case_run(c, "values:same=0.95");
    const json_t *summary = r->check[0].summary, *constant = json_object_get(summary, "constant_columns"),
                 *repeated = json_object_get(summary, "repeated_columns");
    assert_int_equal(json_array_size(constant), 1);
    assert_string_equal(json_string_value(json_array_get(constant, 0)), "always");
    assert_int_equal(json_array_size(repeated), 2);
    const eh_finding *f = check_case_finding(r, 21, "gender");
    assert_non_null(f);
    assert_string_equal(check_case_evidence(f, "flaw"), "columns contradict");
    assert_string_equal(check_case_evidence(f, "column"), "sex");
    assert_float_equal(f->score, 79.0 / 80, 1e-9);
    eh_clean_result_free(r);

    r = check_case_run(c, "values:same=0.999"); /* 79 of 80 are two columns */
    assert_null(check_case_finding(r, 21, "gender"));
    assert_int_equal(json_array_size(json_object_get(r->check[0].summary, "repeated_columns")), 1);
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

static void ranges_are_checked(void **state)
{
    eh_catalog *c = make(*state);
    check_case_refused(c, "values:ranges=age", EH_ERR_USAGE, "column:low..high");
    check_case_refused(c, "values:ranges=age:5..1", EH_ERR_USAGE, "column:low..high");
    check_case_refused(c, "values:ranges=age:x..1", EH_ERR_USAGE, "column:low..high");
    check_case_refused(c, "values:ranges=agee:0..1", EH_ERR_USAGE, "did you mean 'age'");
    check_case_refused(c, "values:ranges=city:0..1", EH_ERR_USAGE, "holds no numbers");
    eh_catalog_close(c);
}

#define VALUES_TEST(name) cmocka_unit_test_setup_teardown(name, data_folder_make, data_folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VALUES_TEST(numbers_outside_of_what_can_be_are_errors_and_far_ones_notes),
        VALUES_TEST(classes_spelt_twice_suggest_the_usual_one),
        VALUES_TEST(columns_that_are_constant_or_repeat_are_named),
        VALUES_TEST(ranges_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
