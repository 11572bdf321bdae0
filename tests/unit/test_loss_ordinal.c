/* ordinal: values of torch.nn.BCEWithLogitsLoss over four intervals of 20 to 60, and the expected value as prediction. */
#include "support/cmocka_all.h"
#include "support/loss_case.h"

static const eh_target ages = { .kind = EH_TARGET_NUMBER, .mean = 40, .std = 15, .low = 20, .high = 60 };
static const float truth[LOSS_SAMPLES] = { 23, 41, 70 }; /* the last lies above the range */

static void loss_and_prediction_are_those_of_torch(void **state)
{
    (void)state;
    static const double z[] = { 1, 2, -1, 0, 0, 0, 3, -2, 0.2 };
    loss_case r;
    loss_case_evaluate(&r, "ordinal:steps=4", &ages, z, 3, truth);
    loss_case_expect(r.loss, (const double[]){ 1.2511504620264728, 0.6931471805599453, 0.9245514106661021 },
                     LOSS_SAMPLES);
    loss_case_expect(r.prediction, (const double[]){ 43.80797077977882, 40.0, 41.21611046157029 },
                     LOSS_SAMPLES);
}

static void it_wants_an_output_for_each_edge(void **state)
{
    (void)state;
    assert_int_equal(loss_case_outputs("ordinal", &ages), 19);
    assert_int_equal(loss_case_outputs("ordinal", &(eh_target){ .kind = EH_TARGET_CLASS, .classes = 3 }), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_and_prediction_are_those_of_torch),
        cmocka_unit_test(it_wants_an_output_for_each_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
