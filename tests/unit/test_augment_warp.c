/* test_augment_warp.c - tilting, against the projective map that fastai solves for. */
#include "support/augment_case.h"
#include "support/augment_golden.h"
#include "support/cmocka_all.h"

#include "data/augment_map.h"

#include <math.h>

static void tilt(eh_sample *s, const double *value)
{
    eh_map_tilt(s, value[0], value[1]);
}

static void tilt_and_zoom(eh_sample *s, const double *value)
{
    double share = 1 / value[2];
    eh_map_tilt(s, value[0], value[1]);
    eh_map_crop(s, (1 - share) * value[3], (1 - share) * value[4], share, share);
}

static void tilting_is_that_of_fastai_with_every_kind_of_edge(void **state)
{
    (void)state;
    assert_int_equal(augment_golden_geometry("tilt", tilt), 6);
}

static void steps_are_composed_to_one_resampling(void **state)
{
    (void)state;
    assert_int_equal(augment_golden_geometry("tilt-zoom", tilt_and_zoom), 1);
}

static void the_middle_of_a_corner_moves_by_less_than_the_magnitude(void **state)
{
    (void)state;
    double m[9], largest = 0;
    for (uint64_t i = 0; i < 400; i++) {
        augment_case_map(m, "warp:magnitude=0.3,probability=1", 40, 20, i);
        /* The corner at the edge of the first pixel. */
        double d = -0.5 * m[6] - 0.5 * m[7] + m[8], x = (-0.5 * m[0] - 0.5 * m[1] + m[2]) / d,
               y = (-0.5 * m[3] - 0.5 * m[4] + m[5]) / d;
        assert_true(fabs(x + 0.5) <= 0.3 * 20 + 1e-9 && fabs(y + 0.5) <= 0.3 * 10 + 1e-9);
        largest = fmax(largest, fabs(x + 0.5));
    }
    assert_true(largest > 0.28 * 20);
}

static void parameters_of_the_identity_change_nothing(void **state)
{
    (void)state;
    augment_case_expect_nothing("warp:magnitude=0");
    augment_case_expect_nothing("warp:probability=0");
}

static void draws_repeat_and_masks_go_with_pictures(void **state)
{
    (void)state;
    augment_case_expect("warp", 0.75);
    augment_case_expect("warp:magnitude=0.4,probability=1,fill=border", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tilting_is_that_of_fastai_with_every_kind_of_edge),
        cmocka_unit_test(steps_are_composed_to_one_resampling),
        cmocka_unit_test(the_middle_of_a_corner_moves_by_less_than_the_magnitude),
        cmocka_unit_test(parameters_of_the_identity_change_nothing),
        cmocka_unit_test(draws_repeat_and_masks_go_with_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
