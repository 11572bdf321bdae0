/* test_sampler_uniform.c */
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

static void every_candidate_comes_exactly_once(void **state)
{
    (void)state;
    uint32_t *order;
    size_t count;
    eh_sampler_input in = sampler_case(1, 0);
    sampler_run("uniform", &in, &order, &count);
    assert_int_equal(count, CASE_CANDIDATES);
    sampler_tally(order, count, of_row, of_group);
    for (int row = 0; row < CASE_ROWS; row++)
        assert_int_equal(of_row[row], row % 11 != 0);
    eh_free(order);
}

static void the_order_repeats_and_changes_with_the_epoch(void **state)
{
    (void)state;
    sampler_expect_repeatable("uniform");
}

static void no_candidates_are_an_error(void **state)
{
    (void)state;
    sampler_expect_needs_candidates("uniform");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_candidate_comes_exactly_once),
        cmocka_unit_test(the_order_repeats_and_changes_with_the_epoch),
        cmocka_unit_test(no_candidates_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
