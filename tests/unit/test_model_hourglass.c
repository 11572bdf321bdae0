/* hourglass: outputs and gradients of the network that make_torch_goldens.py writes down, on images of odd halves. */
#include "support/cmocka_all.h"
#include "support/golden.h"

static void outputs_equal_torch_on_the_reference_backend(void **state)
{
    (void)state;
    golden_check_model("hourglass", "hourglass:width=4,depth=2", GOLDEN_FORWARD, "ref", EH_PRECISION_F64,
                       1e-5);
}

static void outputs_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("hourglass", "hourglass:width=4,depth=2", GOLDEN_FORWARD, "cpu", EH_PRECISION_F32,
                       1e-4);
}

static void gradients_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("hourglass", "hourglass:width=4,depth=2", GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32,
                       1e-4);
}

static void with_other_switches_it_equals_torch(void **state)
{
    static const char *const form[][2] = {
        { "hourglass_gelu", "hourglass:modules=3,width=4,depth=2,intra-skip=false,activation=gelu" },
        { "hourglass_bare", "hourglass:width=4,depth=2,inter-skip=false,norm=false,activation=none" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
        golden_check_model(form[i][0], form[i][1], GOLDEN_GRADIENTS, "ref", EH_PRECISION_F64, 1e-5);
        golden_check_model(form[i][0], form[i][1], GOLDEN_FORWARD, "cpu", EH_PRECISION_F32, 1e-4);
        golden_check_model(form[i][0], form[i][1], GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32, 1e-4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_equal_torch_on_the_reference_backend),
        cmocka_unit_test(outputs_equal_torch_on_the_cpu_backend),
        cmocka_unit_test(gradients_equal_torch_on_the_cpu_backend),
        cmocka_unit_test(with_other_switches_it_equals_torch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
