/* test_distribution.c - tails against SciPy, Holm's correction against its definition. */
#include "support/cmocka_all.h"
#include "support/statistics_golden.h"

#include "metric/distribution.h"

#include <math.h>

static void tails_are_those_of_scipy(void **state)
{
    (void)state;
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)statistics_golden("chi_square_tail"), i, row)
        expect_near("chi-square", eh_chi_square_tail(statistics_at(row, 0), statistics_at(row, 1)),
                    statistics_at(row, 2), 1e-11, 1e-300);
    json_array_foreach((json_t *)statistics_golden("kolmogorov_tail"), i, row)
        expect_near("Kolmogorov", eh_kolmogorov_tail(statistics_at(row, 0)), statistics_at(row, 1), 1e-12, 0);
    json_array_foreach((json_t *)statistics_golden("normal_tail"), i, row)
        expect_near("normal", eh_normal_tail(statistics_at(row, 0)), statistics_at(row, 1), 1e-13, 0);
}

static void tails_of_what_is_no_number_are_none(void **state)
{
    (void)state;
    assert_true(isnan(eh_chi_square_tail(NAN, 2)));
    assert_true(isnan(eh_chi_square_tail(1, 0)));
    assert_true(isnan(eh_kolmogorov_tail(NAN)));
    assert_float_equal(eh_chi_square_tail(-1, 2), 1, 0);
    assert_float_equal(eh_chi_square_tail(INFINITY, 2), 0, 0);
}

static void holm_corrects_in_steps_and_passes_over_what_is_unknown(void **state)
{
    (void)state;
    const json_t *golden = statistics_golden("holm"), *p = json_object_get(golden, "p"),
                 *want = json_object_get(golden, "corrected");
    double in[16], out[16];
    size_t count = json_array_size(p);
    for (size_t i = 0; i < count; i++)
        in[i] = statistics_at(p, i);
    in[count] = NAN;
    eh_holm(out, in, count + 1);
    for (size_t i = 0; i < count; i++)
        expect_near("Holm", out[i], statistics_at(want, i), 1e-15, 0);
    assert_true(isnan(out[count]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_are_those_of_scipy),
        cmocka_unit_test(tails_of_what_is_no_number_are_none),
        cmocka_unit_test(holm_corrects_in_steps_and_passes_over_what_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
