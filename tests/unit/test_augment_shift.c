/* test_augment_shift.c - moving by a share of the sides. */
#include "support/augment_case.h"
#include "support/cmocka_all.h"

#include <math.h>

static void moves_are_uniform_within_the_limit(void **state)
{
    (void)state;
    double m[9], left = 0, right = 0, up = 0, down = 0;
    for (uint64_t i = 0; i < 400; i++) {
        augment_case_map(m, "shift:share=0.25,probability=1", 40, 20, i);
        assert_true(m[0] == 1 && m[4] == 1 && fabs(m[2]) <= 10 && fabs(m[5]) <= 5);
        left = fmin(left, m[2]);
        right = fmax(right, m[2]);
        up = fmin(up, m[5]);
        down = fmax(down, m[5]);
    }
    assert_true(left < -9.5 && right > 9.5 && up < -4.75 && down > 4.75);
}

static void parameters_of_the_identity_change_nothing(void **state)
{
    (void)state;
    augment_case_expect_nothing("shift:share=0");
    augment_case_expect_nothing("shift:probability=0");
}

static void draws_repeat_and_masks_go_with_pictures(void **state)
{
    (void)state;
    augment_case_expect("shift:share=0.3", 0.75);
    augment_case_expect("shift:probability=1,fill=border", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_are_uniform_within_the_limit),
        cmocka_unit_test(parameters_of_the_identity_change_nothing),
        cmocka_unit_test(draws_repeat_and_masks_go_with_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
