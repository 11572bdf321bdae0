/* vit-tiny: torchvision's size, outputs and gradients. */
#include "support/cmocka_all.h"
#include "support/golden.h"

static void with_1000_classes_it_has_the_published_size(void **state)
{
    (void)state;
    golden_check_parameters("vit-tiny:patch=16", 224, 1000, 5717416);
}

static void outputs_equal_torch_on_the_reference_backend(void **state)
{
    (void)state;
    golden_check_model("vit_tiny", "vit-tiny:patch=4,width=16,depth=2,heads=2", GOLDEN_FORWARD, "ref",
                       EH_PRECISION_F64, 1e-5);
}

static void outputs_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("vit_tiny", "vit-tiny:patch=4,width=16,depth=2,heads=2", GOLDEN_FORWARD, "cpu",
                       EH_PRECISION_F32, 1e-4);
}

static void gradients_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("vit_tiny", "vit-tiny:patch=4,width=16,depth=2,heads=2", GOLDEN_GRADIENTS, "cpu",
                       EH_PRECISION_F32, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_1000_classes_it_has_the_published_size),
        cmocka_unit_test(outputs_equal_torch_on_the_reference_backend),
        cmocka_unit_test(outputs_equal_torch_on_the_cpu_backend),
        cmocka_unit_test(gradients_equal_torch_on_the_cpu_backend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
