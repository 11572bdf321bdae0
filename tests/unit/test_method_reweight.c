/* reweight: weights by hand for groups of 10, 5, 0 and 1: N = 16, G = 3. */
#include "support/method_case.h"

#include "support/cmocka_all.h"

#include <math.h>

/* Weights that the method gives to rows 0 (group 0), 10 (group 1) and 15 (group 3), and one more sample beyond the count. */
static void weights(const char *method, float out[4])
{
    method_case c;
    static const uint32_t row[4] = { 0, 10, 15, 0 };
    float weight[4] = { 1, 1, 1, 0 };
    method_case_make(&c, method, (const size_t[]){ 10, 5, 0, 1 }, 4);
    eh_batch batch = { .count = 3, .capacity = 4, .row = row, .weight = weight };
    assert_int_equal(c.method->hooks.batch(c.state, &c.run, &batch, NULL), EH_OK);
    for (int i = 0; i < 4; i++)
        out[i] = weight[i];
    method_case_clear(&c);
}

static void a_group_weighs_the_inverse_of_its_size_and_the_mean_over_the_training_set_is_one(void **state)
{
    (void)state;
    float w[4];
    weights("reweight", w);
    assert_true(fabs((double)w[0] - 16.0 / 30) < 1e-6);
    assert_true(fabs((double)w[1] - 16.0 / 15) < 1e-6);
    assert_true(fabs((double)w[2] - 16.0 / 3) < 1e-6);
    assert_true(fabs((10 * (double)w[0] + 5 * (double)w[1] + (double)w[2]) / 16 - 1) < 1e-6);
    assert_true(w[3] == 0); /* padding stays without weight */
}

static void the_clip_cuts_the_largest_weights_only(void **state)
{
    (void)state;
    float w[4];
    weights("reweight:max-weight=2", w);
    assert_true(fabs((double)w[0] - 16.0 / 30) < 1e-6);
    assert_true(w[2] == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_weighs_the_inverse_of_its_size_and_the_mean_over_the_training_set_is_one),
        cmocka_unit_test(the_clip_cuts_the_largest_weights_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
