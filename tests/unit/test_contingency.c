/* test_contingency.c - tables against SciPy and scikit-learn; intervals against a multinomial bootstrap and by their coverage. */
#include "support/cmocka_all.h"
#include "support/statistics_golden.h"

#include "base/rng.h"
#include "metric/contingency.h"

#include <math.h>

static size_t read_golden(const json_t *one, uint64_t count[64], size_t *rows, size_t *columns)
{
    const json_t *table = json_object_get(one, "table");
    *rows = json_array_size(table);
    *columns = json_array_size(json_array_get(table, 0));
    for (size_t i = 0; i < *rows; i++)
        for (size_t j = 0; j < *columns; j++)
            count[i * *columns + j] =
                (uint64_t)json_integer_value(json_array_get(json_array_get(table, i), j));
    return *rows * *columns;
}

static void measures_are_those_of_scipy_and_scikit_learn(void **state)
{
    (void)state;
    size_t i, rows, columns;
    json_t *one;
    uint64_t count[64];
    json_array_foreach((json_t *)statistics_golden("tables"), i, one)
    {
        eh_contingency c;
        read_golden(one, count, &rows, &columns);
        assert_int_equal(eh_contingency_measure(&c, count, rows, columns, 0.95, 0, 1, NULL), EH_OK);
        expect_near("chi-square", c.chi_square, statistics_number(one, "chi_square"), 1e-12, 0);
        expect_near("df", c.df, statistics_number(one, "df"), 0, 0);
        expect_near("p", c.p, statistics_number(one, "p"), 1e-10, 1e-300);
        expect_near("expected", c.smallest_expected, statistics_number(one, "smallest_expected"), 1e-12, 0);
        expect_near("V", c.cramers_v, statistics_number(one, "cramers_v"), 1e-12, 0);
        expect_near("corrected V", c.corrected_v.value, statistics_number(one, "corrected_v"), 1e-12, 0);
        expect_near("information", c.mutual_information, statistics_number(one, "information"), 1e-9, 1e-12);
        assert_true(isnan(c.corrected_v.low));
    }
}

static void intervals_are_those_of_a_multinomial_bootstrap(void **state)
{
    (void)state;
    size_t i, rows, columns;
    json_t *one;
    uint64_t count[64];
    json_array_foreach((json_t *)statistics_golden("tables"), i, one)
    {
        eh_contingency c;
        const json_t *v = json_object_get(one, "v_interval"),
                     *information = json_object_get(one, "information_interval");
        read_golden(one, count, &rows, &columns);
        if (statistics_number(one, "smallest_expected") < 5)
            continue; /* another way of drawing makes a difference in tables of ten images */
        assert_int_equal(eh_contingency_measure(&c, count, rows, columns, 0.95, 4000, 1, NULL), EH_OK);
        /* Two bootstraps of 4,000 draws differ by a few hundredths of the width. */
        double v_slack = 0.002 + 0.1 * (statistics_at(v, 1) - statistics_at(v, 0));
        double information_slack =
            0.002 + 0.1 * (statistics_at(information, 1) - statistics_at(information, 0));
        expect_near("V, low", c.corrected_v.low, statistics_at(v, 0), 0, v_slack);
        expect_near("V, high", c.corrected_v.high, statistics_at(v, 1), 0, v_slack);
        expect_near("information, low", c.corrected_information.low, statistics_at(information, 0), 0,
                    information_slack);
        expect_near("information, high", c.corrected_information.high, statistics_at(information, 1), 0,
                    information_slack);
    }
}

/* Cramer's V and the information of a population given by its cell probabilities. */
static void population(const double *p, size_t rows, size_t columns, double *v, double *information)
{
    double row[8] = { 0 }, column[8] = { 0 }, phi = 0;
    *information = 0;
    for (size_t i = 0; i < rows * columns; i++) {
        row[i / columns] += p[i];
        column[i % columns] += p[i];
    }
    for (size_t i = 0; i < rows * columns; i++) {
        double expected = row[i / columns] * column[i % columns];
        phi += (p[i] - expected) * (p[i] - expected) / expected;
        *information += p[i] > 0 ? p[i] * log2(p[i] / expected) : 0;
    }
    *v = sqrt(phi / (double)((rows < columns ? rows : columns) - 1));
}

static void intervals_hold_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    static const struct {
        size_t rows, columns, n;
        double p[12];
    } worlds[] = {
        { 2, 2, 400, { 0.30, 0.20, 0.15, 0.35 } },
        { 2, 2, 3000, { 0.01, 0.14, 0.41, 0.44 } },
        { 2, 5, 800, { 0.15, 0.10, 0.10, 0.05, 0.10, 0.05, 0.10, 0.10, 0.15, 0.10 } },
        { 3, 4, 600, { 0.20, 0.02, 0.02, 0.04, 0.02, 0.20, 0.05, 0.05, 0.04, 0.02, 0.14, 0.20 } },
    };
    for (size_t w = 0; w < sizeof worlds / sizeof *worlds; w++) {
        enum { TRIALS = 400 };
        double v, information;
        int held_v = 0, held_information = 0;
        size_t cells = worlds[w].rows * worlds[w].columns;
        population(worlds[w].p, worlds[w].rows, worlds[w].columns, &v, &information);
        for (uint64_t trial = 0; trial < TRIALS; trial++) {
            uint64_t count[12] = { 0 };
            eh_contingency c;
            eh_rng rng = eh_rng_at(11, EH_DRAW_TEST, trial, w);
            for (size_t i = 0; i < worlds[w].n; i++)
                count[eh_rng_weighted(&rng, worlds[w].p, cells)]++;
            assert_int_equal(eh_contingency_measure(&c, count, worlds[w].rows, worlds[w].columns, 0.95, 400,
                                                    trial, NULL),
                             EH_OK);
            held_v += c.corrected_v.low <= v && v <= c.corrected_v.high;
            held_information +=
                c.corrected_information.low <= information && information <= c.corrected_information.high;
        }
        /* 95 % of 400 is 380, standard deviation 4.4. */
        if (held_v < 362 || held_information < 362)
            fail_msg("world %zu: V held %d, information %d times of %d", w, held_v, held_information, TRIALS);
    }
}

static void empty_rows_count_for_nothing_and_one_row_says_nothing(void **state)
{
    (void)state;
    const uint64_t with_empty[] = { 10, 0, 20, 0, 0, 0, 30, 0, 5 }, one_row[] = { 4, 5, 6 },
                   nothing[4] = { 0 };
    eh_contingency c, plain;
    assert_int_equal(eh_contingency_measure(&c, with_empty, 3, 3, 0.95, 100, 1, NULL), EH_OK);
    const uint64_t without[] = { 10, 20, 30, 5 };
    assert_int_equal(eh_contingency_measure(&plain, without, 2, 2, 0.95, 0, 1, NULL), EH_OK);
    assert_float_equal(c.p, plain.p, 1e-15);
    assert_float_equal(c.corrected_v.value, plain.corrected_v.value, 1e-15);
    assert_int_equal(c.rows, 2);
    assert_int_equal(eh_contingency_measure(&c, one_row, 1, 3, 0.95, 100, 1, NULL), EH_OK);
    assert_true(isnan(c.p) && isnan(c.cramers_v) && isnan(c.corrected_v.value) && isnan(c.corrected_v.low));
    assert_int_equal(c.n, 15);
    assert_int_equal(eh_contingency_measure(&c, nothing, 2, 2, 0.95, 100, 1, NULL), EH_OK);
    assert_true(isnan(c.p) && isnan(c.corrected_information.high));
    assert_int_equal(c.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_are_those_of_scipy_and_scikit_learn),
        cmocka_unit_test(intervals_are_those_of_a_multinomial_bootstrap),
        cmocka_unit_test(intervals_hold_the_truth_as_often_as_they_say),
        cmocka_unit_test(empty_rows_count_for_nothing_and_one_row_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
