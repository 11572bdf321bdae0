/* test_augment_resized_crop.c - random parts, against torchvision. */
#include "support/augment_case.h"
#include "support/augment_golden.h"
#include "support/cmocka_all.h"

#include "data/augment_map.h"

#include <math.h>

static void golden_place(eh_sample *s, const double *value)
{
    eh_map_crop(s, value[0] / s->width, value[1] / s->height, value[2] / s->width, value[3] / s->height);
}

static void a_part_fills_the_result_as_in_torchvision(void **state)
{
    (void)state;
    assert_int_equal(augment_golden_geometry("crop", golden_place), 1);
}

static void areas_and_shapes_are_within_their_limits(void **state)
{
    (void)state;
    double m[9], least = 1, most = 0, narrow = 9, wide = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        augment_case_map(m, "resized-crop:least=0.2,most=0.9", 40, 20, i);
        double area = m[0] * m[4], shape = m[0] / m[4], left = m[2] + 0.5 - m[0] / 2,
               top = m[5] + 0.5 - m[4] / 2;
        assert_true(area > 0.2 - 1e-9 && area < 0.9 + 1e-9);
        assert_true(shape > 0.75 - 1e-9 && shape < 4 / 3.0 + 1e-9);
        assert_true(left > -1e-9 && top > -1e-9 && left + 40 * m[0] < 40 + 1e-9 &&
                    top + 20 * m[4] < 20 + 1e-9);
        least = fmin(least, area);
        most = fmax(most, area);
        narrow = fmin(narrow, shape);
        wide = fmax(wide, shape);
    }
    assert_true(least < 0.21 && most > 0.88 && narrow < 0.77 && wide > 1.3);
}

static void a_shape_that_never_fits_gives_the_centre(void **state)
{
    (void)state;
    double m[9];
    augment_case_map(m, "resized-crop:least=1,narrow=2,wide=2", 40, 20, 0);
    assert_float_equal(m[0], 1, 1e-12);
    assert_float_equal(m[4], 0.5, 1e-12);
    assert_float_equal(m[5], 5 + (0.5 - 1) / 2, 1e-12);
}

static void parameters_of_the_identity_change_nothing(void **state)
{
    (void)state;
    augment_case_expect_nothing("resized-crop:least=1,narrow=1,wide=1");
    augment_case_expect_nothing("resized-crop:probability=0");
}

static void draws_repeat_and_masks_go_with_pictures(void **state)
{
    (void)state;
    augment_case_expect("resized-crop", 1);
    augment_case_expect("resized-crop:least=0.5,probability=0.5", 0.5);
}

static void limits_in_the_wrong_order_are_refused(void **state)
{
    (void)state;
    augment_case_refused("resized-crop:least=0.9,most=0.5", "least=0.9, which is above most=0.5");
    augment_case_refused("resized-crop:narrow=2,wide=0.5", "narrow=2, which is above wide=0.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_fills_the_result_as_in_torchvision),
        cmocka_unit_test(areas_and_shapes_are_within_their_limits),
        cmocka_unit_test(a_shape_that_never_fits_gives_the_centre),
        cmocka_unit_test(parameters_of_the_identity_change_nothing),
        cmocka_unit_test(draws_repeat_and_masks_go_with_pictures),
        cmocka_unit_test(limits_in_the_wrong_order_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
