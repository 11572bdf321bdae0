/* test_augment_zoom.c - enlarging, against fastai's formula. */
#include "support/augment_case.h"
#include "support/augment_golden.h"
#include "support/cmocka_all.h"

#include "data/augment_map.h"

#include <math.h>

static void golden_place(eh_sample *s, const double *value)
{
    double share = 1 / value[0];
    eh_map_crop(s, (1 - share) * value[1], (1 - share) * value[2], share, share);
}

static void a_part_is_enlarged_as_fastai_does(void **state)
{
    (void)state;
    assert_int_equal(augment_golden_geometry("zoom", golden_place), 2);
}

static void parts_of_all_sizes_and_places_within_the_picture_are_shown(void **state)
{
    (void)state;
    double m[9], least = 1, most = 0, left = 99, right = -99;
    for (uint64_t i = 0; i < 400; i++) {
        augment_case_map(m, "zoom:most=2,probability=1", 40, 20, i);
        assert_float_equal(m[0], m[4], 1e-12);
        assert_in_range((int)(m[0] * 1000), 499, 1000);
        least = fmin(least, m[0]);
        most = fmax(most, m[0]);
        /* from the left edge of the first pixel to the right edge of the last */
        double from = m[2] + 0.5 - m[0] / 2, to = from + 40 * m[0];
        assert_true(from > -1e-9 && to < 40 + 1e-9);
        left = fmin(left, from);
        right = fmax(right, to);
    }
    assert_true(least < 0.51 && most > 0.98 && left < 0.5 && right > 39.5);
}

static void parameters_of_the_identity_change_nothing(void **state)
{
    (void)state;
    augment_case_expect_nothing("zoom:most=1");
    augment_case_expect_nothing("zoom:probability=0");
}

static void draws_repeat_and_masks_go_with_pictures(void **state)
{
    (void)state;
    augment_case_expect("zoom:most=1.5", 0.75);
    augment_case_expect("zoom:least=0.6,most=0.9,probability=1", 1);
}

static void limits_in_the_wrong_order_are_refused(void **state)
{
    (void)state;
    augment_case_refused("zoom:least=2,most=1",
                         "zoom has least=2, which is above most=1; give them in order");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_enlarged_as_fastai_does),
        cmocka_unit_test(parts_of_all_sizes_and_places_within_the_picture_are_shown),
        cmocka_unit_test(parameters_of_the_identity_change_nothing),
        cmocka_unit_test(draws_repeat_and_masks_go_with_pictures),
        cmocka_unit_test(limits_in_the_wrong_order_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
