/* test_sampler_capped.c */
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

static uint32_t before[CASE_ROWS];

static void every_group_is_cut_to_the_smallest(void **state)
{
    (void)state;
    uint32_t *order;
    size_t count;
    eh_sampler_input in = sampler_case(1, 0);
    sampler_run("capped", &in, &order, &count);
    assert_int_equal(count, 40);
    sampler_tally(order, count, of_row, of_group);
    for (int g = 0; g < 4; g++)
        assert_int_equal(of_group[g], 10);
    for (int row = 0; row < CASE_ROWS; row++)
        assert_true(of_row[row] <= 1);
    eh_free(order);
}

static void a_cap_leaves_smaller_groups_whole(void **state)
{
    (void)state;
    uint32_t *order;
    size_t count;
    eh_sampler_input in = sampler_case(1, 0);
    sampler_run("capped:cap=100", &in, &order, &count);
    assert_int_equal(count, 300);
    sampler_tally(order, count, of_row, of_group);
    const uint32_t want[] = { 100, 100, 90, 10, 0 };
    assert_memory_equal(of_group, want, sizeof want);
    eh_free(order);
}

static void the_choice_stays_in_every_epoch_unless_redrawn(void **state)
{
    (void)state;
    for (int redraw = 0; redraw < 2; redraw++) {
        const char *sampler = redraw ? "capped:cap=50,redraw=yes" : "capped:cap=50";
        uint32_t *order;
        size_t count;
        eh_sampler_input in = sampler_case(1, 0);
        sampler_run(sampler, &in, &order, &count);
        sampler_tally(order, count, before, of_group);
        eh_free(order);
        in = sampler_case(1, 1);
        sampler_run(sampler, &in, &order, &count);
        sampler_tally(order, count, of_row, of_group);
        eh_free(order);
        assert_int_equal(memcmp(before, of_row, sizeof before) != 0, redraw);
    }
}

static void the_order_repeats_and_changes_with_the_epoch(void **state)
{
    (void)state;
    sampler_expect_repeatable("capped");
    sampler_expect_repeatable("capped:redraw=yes");
}

static void groups_and_candidates_are_needed(void **state)
{
    (void)state;
    sampler_expect_needs_groups("capped");
    sampler_expect_needs_candidates("capped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_is_cut_to_the_smallest),
        cmocka_unit_test(a_cap_leaves_smaller_groups_whole),
        cmocka_unit_test(the_choice_stays_in_every_epoch_unless_redrawn),
        cmocka_unit_test(the_order_repeats_and_changes_with_the_epoch),
        cmocka_unit_test(groups_and_candidates_are_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
