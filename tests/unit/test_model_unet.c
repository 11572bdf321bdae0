/* unet: outputs, gradients and three steps of the network that make_torch_goldens.py writes down, on images of odd halves. */
#include "support/cmocka_all.h"
#include "support/golden.h"

static void outputs_equal_torch_on_the_reference_backend(void **state)
{
    (void)state;
    golden_check_model("unet", "unet:width=4,depth=2", GOLDEN_FORWARD, "ref", EH_PRECISION_F64, 1e-5);
}

static void outputs_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("unet", "unet:width=4,depth=2", GOLDEN_FORWARD, "cpu", EH_PRECISION_F32, 1e-4);
}

static void gradients_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("unet", "unet:width=4,depth=2", GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32, 1e-4);
}

static void three_steps_of_sgd_equal_torch(void **state)
{
    (void)state;
    golden_check_steps("unet", "unet:width=4,depth=2", "sgd", "sgd:weight-decay=0.01", 0.001, "cpu",
                       EH_PRECISION_F32, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_equal_torch_on_the_reference_backend),
        cmocka_unit_test(outputs_equal_torch_on_the_cpu_backend),
        cmocka_unit_test(gradients_equal_torch_on_the_cpu_backend),
        cmocka_unit_test(three_steps_of_sgd_equal_torch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
