/* The audit on data worked by hand: counts, averages, extremes, what is left out, the table and the JSON. */
#include "metric/audit.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static const char *const class_name[] = { "other", "blond" };
static const char *const column_name[] = { "hair", "gender" };
static const char *const group_name[] = { "other female", "other male", "blond female", "blond male" };
static const char *const group_value[] = { "other", "female", "other", "male",
                                           "blond", "female", "blond", "(missing)" };

/* Rows by group: correct ones first, then wrong ones. */
typedef struct rows {
    int32_t truth[512], predicted[512], group[512];
    float probability[1024];
    size_t count;
} rows;

static void add(rows *r, int32_t group, int32_t truth, int32_t predicted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(r->count < 512);
        r->group[r->count] = group;
        r->truth[r->count] = truth;
        r->predicted[r->count++] = predicted;
    }
}

static eh_audit_input input(const rows *r)
{
    return (eh_audit_input){
        .rows = r->count,
        .truth = r->truth,
        .predicted = r->predicted,
        .group = r->group,
        .class_name = class_name,
        .classes = 2,
        .group_name = group_name,
        .group_value = group_value,
        .groups = 4,
        .group_columns = 2,
        .group_column = column_name,
    };
}

/* other female 40/40, other male 45/50, blond female 24/32, blond male 2/8. */
static void fill(rows *r)
{
    *r = (rows){ 0 };
    add(r, 0, 0, 0, 40);
    add(r, 1, 0, 0, 45);
    add(r, 1, 0, 1, 5);
    add(r, 2, 1, 1, 24);
    add(r, 2, 1, 0, 8);
    add(r, 3, 1, 1, 2);
    add(r, 3, 1, 0, 6);
}

static void expect_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9))
        fail_msg("%.12f is not %.12f", value, expected);
}

static void expect_estimate(const eh_estimate *e, uint64_t count, uint64_t n)
{
    assert_int_equal(e->count, count);
    assert_int_equal(e->n, n);
    eh_estimate wilson = eh_wilson(count, n, 0.95);
    if (n > 0) {
        expect_near(e->value, (double)count / (double)n);
        expect_near(e->low, wilson.low);
        expect_near(e->high, wilson.high);
    }
}

static void every_group_is_counted_as_by_hand(void **state)
{
    (void)state;
    rows r;
    fill(&r);
    eh_audit *audit;
    eh_audit_input in = input(&r);
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    expect_estimate(&audit->group[0].accuracy, 40, 40);
    expect_estimate(&audit->group[1].accuracy, 45, 50);
    expect_estimate(&audit->group[2].accuracy, 24, 32);
    expect_estimate(&audit->group[3].accuracy, 2, 8);
    expect_estimate(&audit->overall.accuracy, 111, 130);
    assert_memory_equal(audit->overall.confusion, ((uint64_t[]){ 85, 5, 14, 26 }), 4 * sizeof(uint64_t));
    expect_estimate(&audit->overall.precision[1], 26, 31);
    expect_estimate(&audit->overall.recall[1], 26, 40);
    expect_estimate(&audit->group[1].precision[1], 0, 5);
    assert_int_equal(audit->group[1].recall[1].n, 0);
    assert_true(isnan(audit->group[1].recall[1].value));
    eh_audit_free(audit);
}

static void averages_and_extremes_are_as_by_hand(void **state)
{
    (void)state;
    rows r;
    fill(&r);
    eh_audit *audit;
    eh_audit_input in = input(&r);
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    expect_near(audit->group_mean.value, (1 + 0.9 + 0.75 + 0.25) / 4);
    assert_int_equal(audit->group_mean_groups, 4);
    assert_int_equal(audit->worst, 3);
    assert_int_equal(audit->worst_ok, 2);
    assert_int_equal(audit->best, 0);
    expect_near(audit->gap.value, 0.75);
    assert_int_equal(audit->group[2].verdict, EH_VERDICT_OK);
    assert_int_equal(audit->group[3].verdict, EH_VERDICT_FEW);
    assert_true(isnan(audit->log_loss));
    eh_audit_free(audit);
}

static void a_group_without_images_is_neither_worst_nor_in_the_mean(void **state)
{
    (void)state;
    rows r = { 0 };
    add(&r, 0, 0, 0, 3);
    add(&r, 1, 0, 1, 1);
    eh_audit *audit;
    eh_audit_input in = input(&r);
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    assert_int_equal(audit->group[2].verdict, EH_VERDICT_NONE);
    assert_true(isnan(audit->group[2].accuracy.value) && isnan(audit->group[2].accuracy.high));
    assert_int_equal(audit->worst, 1);
    assert_int_equal(audit->worst_ok, -1);
    expect_near(audit->group_mean.value, 0.5);
    assert_int_equal(audit->group_mean_groups, 2);
    eh_audit_free(audit);
}

static void all_right_in_every_group_is_a_gap_of_zero_with_an_interval(void **state)
{
    (void)state;
    rows r = { 0 };
    for (int32_t g = 0; g < 4; g++)
        add(&r, g, g / 2, g / 2, 100);
    eh_audit *audit;
    eh_audit_input in = input(&r);
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    assert_int_equal(audit->worst, 0);
    expect_near(audit->gap.value, 0);
    assert_true(audit->gap.low < 0 && audit->gap.high > 0);
    expect_near(audit->group_mean.high, 1);
    assert_true(audit->group_mean.low > 0.95 && audit->group_mean.low < 1);
    eh_audit_free(audit);
}

static void no_rows_at_all_are_measured_as_nothing_known(void **state)
{
    (void)state;
    rows r = { 0 };
    eh_audit *audit;
    eh_audit_input in = input(&r);
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    assert_int_equal(audit->worst, -1);
    assert_true(isnan(audit->gap.value) && isnan(audit->overall.accuracy.value));
    json_t *json = eh_audit_json(audit, "test", NULL);
    assert_true(json_is_null(json_object_get(json, "largest_gap")));
    assert_true(json_is_null(json_object_get(json_object_get(json, "worst_group"), "name")));
    json_decref(json);
    eh_audit_free(audit);
}

static void rows_without_truth_or_prediction_are_counted_apart(void **state)
{
    (void)state;
    rows r;
    fill(&r);
    add(&r, 3, -1, 1, 3);
    add(&r, 3, -1, -1, 1);
    add(&r, 3, 1, -1, 2);
    eh_audit *audit;
    eh_audit_input in = input(&r);
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    assert_int_equal(audit->missing_truth, 4);
    assert_int_equal(audit->missing_prediction, 2);
    expect_estimate(&audit->group[3].accuracy, 2, 8);
    assert_int_equal(audit->overall.accuracy.n, 130);
    eh_audit_free(audit);
}

static void without_groups_there_is_one(void **state)
{
    (void)state;
    rows r;
    fill(&r);
    eh_audit *audit;
    eh_audit_input in = input(&r);
    in.groups = 0;
    in.group = NULL;
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    assert_int_equal(audit->groups, 1);
    assert_int_equal(audit->group_columns, 0);
    assert_string_equal(audit->group[0].name, "all images");
    expect_estimate(&audit->group[0].accuracy, 111, 130);
    assert_true(isnan(audit->gap.value));
    eh_audit_free(audit);
}

static void log_loss_is_the_mean_over_the_counted_rows(void **state)
{
    (void)state;
    rows r = { 0 };
    add(&r, 0, 0, 0, 1);
    add(&r, 0, 1, 0, 1);
    add(&r, 0, -1, 0, 1);
    const float p[] = { 0.75f, 0.25f, 0.5f, 0.5f, NAN, NAN };
    eh_audit *audit;
    eh_audit_input in = input(&r);
    in.probability = p;
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    expect_near(audit->log_loss, -(log(0.75) + log(0.5)) / 2);
    eh_audit_free(audit);
}

static void a_probability_that_is_none_is_refused(void **state)
{
    (void)state;
    rows r = { 0 };
    add(&r, 0, 1, 0, 1);
    const float bad[][2] = { { 0.5f, NAN }, { 0.5f, 1.5f }, { 0.5f, -0.1f }, { 0.5f, INFINITY } };
    for (size_t i = 0; i < 4; i++) {
        eh_error err = { 0 };
        eh_audit *audit;
        eh_audit_input in = input(&r);
        in.probability = bad[i];
        assert_int_equal(eh_audit_make(&audit, &in, &err), EH_ERR_NUMERIC);
        assert_null(audit);
        assert_non_null(strstr(err.message, "Row 1"));
    }
}

static void classes_and_groups_out_of_range_are_refused(void **state)
{
    (void)state;
    const int32_t bad[][3] = { { 0, 2, 0 }, { 0, 0, 2 }, { 4, 0, 0 }, { -1, 0, 0 }, { 0, -2, 0 } };
    for (size_t i = 0; i < 5; i++) {
        rows r = { 0 };
        add(&r, bad[i][0], bad[i][1], bad[i][2], 1);
        eh_error err = { 0 };
        eh_audit *audit;
        eh_audit_input in = input(&r);
        assert_int_equal(eh_audit_make(&audit, &in, &err), EH_ERR_INPUT);
        assert_non_null(strstr(err.message, "Row 1"));
    }
}

static void many_classes_are_measured_without_a_matrix(void **state)
{
    (void)state;
    static const char *name[200];
    rows r = { 0 };
    for (int32_t c = 0; c < 200; c++) {
        name[c] = "class";
        add(&r, 0, c, c / 2 * 2, 1);
    }
    eh_audit *audit;
    eh_audit_input in = input(&r);
    in.class_name = name;
    in.classes = 200;
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    assert_null(audit->overall.confusion);
    expect_estimate(&audit->overall.accuracy, 100, 200);
    expect_estimate(&audit->overall.precision[4], 1, 2);
    json_t *json = eh_audit_json(audit, "test", NULL);
    assert_true(json_is_null(json_object_get(json, "confusion")));
    assert_int_equal(json_array_size(json_object_get(json, "classes")), 200);
    json_decref(json);
    eh_audit_free(audit);
}

/* Read and found right: 87 of 98 in all, mean (1 + 0.9 + 0.25) / 3. */
static const char golden[] =
    "group              accuracy  (correct/n)  95% interval  precision of blond  recall of blond\n"
    "-----------------  --------  -----------  ------------  ------------------  ---------------  "
    "------------------------------------------\n"
    "blond male:          25.00%        (2/8)     7.1\u201359.1%        100.0% (2/2)      25.0% (2/8)  worst "
    "group; few images: read the interval\n"
    "other male:          90.00%      (45/50)    78.6\u201395.7%          0.0% (0/5)                -\n"
    "other female:       100.00%      (40/40)   91.2\u2013100.0%                   -                -\n"
    "blond female:             -        (0/0)             -                   -                -  no image: "
    "nothing can be said\n"
    "-----------------  --------  -----------  ------------  ------------------  ---------------  "
    "------------------------------------------\n"
    "all images:          88.78%      (87/98)    81.0\u201393.6%         28.6% (2/7)      25.0% (2/8)  large "
    "groups weigh more\n"
    "mean of 3 groups:    71.67%                 64.0\u201383.2%                                       "
    "balanced over groups: each weighs the same\n"
    "largest gap:          75.00                  39.8\u201392.9                                       "
    "points, best minus worst group\n"
    "1 row was left out: no label.\n"
    "2 rows were left out: no prediction.\n";

static void the_table_shows_every_group_worst_first(void **state)
{
    (void)state;
    rows r = { 0 };
    add(&r, 0, 0, 0, 40);
    add(&r, 1, 0, 0, 45);
    add(&r, 1, 0, 1, 5);
    add(&r, 3, 1, 1, 2);
    add(&r, 3, 1, 0, 6);
    add(&r, 0, -1, 0, 1);
    add(&r, 0, 0, -1, 2);
    eh_audit *audit;
    eh_audit_input in = input(&r);
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    eh_str text = { 0 };
    assert_int_equal(eh_audit_table(&text, audit, EH_AUDIT_SORT_WORST, 1, NULL), EH_OK);
    assert_string_equal(eh_str_text(&text), golden);
    eh_str_clear(&text);
    eh_audit_free(audit);
}

static void the_json_holds_the_same_numbers(void **state)
{
    (void)state;
    rows r;
    fill(&r);
    add(&r, 0, -1, 0, 1);
    eh_audit *audit;
    eh_audit_input in = input(&r);
    assert_int_equal(eh_audit_make(&audit, &in, NULL), EH_OK);
    json_t *json = eh_audit_json(audit, "test", NULL);
    assert_non_null(json);
    const char *split, *worst, *method, *value, *verdict;
    int n, unlabelled, few, wrong, count, classes;
    double high;
    json_t *missing;
    assert_int_equal(
        json_unpack(json,
                    "{s:s, s:i, s:i, s:i, s:{s:s}, s:{s:{s:i, s:{s:s, s:F}}}, s:{s:i}, s:[{s:[{s:s}]}]}",
                    "split", &split, "n", &n, "unlabelled", &unlabelled, "few_below", &few, "worst_group",
                    "name", &worst, "overall", "accuracy", "count", &count, "interval", "method", &method,
                    "high", &high, "errors", "total", &wrong, "groups", "values", "value", &value),
        0);
    assert_string_equal(split, "test");
    assert_int_equal(n, 130);
    assert_int_equal(unlabelled, 1);
    assert_int_equal(few, 30);
    assert_string_equal(worst, "blond male");
    assert_int_equal(count, 111);
    assert_string_equal(method, "wilson");
    expect_near(high, eh_wilson(111, 130, 0.95).high);
    assert_int_equal(wrong, 19);
    assert_string_equal(value, "other");
    json_t *group = json_array_get(json_object_get(json, "groups"), 3);
    assert_int_equal(json_unpack(group, "{s:s, s:[{}, {s:o}]}", "verdict", &verdict, "values", "value",
                                 &missing),
                     0);
    assert_string_equal(verdict, "few");
    assert_true(json_is_null(missing));
    classes = (int)json_array_size(json_object_get(group, "classes"));
    assert_int_equal(classes, 2);
    json_decref(json);
    eh_audit_free(audit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_is_counted_as_by_hand),
        cmocka_unit_test(averages_and_extremes_are_as_by_hand),
        cmocka_unit_test(a_group_without_images_is_neither_worst_nor_in_the_mean),
        cmocka_unit_test(all_right_in_every_group_is_a_gap_of_zero_with_an_interval),
        cmocka_unit_test(no_rows_at_all_are_measured_as_nothing_known),
        cmocka_unit_test(rows_without_truth_or_prediction_are_counted_apart),
        cmocka_unit_test(without_groups_there_is_one),
        cmocka_unit_test(log_loss_is_the_mean_over_the_counted_rows),
        cmocka_unit_test(a_probability_that_is_none_is_refused),
        cmocka_unit_test(classes_and_groups_out_of_range_are_refused),
        cmocka_unit_test(many_classes_are_measured_without_a_matrix),
        cmocka_unit_test(the_table_shows_every_group_worst_first),
        cmocka_unit_test(the_json_holds_the_same_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
