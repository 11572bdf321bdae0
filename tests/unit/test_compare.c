/* Comparing two results: image by image where that is possible, as two proportions where it is not. */
#include "report/compare.h"
#include "support/cmocka_all.h"
#include "support/report_cases.h"

#include <math.h>
#include <string.h>

static const json_t *split_of(const json_t *result)
{
    return json_array_get(json_object_get(json_array_get(json_object_get(result, "evaluation"), 0), "splits"),
                          0);
}

static void expect_same(const eh_difference *a, const eh_difference *b)
{
    assert_true(fabs(a->value - b->value) < 1e-12 && fabs(a->low - b->low) < 1e-12 &&
                fabs(a->high - b->high) < 1e-12);
}

/* By hand: both right 3, only the first 1, only the second 4, neither 2. */
static void the_same_images_are_compared_one_by_one(void **state)
{
    (void)state;
    const report_group first[] = { { "A", 10, "1111000000", 0 } },
                       second[] = { { "A", 10, "1110111100", 0 } };
    json_t *a = report_result("a", "erm", 1, first, 1), *b = report_result("b", "gdro", 1, second, 1);
    eh_comparison c = eh_compare_group(split_of(a), split_of(b), 0);
    eh_difference expected = eh_newcombe_paired(3, 4, 1, 2, 0.95);
    assert_true(c.paired);
    assert_int_equal(c.n, 10);
    expect_same(&c.difference, &expected);
    assert_true(fabs(c.difference.value - 0.3) < 1e-12);
    eh_comparison all = eh_compare_overall(split_of(a), split_of(b));
    assert_true(all.paired);
    expect_same(&all.difference, &expected);
    json_decref(a);
    json_decref(b);
}

static void all_groups_together_are_paired_group_by_group(void **state)
{
    (void)state;
    const report_group first[] = { { "A", 9, "111100000", 0 }, { "none", 0, NULL, 0 }, { "B", 3, "110", 0 } };
    const report_group second[] = { { "A", 9, "000011111", 0 },
                                    { "none", 0, NULL, 0 },
                                    { "B", 3, "111", 0 } };
    json_t *a = report_result("a", "erm", 1, first, 3), *b = report_result("b", "gdro", 1, second, 3);
    eh_comparison all = eh_compare_overall(split_of(a), split_of(b));
    eh_difference expected = eh_newcombe_paired(2, 6, 4, 0, 0.95);
    assert_true(all.paired);
    assert_int_equal(all.n, 12);
    expect_same(&all.difference, &expected);
    eh_comparison none = eh_compare_group(split_of(a), split_of(b), 1);
    assert_true(isnan(none.difference.value));
    json_decref(a);
    json_decref(b);
}

static void expect_independent(json_t *a, json_t *b)
{
    eh_comparison c = eh_compare_group(split_of(a), split_of(b), 0);
    eh_estimate x = eh_read_estimate(json_object_get(eh_split_group(split_of(a), 0), "accuracy"));
    eh_estimate y = eh_read_estimate(json_object_get(eh_split_group(split_of(b), 0), "accuracy"));
    eh_difference expected = eh_newcombe(&y, &x);
    assert_false(c.paired);
    expect_same(&c.difference, &expected);
    json_decref(a);
    json_decref(b);
}

static void other_images_are_compared_as_proportions(void **state)
{
    (void)state;
    const report_group first[] = { { "A", 10, "1111000000", 0 } }, more[] = { { "A", 11, "11101111000", 0 } };
    const report_group untold[] = { { "A", 10, NULL, 6 } };
    expect_independent(report_result("a", "erm", 1, first, 1), report_result("b", "gdro", 1, more, 1));
    expect_independent(report_result("a", "erm", 1, first, 1), report_result("b", "gdro", 1, untold, 1));
}

/* A file that was edited by hand: its bits say something else than its counts, or are no base64. */
static void bits_that_contradict_the_counts_are_not_believed(void **state)
{
    (void)state;
    static const char *const bits[] = { "AAA=", "AA==", "****", "", "AAAAAAAA" };
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        const report_group group[] = { { "A", 10, "1111000000", 0 } };
        json_t *a = report_result("a", "erm", 1, group, 1), *b = report_result("b", "gdro", 1, group, 1);
        json_t *extra = json_object_get((json_t *)(uintptr_t)eh_split_group(split_of(b), 0), "extra");
        json_object_set_new(json_object_get(extra, "images"), "right", json_string(bits[i]));
        expect_independent(a, b);
    }
}

static void what_is_missing_is_unknown(void **state)
{
    (void)state;
    json_t *empty = json_object();
    assert_int_equal(eh_split_worst(empty), -1);
    assert_null(eh_split_group(empty, 0));
    assert_true(eh_split_level(empty) == 0.95);
    assert_true(isnan(eh_compare_group(empty, empty, 0).difference.value));
    assert_true(isnan(eh_compare_overall(NULL, NULL).difference.value));
    json_decref(empty);
    json_t *impossible = json_pack("{s:i, s:i}", "count", 5, "n", 3);
    assert_int_equal(eh_read_estimate(impossible).n, 0);
    json_decref(impossible);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_images_are_compared_one_by_one),
        cmocka_unit_test(all_groups_together_are_paired_group_by_group),
        cmocka_unit_test(other_images_are_compared_as_proportions),
        cmocka_unit_test(bits_that_contradict_the_counts_are_not_believed),
        cmocka_unit_test(what_is_missing_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
