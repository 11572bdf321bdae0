/* resnet50: torchvision's size, outputs and gradients. */
#include "support/cmocka_all.h"
#include "support/golden.h"

static void with_1000_classes_it_has_the_published_size(void **state)
{
    (void)state;
    golden_check_parameters("resnet50", 64, 1000, 25557032);
}

static void outputs_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("resnet50", "resnet50", GOLDEN_FORWARD, "cpu", EH_PRECISION_F32, 1e-4);
}

/* Gradients are compared in double precision: in networks this deep ReLU and batch statistics carry rounding so far that PyTorch's own single
 * precision is up to 7 % away from its double precision on this input. */
static void gradients_equal_torch_in_double_precision(void **state)
{
    (void)state;
    golden_skip_under_sanitizers();
    golden_check_model("resnet50", "resnet50", GOLDEN_GRADIENTS, "ref", EH_PRECISION_F64, 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_1000_classes_it_has_the_published_size),
        cmocka_unit_test(outputs_equal_torch_on_the_cpu_backend),
        cmocka_unit_test(gradients_equal_torch_in_double_precision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
