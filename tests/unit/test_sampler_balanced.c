/* test_sampler_balanced.c */
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

static void every_stretch_of_an_epoch_is_balanced(void **state)
{
    (void)state;
    uint32_t *order;
    size_t count;
    eh_sampler_input in = sampler_case(1, 0);
    sampler_run("balanced", &in, &order, &count);
    assert_int_equal(count, CASE_CANDIDATES);
    for (size_t first = 0; first + 64 <= count; first += 64) {
        sampler_tally(order + first, 64, of_row, of_group);
        for (int g = 0; g < 4; g++)
            assert_int_equal(of_group[g], 16);
    }
    eh_free(order);
}

static void small_groups_are_repeated_evenly_and_large_ones_not(void **state)
{
    (void)state;
    uint32_t *order;
    size_t count;
    eh_sampler_input in = sampler_case(1, 3);
    sampler_run("balanced", &in, &order, &count);
    sampler_tally(order, count, of_row, of_group);
    for (int row = 0; row < CASE_ROWS; row++) {
        if (row % 11 == 0)
            continue;
        int g = in.group[row];
        if (g == 0)
            assert_true(of_row[row] <= 1);
        else if (g == 1)
            assert_in_range(of_row[row], 1, 2); /* 250 draws of 200 */
        else if (g == 2)
            assert_in_range(of_row[row], 2, 3); /* 250 draws of 90 */
        else
            assert_int_equal(of_row[row], 25);
    }
    eh_free(order);
}

static void the_order_repeats_and_changes_with_the_epoch(void **state)
{
    (void)state;
    sampler_expect_repeatable("balanced");
}

static void groups_and_candidates_are_needed(void **state)
{
    (void)state;
    sampler_expect_needs_groups("balanced");
    sampler_expect_needs_candidates("balanced");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stretch_of_an_epoch_is_balanced),
        cmocka_unit_test(small_groups_are_repeated_evenly_and_large_ones_not),
        cmocka_unit_test(the_order_repeats_and_changes_with_the_epoch),
        cmocka_unit_test(groups_and_candidates_are_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
