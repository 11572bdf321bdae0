/* test_augment_brightness.c - against torchvision, and the draws. */
#include "support/augment_case.h"
#include "support/augment_golden.h"
#include "support/cmocka_all.h"

#include "image/colour.h"

static void golden_apply(uint8_t *samples, size_t pixels, int channels, double value, double contrast)
{
    (void)contrast;
    eh_colour_brightness(samples, pixels, channels, value);
}

static void values_are_those_of_torchvision(void **state)
{
    (void)state;
    assert_int_equal(augment_golden_colours("brightness", golden_apply), 4);
}

static void factors_are_uniform_within_the_limits(void **state)
{
    (void)state;
    int least = 255, most = 0;
    for (uint64_t i = 0; i < 400; i++) {
        const uint8_t in[6] = { 100, 100, 100, 100, 100, 100 };
        uint8_t out[6];
        augment_case_one(out, in, 2, 1, 3, "brightness:by=0.5", i);
        least = out[0] < least ? out[0] : least;
        most = out[0] > most ? out[0] : most;
    }
    assert_in_range(least, 50, 52); /* 100 f */
    assert_in_range(most, 148, 150);
}

static void parameters_of_the_identity_change_nothing(void **state)
{
    (void)state;
    augment_case_expect_nothing("brightness:by=0");
    augment_case_expect_nothing("brightness:probability=0");
}

static void draws_repeat_and_masks_go_with_pictures(void **state)
{
    (void)state;
    augment_case_expect("brightness:by=0.2", 1);
    augment_case_expect("brightness:by=0.3,probability=0.5", 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_torchvision),
        cmocka_unit_test(factors_are_uniform_within_the_limits),
        cmocka_unit_test(parameters_of_the_identity_change_nothing),
        cmocka_unit_test(draws_repeat_and_masks_go_with_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
