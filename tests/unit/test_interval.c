/* Intervals: published values, exact limits, and coverage by simulation. */
#include "metric/interval.h"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

static void expect_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.6f is not within %g of %.6f", value, tolerance, expected);
}

static void expect_wilson(uint64_t count, uint64_t n, double low, double high)
{
    eh_estimate e = eh_wilson(count, n, 0.95);
    expect_near(e.value, (double)count / (double)n, 1e-15);
    expect_near(e.low, low, 5e-5);
    expect_near(e.high, high, 5e-5);
}

/* Tables of the normal distribution. */
static void z_of_a_level_agrees_with_the_tables(void **state)
{
    (void)state;
    expect_near(eh_normal_two_sided(0.5), 0.674489750196082, 1e-12);
    expect_near(eh_normal_two_sided(0.9), 1.644853626951473, 1e-12);
    expect_near(eh_normal_two_sided(0.95), 1.959963984540054, 1e-12);
    expect_near(eh_normal_two_sided(0.99), 2.575829303548901, 1e-12);
    expect_near(eh_normal_two_sided(0.999999), 4.891638475698, 1e-7);
}

/* Newcombe 1998, Statistics in Medicine 17:857, table I, method 3; and the 25 of 180 blond men that the documentation shows. */
static void wilson_gives_the_published_limits(void **state)
{
    (void)state;
    expect_wilson(81, 263, 0.2553, 0.3662);
    expect_wilson(15, 148, 0.0624, 0.1605);
    expect_wilson(0, 20, 0.0000, 0.1611);
    expect_wilson(1, 29, 0.0061, 0.1718);
    expect_wilson(25, 180, 0.0959, 0.1970);
}

static void wilson_is_exact_at_none_and_all(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 2000; n = n * 3 + 1) {
        eh_estimate none = eh_wilson(0, n, 0.95), all = eh_wilson(n, n, 0.95);
        assert_true(none.low == 0 && none.value == 0 && none.high > 0 && none.high < 1);
        assert_true(all.high == 1 && all.value == 1 && all.low > 0 && all.low < 1);
        expect_near(none.high, 1 - all.low, 1e-15);
    }
}

static void wilson_of_nothing_is_unknown(void **state)
{
    (void)state;
    eh_estimate e = eh_wilson(0, 0, 0.95);
    assert_true(isnan(e.value) && isnan(e.low) && isnan(e.high));
    assert_int_equal(e.n, 0);
}

static void wilson_stays_in_range_for_huge_counts(void **state)
{
    (void)state;
    uint64_t n = UINT64_C(1) << 62;
    eh_estimate e = eh_wilson(n - 1, n, 0.95);
    assert_true(e.low >= 0 && e.low <= e.value && e.value <= e.high && e.high <= 1);
}

static void expect_difference(uint64_t a, uint64_t m, uint64_t b, uint64_t n, double low, double high)
{
    eh_estimate first = eh_wilson(a, m, 0.95), second = eh_wilson(b, n, 0.95);
    eh_difference d = eh_newcombe(&first, &second);
    expect_near(d.value, (double)a / (double)m - (double)b / (double)n, 1e-15);
    expect_near(d.low, low, 5e-5);
    expect_near(d.high, high, 5e-5);
}

/* Newcombe 1998, Statistics in Medicine 17:873, table II, method 10, all eight columns. */
static void newcombe_gives_the_published_limits(void **state)
{
    (void)state;
    expect_difference(56, 70, 48, 80, 0.0524, 0.3339);
    expect_difference(9, 10, 3, 10, 0.1705, 0.8090);
    expect_difference(6, 7, 2, 7, 0.0582, 0.8062);
    expect_difference(5, 56, 0, 29, -0.0381, 0.1926);
    expect_difference(0, 10, 0, 20, -0.1611, 0.2775);
    expect_difference(0, 10, 0, 10, -0.2775, 0.2775);
    expect_difference(10, 10, 0, 20, 0.6791, 1.0000);
    expect_difference(10, 10, 0, 10, 0.6075, 1.0000);
}

static void newcombe_with_an_empty_side_is_unknown(void **state)
{
    (void)state;
    eh_estimate a = eh_wilson(1, 2, 0.95), none = eh_wilson(0, 0, 0.95);
    assert_true(isnan(eh_newcombe(&a, &none).value));
    assert_true(isnan(eh_newcombe(&none, &a).low));
}

/* Fagerland, Lydersen and Laake 2014, Statistics in Medicine 33:2850, airway data of Bentur et al.: 1, 1, 7, 12, interval -0.507 to
 * -0.026 (phi is 0 there). Altman et al. 2000, Statistics with Confidence, table 6.2: 14, 5, 0, 22, interval 0.011 to 0.226. */
static void paired_newcombe_gives_the_published_limits(void **state)
{
    (void)state;
    eh_difference airway = eh_newcombe_paired(1, 1, 7, 12, 0.95);
    expect_near(airway.value, -6.0 / 21, 1e-15);
    expect_near(airway.low, -0.507, 5e-4);
    expect_near(airway.high, -0.026, 5e-4);
    eh_difference altman = eh_newcombe_paired(14, 5, 0, 22, 0.95);
    expect_near(altman.value, 5.0 / 41, 1e-15);
    expect_near(altman.low, 0.011, 5e-4);
    expect_near(altman.high, 0.226, 5e-4);
}

static void paired_newcombe_changes_sign_with_the_order(void **state)
{
    (void)state;
    for (uint64_t first = 0; first < 30; first += 7) {
        eh_difference d = eh_newcombe_paired(40, first, 12, 20, 0.95);
        eh_difference reversed = eh_newcombe_paired(40, 12, first, 20, 0.95);
        expect_near(d.value, -reversed.value, 1e-15);
        expect_near(d.low, -reversed.high, 1e-14);
    }
}

static void pairs_that_agree_make_the_interval_narrower(void **state)
{
    (void)state;
    /* 93 of 300 and 241 of 300: all that the first got right the second got right too. */
    eh_estimate second = eh_wilson(241, 300, 0.95), first = eh_wilson(93, 300, 0.95);
    eh_difference apart = eh_newcombe(&second, &first), paired = eh_newcombe_paired(93, 148, 0, 59, 0.95);
    expect_near(paired.value, apart.value, 1e-15);
    assert_true(paired.high - paired.low < apart.high - apart.low);
}

static void two_equal_perfect_models_differ_by_nothing_known(void **state)
{
    (void)state;
    eh_difference d = eh_newcombe_paired(10, 0, 0, 0, 0.95);
    assert_true(d.value == 0 && d.low < 0 && d.high > 0);
    assert_true(isnan(eh_newcombe_paired(0, 0, 0, 0, 0.95).value));
}

/* By hand: m = (0.5 + 1) / 2; 1 of 2 has Wilson 0.0945..0.9055, 4 of 4 has 0.5101..1. */
static void mean_adds_the_squared_distances(void **state)
{
    (void)state;
    eh_estimate e[3] = { eh_wilson(1, 2, 0.95), eh_wilson(0, 0, 0.95), eh_wilson(4, 4, 0.95) };
    size_t counted;
    eh_difference mean = eh_mean_of_estimates(e, 3, &counted);
    assert_int_equal(counted, 2);
    expect_near(mean.value, 0.75, 1e-15);
    expect_near(mean.low, 0.75 - sqrt(0.40547 * 0.40547 + 0.48990 * 0.48990) / 2, 1e-4);
    expect_near(mean.high, 0.75 + 0.40547 / 2, 1e-4);
    assert_true(isnan(eh_mean_of_estimates(e + 1, 1, &counted).value));
    assert_int_equal(counted, 0);
}

/* Number of successes in n draws. */
static uint64_t draw_binomial(eh_rng *rng, uint64_t n, double p)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < n; i++)
        count += eh_rng_uniform(rng) < p;
    return count;
}

static void wilson_covers_the_truth_about_as_often_as_it_says(void **state)
{
    (void)state;
    eh_rng rng = eh_rng_at(7, EH_DRAW_TEST, 0, 0);
    double truth[] = { 0.1, 0.31, 0.5, 0.8, 0.95 };
    for (size_t t = 0; t < 5; t++) {
        size_t covered = 0, repetitions = 4000;
        for (size_t i = 0; i < repetitions; i++) {
            eh_estimate e = eh_wilson(draw_binomial(&rng, 80, truth[t]), 80, 0.95);
            covered += e.low <= truth[t] && truth[t] <= e.high;
        }
        /* Exact coverage at n = 80 lies between 0.92 and 0.98 for these; sampling error 0.0035. */
        expect_near((double)covered / (double)repetitions, 0.95, 0.035);
    }
}

static void paired_newcombe_covers_the_truth_about_as_often_as_it_says(void **state)
{
    (void)state;
    eh_rng rng = eh_rng_at(8, EH_DRAW_TEST, 0, 0);
    size_t covered = 0, repetitions = 4000;
    for (size_t i = 0; i < repetitions; i++) {
        uint64_t cell[4] = { 0 };
        for (int j = 0; j < 100; j++) {
            double u = eh_rng_uniform(&rng);
            cell[u < 0.3 ? 0 : u < 0.35 ? 1 : u < 0.8 ? 2 : 3]++;
        }
        eh_difference d = eh_newcombe_paired(cell[0], cell[1], cell[2], cell[3], 0.95);
        covered += d.low <= -0.4 && -0.4 <= d.high;
    }
    expect_near((double)covered / (double)repetitions, 0.95, 0.03);
}

static void percent_never_rounds_to_none_or_all(void **state)
{
    (void)state;
    char text[24];
    eh_percent(text, 0.8624, 1);
    assert_string_equal(text, "86.2%");
    eh_percent(text, 0.0001, 1);
    assert_string_equal(text, "<0.1%");
    eh_percent(text, 0.9999, 1);
    assert_string_equal(text, ">99.9%");
    eh_percent(text, 0, 1);
    assert_string_equal(text, "0.0%");
    eh_percent(text, 1, 2);
    assert_string_equal(text, "100.00%");
    eh_percent(text, NAN, 1);
    assert_string_equal(text, "-");
    char range[56];
    eh_percent_range(range, 0.0959, 0.1970, 1);
    assert_string_equal(range, "9.6\u201319.7%");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(z_of_a_level_agrees_with_the_tables),
        cmocka_unit_test(wilson_gives_the_published_limits),
        cmocka_unit_test(wilson_is_exact_at_none_and_all),
        cmocka_unit_test(wilson_of_nothing_is_unknown),
        cmocka_unit_test(wilson_stays_in_range_for_huge_counts),
        cmocka_unit_test(newcombe_gives_the_published_limits),
        cmocka_unit_test(newcombe_with_an_empty_side_is_unknown),
        cmocka_unit_test(paired_newcombe_gives_the_published_limits),
        cmocka_unit_test(paired_newcombe_changes_sign_with_the_order),
        cmocka_unit_test(pairs_that_agree_make_the_interval_narrower),
        cmocka_unit_test(two_equal_perfect_models_differ_by_nothing_known),
        cmocka_unit_test(mean_adds_the_squared_distances),
        cmocka_unit_test(wilson_covers_the_truth_about_as_often_as_it_says),
        cmocka_unit_test(paired_newcombe_covers_the_truth_about_as_often_as_it_says),
        cmocka_unit_test(percent_never_rounds_to_none_or_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
