/* test_sampler_weighted.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/sampler_cases.h"

#include "evenhand/memory.h"

#include <math.h>
#include <string.h>

static uint32_t of_row[CASE_ROWS], of_group[CASE_GROUPS];

static void without_weights_groups_are_drawn_equally_often_on_average(void **state)
{
    (void)state;
    double total[CASE_GROUPS] = { 0 };
    for (uint64_t epoch = 0; epoch < 40; epoch++) {
        uint32_t *order;
        size_t count;
        eh_sampler_input in = sampler_case(1, epoch);
        sampler_run("weighted", &in, &order, &count);
        assert_int_equal(count, CASE_CANDIDATES);
        sampler_tally(order, count, of_row, of_group);
        for (int g = 0; g < CASE_GROUPS; g++)
            total[g] += of_group[g];
        eh_free(order);
    }
    /* 40,000 draws, a quarter each: standard deviation sqrt(40000 * 3/16) = 87; five of them */
    for (int g = 0; g < 4; g++)
        assert_true(fabs(total[g] - 10000) < 433);
    assert_true(total[4] == 0);
}

static void given_weights_are_followed(void **state)
{
    (void)state;
    static float weight[CASE_CANDIDATES];
    uint32_t *order;
    size_t count;
    eh_sampler_input in = sampler_case(2, 0);
    for (int i = 0; i < CASE_CANDIDATES; i++)
        weight[i] = i < 10 ? 0 : i < 20 ? 99 : 1;
    in.weight = weight;
    in.group = NULL;
    sampler_run("weighted", &in, &order, &count);
    sampler_tally(order, count, of_row, of_group);
    uint32_t none = 0, heavy = 0;
    for (int i = 0; i < 10; i++) {
        none += of_row[in.row[i]];
        heavy += of_row[in.row[10 + i]];
    }
    assert_int_equal(none, 0);
    assert_true(fabs(heavy - 1000 * 990.0 / 1970) < 80); /* five standard deviations of 16 */
    eh_free(order);
}

static void impossible_weights_are_errors(void **state)
{
    (void)state;
    static float weight[CASE_CANDIDATES];
    uint32_t *order;
    size_t count;
    eh_error err = { 0 };
    eh_sampler_input in = sampler_case(2, 0);
    in.weight = weight;
    assert_int_equal(eh_sampler_weighted.order(NULL, &in, &order, &count, &err), EH_ERR_NUMERIC);
    assert_null(order);
    weight[5] = NAN;
    assert_int_equal(eh_sampler_weighted.order(NULL, &in, &order, &count, &err), EH_ERR_NUMERIC);
    weight[5] = -1;
    assert_int_equal(eh_sampler_weighted.order(NULL, &in, &order, &count, &err), EH_ERR_NUMERIC);
    weight[5] = INFINITY;
    assert_int_equal(eh_sampler_weighted.order(NULL, &in, &order, &count, &err), EH_ERR_NUMERIC);
}

static void the_order_repeats_and_changes_with_the_epoch(void **state)
{
    (void)state;
    sampler_expect_repeatable("weighted");
}

static void groups_or_weights_are_needed(void **state)
{
    (void)state;
    sampler_expect_needs_groups("weighted");
    sampler_expect_needs_candidates("weighted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_weights_groups_are_drawn_equally_often_on_average),
        cmocka_unit_test(given_weights_are_followed),
        cmocka_unit_test(impossible_weights_are_errors),
        cmocka_unit_test(the_order_repeats_and_changes_with_the_epoch),
        cmocka_unit_test(groups_or_weights_are_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
