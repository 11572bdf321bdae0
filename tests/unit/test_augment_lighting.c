/* test_augment_lighting.c - brightness and contrast, against fastai's formula. */
#include "support/augment_case.h"
#include "support/augment_golden.h"
#include "support/cmocka_all.h"

#include "image/colour.h"

static void golden_apply(uint8_t *samples, size_t pixels, int channels, double value, double contrast)
{
    eh_colour_lighting(samples, pixels, channels, value, contrast);
}

static void values_are_those_of_fastai(void **state)
{
    (void)state;
    assert_int_equal(augment_golden_colours("lighting", golden_apply), 3);
}

static void both_changes_are_within_their_limits(void **state)
{
    (void)state;
    int least = 255, most = 0;
    for (uint64_t i = 0; i < 400; i++) {
        const uint8_t in[1] = { 128 };
        uint8_t out[1];
        augment_case_one(out, in, 1, 1, 1, "lighting:by=0.5,probability=1", i);
        least = out[0] < least ? out[0] : least;
        most = out[0] > most ? out[0] : most;
    }
    /* logit 0 moves by up to log 3, times up to 2: 1 / (1 + 9^+-1) of 255 */
    assert_in_range(least, 25, 40);
    assert_in_range(most, 215, 230);
}

static void parameters_of_the_identity_change_nothing(void **state)
{
    (void)state;
    augment_case_expect_nothing("lighting:by=0");
    augment_case_expect_nothing("lighting:probability=0");
}

static void draws_repeat_and_masks_go_with_pictures(void **state)
{
    (void)state;
    augment_case_expect("lighting", 0.9375);
    augment_case_expect("lighting:by=0.4,probability=0.5", 0.75);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_fastai),
        cmocka_unit_test(both_changes_are_within_their_limits),
        cmocka_unit_test(parameters_of_the_identity_change_nothing),
        cmocka_unit_test(draws_repeat_and_masks_go_with_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
