/* focal-dice: values and gradients of PyTorch. */
#include "support/cmocka_all.h"
#include "support/mask_loss_case.h"

static void values_and_gradients_are_those_of_pytorch(void **state)
{
    (void)state;
    mask_loss_expect("focal-dice", 2);
}

static void nothing_runs_away_where_a_class_or_all_pixels_are_missing(void **state)
{
    (void)state;
    mask_loss_expect_finite("focal-dice");
    mask_loss_expect_finite("focal-dice:ce=0.5,weights=inverse");
}

static void gradients_agree_with_finite_differences(void **state)
{
    (void)state;
    mask_loss_expect_differences("focal-dice");
    mask_loss_expect_differences("focal-dice:misses=0.4,alarms=0.8,gamma=2,smooth=0.5,ce=0.7,weights=enet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_gradients_are_those_of_pytorch),
        cmocka_unit_test(nothing_runs_away_where_a_class_or_all_pixels_are_missing),
        cmocka_unit_test(gradients_agree_with_finite_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
