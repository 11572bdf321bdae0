/* test_augment_hue.c - against torchvision, and the draws. */
#include "support/augment_case.h"
#include "support/augment_golden.h"
#include "support/cmocka_all.h"

#include "image/colour.h"

static void golden_apply(uint8_t *samples, size_t pixels, int channels, double value, double contrast)
{
    (void)contrast;
    eh_colour_hue(samples, pixels, channels, value);
}

static void values_are_those_of_torchvision(void **state)
{
    (void)state;
    assert_int_equal(augment_golden_colours("hue", golden_apply), 6);
}

static void grey_pictures_stay_as_they_are(void **state)
{
    (void)state;
    const uint8_t in[4] = { 3, 99, 200, 255 };
    uint8_t out[4];
    augment_case_one(out, in, 2, 2, 1, "hue:by=0.5", 7);
    assert_memory_equal(out, in, sizeof in);
}

static void parameters_of_the_identity_change_nothing(void **state)
{
    (void)state;
    augment_case_expect_nothing("hue:by=0");
    augment_case_expect_nothing("hue:probability=0");
}

static void draws_repeat_and_masks_go_with_pictures(void **state)
{
    (void)state;
    augment_case_expect("hue:by=0.1", 1);
    augment_case_expect("hue:by=0.5,probability=0.5", 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_torchvision),
        cmocka_unit_test(grey_pictures_stay_as_they_are),
        cmocka_unit_test(parameters_of_the_identity_change_nothing),
        cmocka_unit_test(draws_repeat_and_masks_go_with_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
