/* adamw: three steps against torch.optim. */
#include "support/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void three_steps_with_decoupled_weight_decay_equal_torch(void **state)
{
    (void)state;
    golden_check_steps("vgg_resnet", "vgg-resnet:blocks=1,width=4", "adamw", "adamw:weight-decay=0.1", 0.001,
                       "ref", EH_PRECISION_F64, 1e-5);
    golden_check_steps("standard_cnn", "standard-cnn:width=3,hidden=20", "adamw", "adamw:weight-decay=0.1",
                       0.001, "ref", EH_PRECISION_F64, 1e-5);
    golden_check_steps("vgg_resnet", "vgg-resnet:blocks=1,width=4", "adamw", "adamw:weight-decay=0.1", 0.001,
                       "cpu", EH_PRECISION_F32, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_steps_with_decoupled_weight_decay_equal_torch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
