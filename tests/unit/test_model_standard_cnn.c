/* standard-cnn: its names, and PyTorch's outputs and gradients. */
#include "support/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void names_are_four_convolutions_four_norms_and_two_linear_layers(void **state)
{
    (void)state;
    static const char *const name[] = {
        "conv1.weight", "conv1.bias",    "bn1.weight",   "bn1.bias",     "conv2.weight",
        "conv2.bias",   "bn2.weight",    "bn2.bias",     "conv3.weight", "conv3.bias",
        "bn3.weight",   "bn3.bias",      "conv4.weight", "conv4.bias",   "bn4.weight",
        "bn4.bias",     "hidden.weight", "hidden.bias",  "fc.weight",    "fc.bias",
    };
    golden_check_names("standard-cnn", 2, 1u << EH_TRAINABLE, name, sizeof name / sizeof *name);
}

static void outputs_and_gradients_equal_torch_on_both_backends(void **state)
{
    (void)state;
    golden_check_model("standard_cnn", "standard-cnn:width=3,hidden=20", GOLDEN_FORWARD, "ref",
                       EH_PRECISION_F64, 1e-5);
    golden_check_model("standard_cnn", "standard-cnn:width=3,hidden=20", GOLDEN_GRADIENTS, "ref",
                       EH_PRECISION_F64, 1e-5);
    golden_check_model("standard_cnn", "standard-cnn:width=3,hidden=20", GOLDEN_FORWARD, "cpu",
                       EH_PRECISION_F32, 1e-4);
    golden_check_model("standard_cnn", "standard-cnn:width=3,hidden=20", GOLDEN_GRADIENTS, "cpu",
                       EH_PRECISION_F32, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_four_convolutions_four_norms_and_two_linear_layers),
        cmocka_unit_test(outputs_and_gradients_equal_torch_on_both_backends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
