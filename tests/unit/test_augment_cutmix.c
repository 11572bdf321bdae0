/* test_augment_cutmix.c */
#include "support/cmocka_all.h"
#include "support/mix_case.h"

#include <string.h>

static mix_case a, b;

static void a_rectangle_comes_from_the_partner_and_its_area_is_the_share_of_the_label(void **state)
{
    (void)state;
    int kinds[4] = { 0 };
    mix_case_run(&a, "cutmix", true, 0);
    for (int i = 0; i < MIX_COUNT; i++) {
        float own = (float)(i + 1), other = (float)((i + 1) % MIX_COUNT + 1);
        int left = MIX_WIDTH, right = -1, top = MIX_HEIGHT, bottom = -1, taken = 0;
        for (int k = 0; k < MIX_PLANE; k++) {
            bool foreign = a.image[i][0][k] == other;
            assert_true(foreign || a.image[i][0][k] == own);
            for (int c = 1; c < MIX_CHANNELS; c++)
                assert_true(a.image[i][c][k] == a.image[i][0][k]);
            assert_int_equal(a.mask[i][k], (foreign ? (i + 1) % MIX_COUNT : i) % 250);
            if (!foreign)
                continue;
            int x = k % MIX_WIDTH, y = k / MIX_WIDTH;
            left = x < left ? x : left;
            right = x > right ? x : right;
            top = y < top ? y : top;
            bottom = y > bottom ? y : bottom;
            taken++;
        }
        if (taken)
            assert_int_equal(taken, (right - left + 1) * (bottom - top + 1));
        assert_float_equal(a.lambda[i], 1 - (double)taken / MIX_PLANE, 1e-6);
        kinds[taken * 4 / (MIX_PLANE + 1)]++;
    }
    for (int k = 0; k < 3; k++)
        assert_true(kinds[k] > 2); /* small and large ones; the edges cut the largest off */
}

static void without_probability_nothing_is_cut(void **state)
{
    (void)state;
    mix_case_run(&a, "cutmix:probability=0", true, 1);
    for (int i = 0; i < MIX_COUNT; i++) {
        assert_true(a.lambda[i] == 1);
        for (int k = 0; k < MIX_PLANE; k++)
            assert_true(a.image[i][1][k] == (float)(i + 1) && a.mask[i][k] == i % 250);
    }
}

static void draws_repeat_and_differ_between_batches(void **state)
{
    (void)state;
    mix_case_run(&a, "cutmix", true, 3);
    mix_case_run(&b, "cutmix", true, 3);
    assert_memory_equal(&a, &b, sizeof a);
    mix_case_run(&b, "cutmix", true, 4);
    assert_memory_not_equal(a.lambda, b.lambda, sizeof a.lambda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rectangle_comes_from_the_partner_and_its_area_is_the_share_of_the_label),
        cmocka_unit_test(without_probability_nothing_is_cut),
        cmocka_unit_test(draws_repeat_and_differ_between_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
