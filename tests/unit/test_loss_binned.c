/* binned: values of torch.nn.CrossEntropyLoss over four intervals of 20 to 60, and the expected value as prediction. */
#include "support/cmocka_all.h"
#include "support/loss_case.h"

static const eh_target ages = { .kind = EH_TARGET_NUMBER, .mean = 40, .std = 15, .low = 20, .high = 60 };
static const float truth[LOSS_SAMPLES] = { 23, 41, 70 }; /* the last lies above the range */

static void loss_and_prediction_are_those_of_torch(void **state)
{
    (void)state;
    static const double z[] = { 1, 2, -1, 0.5, 0, 0, 0, 0, 3, -2, 0.2, 1 };
    loss_case r;
    loss_case_evaluate(&r, "binned:bins=4", &ages, z, 4, truth);
    loss_case_expect(r.loss, (const double[]){ 1.495181898085856, 1.3862943611198906, 2.1847214188707387 },
                     LOSS_SAMPLES);
    loss_case_expect(r.prediction, (const double[]){ 35.78113242098226, 40.0, 29.44235883174035 },
                     LOSS_SAMPLES);
}

static void it_wants_an_output_for_each_interval(void **state)
{
    (void)state;
    assert_int_equal(loss_case_outputs("binned", &ages), 20);
    assert_int_equal(loss_case_outputs("binned", &(eh_target){ .kind = EH_TARGET_CLASS, .classes = 3 }), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_and_prediction_are_those_of_torch),
        cmocka_unit_test(it_wants_an_output_for_each_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
