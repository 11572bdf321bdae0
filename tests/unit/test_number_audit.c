/* Errors of numbers in groups: against NumPy and SciPy, what is left out, the table and the JSON. */
#include "metric/number_audit.h"
#include "base/json.h"
#include "metric/distribution.h"
#include "support/cmocka_all.h"
#include "support/statistics_golden.h"

#include <math.h>
#include <string.h>

enum { ROWS = 66, GROUPS = 4 };

static const char *const names[GROUPS] = { "first", "second", "third", "nobody" };
static const char *const column[] = { "who" };

typedef struct sample {
    json_t *golden;
    double truth[ROWS], predicted[ROWS];
    int32_t group[ROWS];
    eh_number_input in;
} sample;

static int load(void **state)
{
    static sample s;
    json_t *root = NULL;
    eh_error err = { 0 };
    memset(&s, 0, sizeof s);
    if (eh_json_read(&root, "tests/golden/measures.json", &err) != EH_OK)
        fail_msg("%s", err.message);
    s.golden = root;
    const json_t *n = json_object_get(root, "numbers");
    assert_int_equal(json_array_size(json_object_get(n, "truth")), ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        s.truth[i] = statistics_at(json_object_get(n, "truth"), i);
        s.predicted[i] = statistics_at(json_object_get(n, "predicted"), i);
        s.group[i] = (int32_t)statistics_at(json_object_get(n, "group"), i);
    }
    s.in = (eh_number_input){ .rows = ROWS,
                              .truth = s.truth,
                              .predicted = s.predicted,
                              .group = s.group,
                              .group_name = names,
                              .group_value = names,
                              .groups = GROUPS,
                              .group_columns = 1,
                              .group_column = column };
    *state = &s;
    return 0;
}

static int unload(void **state)
{
    json_decref(((sample *)*state)->golden);
    return 0;
}

static eh_number_audit *audit(const eh_number_input *in)
{
    eh_number_audit *a;
    eh_error err = { 0 };
    if (eh_number_audit_make(&a, in, &err) != EH_OK)
        fail_msg("%s", err.message);
    return a;
}

static void student_agrees_with_scipy(void **state)
{
    const json_t *list = json_object_get(((sample *)*state)->golden, "student"), *item;
    size_t i;
    assert_true(json_array_size(list) > 10);
    json_array_foreach(list, i, item)
        expect_near("t", eh_student_two_sided(statistics_at(item, 0), statistics_at(item, 1)),
                    statistics_at(item, 2), 1e-9, 0);
    assert_true(isnan(eh_student_two_sided(0.95, 0)));
    assert_true(isnan(eh_student_two_sided(1, 5)));
}

static void expect_mean(const eh_mean_estimate *m, const json_t *wanted)
{
    expect_near("mean", m->value, statistics_at(wanted, 0), 1e-9, 1e-12);
    if (json_is_null(json_array_get(wanted, 1))) {
        assert_true(isnan(m->low) && isnan(m->high));
        return;
    }
    expect_near("low", m->low, statistics_at(wanted, 1), 1e-9, 1e-12);
    expect_near("high", m->high, statistics_at(wanted, 2), 1e-9, 1e-12);
}

static void every_group_agrees_with_numpy_and_scipy(void **state)
{
    const sample *s = *state;
    const json_t *n = json_object_get(s->golden, "numbers"), *groups = json_object_get(n, "groups");
    eh_number_audit *a = audit(&s->in);
    assert_int_equal(a->withins, 4);
    for (size_t g = 0; g < 3; g++) {
        const json_t *want = json_array_get(groups, g);
        const eh_number_result *r = &a->group[g];
        assert_int_equal(r->n, (uint64_t)statistics_number(want, "n"));
        expect_mean(&r->mae, json_object_get(want, "mae"));
        expect_mean(&r->bias, json_object_get(want, "bias"));
        expect_near("rmse", r->rmse, statistics_number(want, "rmse"), 1e-9, 0);
        for (size_t k = 0; k < 4; k++)
            assert_int_equal(r->within[k].count, (uint64_t)statistics_at(json_object_get(want, "within"), k));
    }
    expect_mean(&a->overall.mae, json_object_get(json_object_get(n, "overall"), "mae"));
    expect_mean(&a->overall.bias, json_object_get(json_object_get(n, "overall"), "bias"));
    eh_number_audit_free(a);
}

static void the_gap_is_welchs(void **state)
{
    const sample *s = *state;
    const json_t *want = json_object_get(json_object_get(s->golden, "numbers"), "gap_of_first_two");
    eh_number_input two = s->in;
    two.rows = 65; /* without the third group */
    eh_number_audit *a = audit(&two);
    assert_int_equal(a->worst, 1);
    assert_int_equal(a->best, 0);
    expect_near("low", a->gap.low, statistics_at(want, 0), 1e-9, 0);
    expect_near("high", a->gap.high, statistics_at(want, 1), 1e-9, 0);
    eh_number_audit_free(a);
}

static void no_mean_error_is_said_to_be_below_0(void **state)
{
    (void)state;
    const double truth[] = { 0, 0 }, predicted[] = { 1, 40 };
    const eh_number_input in = { .truth = truth, .predicted = predicted, .rows = 2 };
    eh_number_audit *a = audit(&in);
    assert_true(a->overall.mae.low == 0 && a->group_mean.low == 0);
    assert_true(a->overall.mae.high > 40);
    assert_true(a->overall.bias.low < -200);
    eh_number_audit_free(a);
}

static void a_group_without_images_is_neither_worst_nor_part_of_the_mean(void **state)
{
    const sample *s = *state;
    eh_number_audit *a = audit(&s->in);
    assert_int_equal(a->group[3].verdict, EH_VERDICT_NONE);
    assert_true(isnan(a->group[3].mae.value) && isnan(a->group[3].rmse));
    assert_int_equal(a->group[2].verdict, EH_VERDICT_FEW);
    assert_int_equal(a->group_mean_groups, 3);
    expect_near("mean", a->group_mean.value,
                (a->group[0].mae.value + a->group[1].mae.value + a->group[2].mae.value) / 3, 1e-12, 0);
    assert_true(isnan(a->group_mean.low)); /* one group has one image */
    eh_number_audit_free(a);
}

static void missing_numbers_are_counted_and_an_error_of_the_limit_is_within_it(void **state)
{
    (void)state;
    static const double truth[] = { 10, NAN, 10, 0.1, 30 }, predicted[] = { 13, 1, NAN, 0.4, 30 };
    static const double within[] = { 0.3, 3 };
    const eh_number_input in = {
        .rows = 5, .truth = truth, .predicted = predicted, .within = within, .withins = 2
    };
    eh_number_audit *a = audit(&in);
    assert_int_equal(a->missing_truth, 1);
    assert_int_equal(a->missing_prediction, 1);
    assert_int_equal(a->overall.n, 3);
    assert_int_equal(a->overall.within[0].count, 2); /* 0.4 - 0.1 is a hair more than 0.3 */
    assert_int_equal(a->overall.within[1].count, 3);
    assert_string_equal(a->group[0].name, "all images");
    eh_number_audit_free(a);
}

static void what_is_no_number_or_group_is_refused(void **state)
{
    (void)state;
    static const double truth[] = { 1, INFINITY }, fine[] = { 1, 2 };
    static const int32_t group[] = { 0, 4 };
    eh_number_audit *a;
    eh_error err = { 0 };
    eh_number_input in = { .rows = 2, .truth = truth, .predicted = fine };
    assert_int_equal(eh_number_audit_make(&a, &in, &err), EH_ERR_INPUT);
    assert_string_equal(err.message, "Row 2 holds an infinite number.");
    in = (eh_number_input){ .rows = 2,
                            .truth = fine,
                            .predicted = fine,
                            .group = group,
                            .group_name = names,
                            .group_value = names,
                            .groups = 4,
                            .group_columns = 1,
                            .group_column = column };
    assert_int_equal(eh_number_audit_make(&a, &in, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "Row 2 has the group 4"));
}

static void table_and_json_say_the_same(void **state)
{
    const sample *s = *state;
    eh_number_audit *a = audit(&s->in);
    eh_str text = { 0 };
    assert_int_equal(eh_number_audit_table(&text, a, EH_AUDIT_SORT_WORST, NULL), EH_OK);
    const char *second = strstr(text.data, "second:"), *first = strstr(text.data, "first:"),
               *nobody = strstr(text.data, "nobody:");
    assert_true(second && first && nobody && second < first && first < nobody);
    assert_non_null(strstr(second, "worst group; few images"));
    assert_non_null(strstr(text.data, "no image: nothing can be said"));
    assert_non_null(strstr(second, "4.62"));
    eh_str_clear(&text);
    json_t *json = eh_number_audit_json(a, "test", NULL);
    double value, share;
    const char *worst;
    assert_int_equal(json_unpack(json, "{s:[{s:{s:F}, s:[{s:{s:F}}]}], s:{s:s}}", "groups", "mae", "value",
                                 &value, "within", "share", "value", &share, "worst_group", "name", &worst),
                     0);
    expect_near("mae", value, a->group[0].mae.value, 0, 0);
    expect_near("share", share, 8.0 / 40, 1e-12, 0);
    assert_string_equal(worst, "second");
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(json, "groups"), 3), "mae")));
    json_decref(json);
    eh_number_audit_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(student_agrees_with_scipy),
        cmocka_unit_test(every_group_agrees_with_numpy_and_scipy),
        cmocka_unit_test(the_gap_is_welchs),
        cmocka_unit_test(no_mean_error_is_said_to_be_below_0),
        cmocka_unit_test(a_group_without_images_is_neither_worst_nor_part_of_the_mean),
        cmocka_unit_test(missing_numbers_are_counted_and_an_error_of_the_limit_is_within_it),
        cmocka_unit_test(what_is_no_number_or_group_is_refused),
        cmocka_unit_test(table_and_json_say_the_same),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
