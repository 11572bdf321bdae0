/* test_power.c - power of two proportions, checked by drawing them. */
#include "support/cmocka_all.h"
#include "support/statistics_golden.h"

#include "base/rng.h"
#include "metric/interval.h"
#include "metric/power.h"

#include <math.h>

static int draw_binomial(eh_rng *rng, int n, double p)
{
    int k = 0;
    for (int i = 0; i < n; i++)
        k += eh_rng_uniform(rng) < p;
    return k;
}

/* How often the z test finds the difference, over drawn data. */
static double found(double a, int n, double b, int m, int trials)
{
    int hits = 0;
    double z = eh_normal_two_sided(0.95);
    for (int t = 0; t < trials; t++) {
        eh_rng rng = eh_rng_at(3, EH_DRAW_TEST, (uint64_t)t, (uint64_t)n);
        double x = draw_binomial(&rng, n, a), y = draw_binomial(&rng, m, b), p = (x + y) / (n + m);
        double s = sqrt(p * (1 - p) * (1.0 / n + 1.0 / m));
        hits += fabs(x / n - y / m) > z * s;
    }
    return (double)hits / trials;
}

static void the_smallest_difference_is_found_in_four_of_five_draws(void **state)
{
    (void)state;
    static const struct {
        int n, m;
        double b, slack;
    } cases[] = {
        { 1000, 1000, 0.9, 0.03 }, { 200, 2000, 0.8, 0.03 }, { 60, 1000, 0.9, 0.05 }, { 2000, 300, 0.6, 0.03 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double d = eh_smallest_difference(cases[i].n, cases[i].b, cases[i].m, 0.05, 0.8);
        expect_near("power", eh_proportion_power(cases[i].b - d, cases[i].n, cases[i].b, cases[i].m, 0.05),
                    0.8, 0, 1e-9);
        double rate = found(cases[i].b - d, cases[i].n, cases[i].b, cases[i].m, 4000);
        if (fabs(rate - 0.8) > cases[i].slack)
            fail_msg("%d and %d images: a difference of %.3f was found in %.1f %%", cases[i].n, cases[i].m, d,
                     100 * rate);
    }
}

static void a_published_sample_size_is_met(void **state)
{
    (void)state;
    /* Fleiss, Levin, Paik 2003, formula 4.14 for p1 = 0.60, p2 = 0.70, alpha 0.05, power 0.90: 477 in each group. */
    assert_true(eh_proportion_power(0.60, 477, 0.70, 477, 0.05) >= 0.9);
    assert_true(eh_proportion_power(0.60, 475, 0.70, 475, 0.05) < 0.9);
}

static void the_number_of_images_is_the_smallest_that_is_enough(void **state)
{
    (void)state;
    double n = eh_images_needed(0.05, 0.9, 5000, 0.05, 0.8);
    assert_true(n > 100 && n < 1000);
    assert_true(eh_proportion_power(0.85, n, 0.9, 5000, 0.05) >= 0.8);
    assert_true(eh_proportion_power(0.85, n - 1, 0.9, 5000, 0.05) < 0.8);
    assert_true(eh_smallest_difference(n, 0.9, 5000, 0.05, 0.8) <= 0.05);
}

static void what_no_number_can_reveal_is_said_to_be_unknown(void **state)
{
    (void)state;
    assert_true(isnan(eh_images_needed(0.05, 0.9, 100, 0.05, 0.8))); /* the others are too few */
    assert_true(isnan(eh_images_needed(0.95, 0.9, 1000, 0.05, 0.8)));
    assert_true(isnan(eh_images_needed(0.05, 0.9, 0, 0.05, 0.8)));
    assert_true(isnan(eh_smallest_difference(0, 0.9, 1000, 0.05, 0.8)));
    assert_true(isnan(eh_smallest_difference(1, 0.5, 5, 0.05, 0.8)));
    assert_true(isnan(eh_proportion_power(0.5, 0, 0.5, 10, 0.05)));
    assert_float_equal(eh_proportion_power(0, 10, 1, 10, 0.05), 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_difference_is_found_in_four_of_five_draws),
        cmocka_unit_test(a_published_sample_size_is_met),
        cmocka_unit_test(the_number_of_images_is_the_smallest_that_is_enough),
        cmocka_unit_test(what_no_number_can_reveal_is_said_to_be_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
