/* test_augment_rotate.c - turning, against torchvision. */
#include "support/augment_case.h"
#include "support/augment_golden.h"
#include "support/cmocka_all.h"

#include "data/augment_map.h"

#include <math.h>

static void golden_place(eh_sample *s, const double *value)
{
    eh_map_rotate(s, value[0]);
}

static void turning_is_that_of_torchvision(void **state)
{
    (void)state;
    assert_int_equal(augment_golden_geometry("rotate", golden_place), 2);
}

static void angles_are_uniform_within_the_limit_about_the_middle(void **state)
{
    (void)state;
    double m[9], largest = 0, sum = 0;
    for (uint64_t i = 0; i < 400; i++) {
        if (!augment_case_map(m, "rotate:degrees=30,probability=1", 31, 21, i))
            continue;
        double degrees = atan2(m[3], m[0]) * 180 / 3.14159265358979;
        assert_true(fabs(degrees) <= 30.0001);
        largest = fabs(degrees) > largest ? fabs(degrees) : largest;
        sum += fabs(degrees);
        assert_float_equal(m[0] * 15 + m[1] * 10 + m[2], 15, 1e-9);
        assert_float_equal(m[3] * 15 + m[4] * 10 + m[5], 10, 1e-9);
    }
    assert_true(largest > 29);
    assert_float_equal(sum / 400, 15, 2.2); /* five standard deviations */
}

static void parameters_of_the_identity_change_nothing(void **state)
{
    (void)state;
    augment_case_expect_nothing("rotate:degrees=0");
    augment_case_expect_nothing("rotate:probability=0");
}

static void draws_repeat_and_masks_go_with_pictures(void **state)
{
    (void)state;
    augment_case_expect("rotate:degrees=20", 0.75);
    augment_case_expect("rotate:degrees=40,probability=1,fill=border", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turning_is_that_of_torchvision),
        cmocka_unit_test(angles_are_uniform_within_the_limit_about_the_middle),
        cmocka_unit_test(parameters_of_the_identity_change_nothing),
        cmocka_unit_test(draws_repeat_and_masks_go_with_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
