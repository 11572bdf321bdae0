/* mse: values of torch.nn.MSELoss for (x - mean) / std, and the prediction turned back into the column's units. */
#include "support/cmocka_all.h"
#include "support/loss_case.h"

static const eh_target ages = { .kind = EH_TARGET_NUMBER, .mean = 40, .std = 15, .low = 20, .high = 60 };
static const float truth[LOSS_SAMPLES] = { 23, 41, 70 };

static void loss_and_prediction_are_those_of_torch(void **state)
{
    (void)state;
    static const double z[LOSS_SAMPLES] = { -0.9, 0.3, 4.0 };
    loss_case r;
    loss_case_evaluate(&r, "mse", &ages, z, 1, truth);
    loss_case_expect(r.loss, (const double[]){ 0.05444444444444442, 0.05444444444444445, 4.0 }, LOSS_SAMPLES);
    loss_case_expect(r.prediction, (const double[]){ 26.5, 44.5, 100 }, LOSS_SAMPLES);
}

static void classes_are_not_for_it(void **state)
{
    (void)state;
    assert_int_equal(loss_case_outputs("mse", &(eh_target){ .kind = EH_TARGET_CLASS, .classes = 3 }), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_and_prediction_are_those_of_torch),
        cmocka_unit_test(classes_are_not_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
