/* dbvae: classes, drawn image and gradients of both losses, where the sample is the mean. */
#include "support/cmocka_all.h"
#include "support/golden.h"

static void it_has_the_size_of_the_lab(void **state)
{
    (void)state;
    /* Encoder, 2 * 100 + 1 outputs in all, decoder. */
    golden_check_parameters("dbvae", 64, 1, 909500);
}

static void outputs_equal_torch_on_the_reference_backend(void **state)
{
    (void)state;
    golden_check_model("dbvae", "dbvae:width=3,hidden=20,latent=6", GOLDEN_FORWARD, "ref", EH_PRECISION_F64,
                       1e-5);
}

static void outputs_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("dbvae", "dbvae:width=3,hidden=20,latent=6", GOLDEN_FORWARD, "cpu", EH_PRECISION_F32,
                       1e-4);
}

static void gradients_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("dbvae", "dbvae:width=3,hidden=20,latent=6", GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32,
                       1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_the_size_of_the_lab),
        cmocka_unit_test(outputs_equal_torch_on_the_reference_backend),
        cmocka_unit_test(outputs_equal_torch_on_the_cpu_backend),
        cmocka_unit_test(gradients_equal_torch_on_the_cpu_backend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
