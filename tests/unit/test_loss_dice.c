/* dice: values and gradients of PyTorch. */
#include "support/cmocka_all.h"
#include "support/mask_loss_case.h"

static void values_and_gradients_are_those_of_pytorch(void **state)
{
    (void)state;
    mask_loss_expect("dice", 2);
}

static void nothing_runs_away_where_a_class_or_all_pixels_are_missing(void **state)
{
    (void)state;
    mask_loss_expect_finite("dice");
    mask_loss_expect_finite("dice:ce=0.5,weights=inverse");
}

static void gradients_agree_with_finite_differences(void **state)
{
    (void)state;
    mask_loss_expect_differences("dice");
    mask_loss_expect_differences("dice:smooth=0.3,ce=0.7,weights=median");
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
