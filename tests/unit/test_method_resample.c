/* resample: draws with replacement, every group equally often on average. */
#include "support/method_case.h"

#include "support/cmocka_all.h"

#include <math.h>

/* 4,000 draws over three groups: each group's share is 1/3 with a standard deviation of sqrt(2/9/4000) = 0.0075; five of them are allowed. */
static void every_group_gets_its_third_of_the_draws(void **state)
{
    (void)state;
    method_case c;
    size_t count[4];
    method_case_make(&c, "resample", (const size_t[]){ 3700, 280, 0, 20 }, 4);
    eh_epoch_order order = method_case_epoch(&c, 0);
    assert_int_equal(order.count, 4000);
    method_case_count(&c, order, count);
    assert_int_equal(count[2], 0);
    for (size_t g = 0; g < 4; g++)
        if (g != 2)
            assert_true(fabs((double)count[g] / 4000 - 1.0 / 3) < 5 * 0.0075);
    method_case_clear(&c);
}

static void within_a_group_every_image_is_as_likely(void **state)
{
    (void)state;
    method_case c;
    size_t drawn[20] = { 0 };
    method_case_make(&c, "resample", (const size_t[]){ 3980, 20 }, 2);
    eh_epoch_order order = method_case_epoch(&c, 0);
    for (size_t i = 0; i < order.count; i++)
        if (order.row[i] >= 3980)
            drawn[order.row[i] - 3980]++;
    for (size_t i = 0; i < 20; i++) /* 100 expected, standard deviation 9.9 */
        assert_true(drawn[i] > 50 && drawn[i] < 150);
    method_case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_gets_its_third_of_the_draws),
        cmocka_unit_test(within_a_group_every_image_is_as_likely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
