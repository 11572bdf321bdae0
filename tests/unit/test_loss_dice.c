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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_gradients_are_those_of_pytorch),
        cmocka_unit_test(nothing_runs_away_where_a_class_or_all_pixels_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
