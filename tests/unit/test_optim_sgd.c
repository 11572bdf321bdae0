/* sgd: three steps against torch.optim. */
#include "support/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check(const char *key, const char *optim)
{
    golden_check_steps("vgg_resnet", "vgg-resnet:blocks=1,width=4", key, optim, 0.001, "ref",
                       EH_PRECISION_F64, 1e-5);
    golden_check_steps("standard_cnn", "standard-cnn:width=3,hidden=20", key, optim, 0.001, "ref",
                       EH_PRECISION_F64, 1e-5);
    golden_check_steps("vgg_resnet", "vgg-resnet:blocks=1,width=4", key, optim, 0.001, "cpu",
                       EH_PRECISION_F32, 1e-4);
}

static void three_steps_with_momentum_and_weight_decay_equal_torch(void **state)
{
    (void)state;
    check("sgd", "sgd:weight-decay=0.01");
}

static void three_steps_with_nesterov_momentum_equal_torch(void **state)
{
    (void)state;
    check("sgd_nesterov", "sgd:nesterov=true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_steps_with_momentum_and_weight_decay_equal_torch),
        cmocka_unit_test(three_steps_with_nesterov_momentum_equal_torch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
