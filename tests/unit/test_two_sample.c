/* test_two_sample.c - Kolmogorov and Smirnov's test against SciPy. */
#include "support/cmocka_all.h"
#include "support/statistics_golden.h"

#include "base/rng.h"
#include "metric/two_sample.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static size_t read_sorted(float *out, const json_t *list)
{
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++)
        out[i] = (float)statistics_at(list, i);
    qsort(out, count, sizeof *out, by_value);
    return count;
}

static void distance_and_p_are_those_of_scipy(void **state)
{
    (void)state;
    static float a[1000], b[1000];
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)statistics_golden("samples"), i, one)
    {
        size_t n = read_sorted(a, json_object_get(one, "a")), m = read_sorted(b, json_object_get(one, "b"));
        eh_two_sample t = eh_kolmogorov_smirnov(a, n, b, m, 1);
        expect_near("distance", t.distance, statistics_number(one, "distance"), 0, 1e-12);
        assert_true(t.exact);
        expect_near("p", t.p, statistics_number(one, "p"), 1e-9, 1e-13);
        t = eh_kolmogorov_smirnov(a, n, b, m, 1.0000001);
        assert_false(t.exact);
        expect_near("limit", t.p, statistics_number(one, "limit"), 1e-4, 1e-12);
    }
}

static void large_lists_take_the_limit_which_is_near_the_exact_number(void **state)
{
    (void)state;
    static float a[2000], b[900];
    for (int i = 0; i < 2000; i++)
        a[i] = (float)i;
    for (int i = 0; i < 900; i++)
        b[i] = (float)i * 2.1f + 30;
    eh_two_sample exact = eh_kolmogorov_smirnov(a, 1000, b, 900, 1),
                  limit = eh_kolmogorov_smirnov(a, 2000, b, 900, 1);
    assert_true(exact.exact);
    assert_false(limit.exact);
    eh_two_sample forced = eh_kolmogorov_smirnov(a, 1000, b, 900, 1.0000001);
    expect_near("p", forced.p, exact.p, 0.1, 1e-3);
}

static void an_empty_list_says_nothing(void **state)
{
    (void)state;
    float a[] = { 1 };
    eh_two_sample t = eh_kolmogorov_smirnov(a, 1, a, 0, 1);
    assert_true(isnan(t.p) && isnan(t.distance));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_and_p_are_those_of_scipy),
        cmocka_unit_test(large_lists_take_the_limit_which_is_near_the_exact_number),
        cmocka_unit_test(an_empty_list_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
