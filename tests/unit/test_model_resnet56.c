/* resnet56: its published size, the names of its last block, and PyTorch's outputs and gradients. */
#include "support/golden.h"

#include "evenhand/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

extern const eh_model eh_model_resnet56;

static void with_10_classes_it_has_as_many_parameters_as_published(void **state)
{
    (void)state;
    golden_check_parameters("resnet56", 32, 10, 853018);
}

static void every_layer_has_as_many_blocks_as_the_depth_says(void **state)
{
    eh_params *params = NULL;
    eh_graph *g = NULL;
    (void)state;
    assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, NULL), EH_OK);
    eh_build b = { .graph = g };
    eh_model_resnet56.features(&b, NULL, eh_input(g, "images", eh_shape_of(4, 2, 3, 32, 32), EH_F32));
    assert_int_equal(eh_graph_check(g, NULL), EH_OK);
    assert_true(eh_params_find(params, "layer3.8.conv2.weight") >= 0);
    assert_int_equal(eh_params_find(params, "layer3.9.conv1.weight"), -1);
    eh_graph_free(g);
    eh_params_free(params);
}

static void outputs_and_gradients_equal_pytorch(void **state)
{
    (void)state;
    golden_check_model("resnet56", "resnet56", GOLDEN_FORWARD, "cpu", EH_PRECISION_F32, 1e-4);
    golden_check_model("resnet56", "resnet56", GOLDEN_GRADIENTS, "ref", EH_PRECISION_F64, 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_10_classes_it_has_as_many_parameters_as_published),
        cmocka_unit_test(every_layer_has_as_many_blocks_as_the_depth_says),
        cmocka_unit_test(outputs_and_gradients_equal_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
