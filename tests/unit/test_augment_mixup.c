/* test_augment_mixup.c */
#include "support/cmocka_all.h"
#include "support/mix_case.h"

#include <math.h>
#include <string.h>

static mix_case a, b;

static void pictures_and_labels_are_mixed_in_the_same_shares(void **state)
{
    (void)state;
    double sum = 0, most = 0;
    mix_case_run(&a, "mixup:alpha=1", false, 0);
    for (int i = 0; i < MIX_COUNT; i++) {
        float other = (float)((i + 1) % MIX_COUNT + 1), share = a.lambda[i];
        assert_true(share >= 0.5f && share <= 1);
        for (int k = 0; k < MIX_CHANNELS * MIX_PLANE; k++)
            assert_float_equal((&a.image[i][0][0])[k], share * (float)(i + 1) + (1 - share) * other, 1e-4);
        sum += (double)share;
        most = fmax(most, (double)share);
    }
    /* alpha 1: the larger share is uniform in 1/2 .. 1; five standard deviations */
    assert_float_equal(sum / MIX_COUNT, 0.75, 0.052);
    assert_true(most > 0.97);
}

static void a_small_alpha_leaves_most_pictures_almost_alone(void **state)
{
    (void)state;
    int alone = 0;
    mix_case_run(&a, "mixup:alpha=0.1", false, 1);
    for (int i = 0; i < MIX_COUNT; i++)
        alone += a.lambda[i] > 0.99f;
    assert_true(alone > MIX_COUNT / 2);
}

static void without_probability_nothing_is_mixed(void **state)
{
    (void)state;
    mix_case_run(&a, "mixup:probability=0", false, 2);
    for (int i = 0; i < MIX_COUNT; i++) {
        assert_true(a.lambda[i] == 1);
        assert_true(a.image[i][2][5] == (float)(i + 1));
    }
}

static void draws_repeat_and_differ_between_batches(void **state)
{
    (void)state;
    mix_case_run(&a, "mixup", false, 3);
    mix_case_run(&b, "mixup", false, 3);
    assert_memory_equal(&a, &b, sizeof a);
    mix_case_run(&b, "mixup", false, 4);
    assert_memory_not_equal(a.lambda, b.lambda, sizeof a.lambda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_and_labels_are_mixed_in_the_same_shares),
        cmocka_unit_test(a_small_alpha_leaves_most_pictures_almost_alone),
        cmocka_unit_test(without_probability_nothing_is_mixed),
        cmocka_unit_test(draws_repeat_and_differ_between_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
