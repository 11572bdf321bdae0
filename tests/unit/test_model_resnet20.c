/* resnet20: its published size, its layers, and PyTorch's outputs and gradients. */
#include "support/golden.h"

#include "evenhand/model.h"
#include "evenhand/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

extern const eh_model eh_model_resnet20;

static void with_10_classes_it_has_as_many_parameters_as_published(void **state)
{
    (void)state;
    golden_check_parameters("resnet20", 32, 10, 269722);
}

/* Names of the public weights: test_cifar10_resnet20.c. Here that maps are the full, half and quarter size. */
static void layers_are_exposed_at_the_full_half_and_quarter_size(void **state)
{
    eh_params *params = NULL;
    eh_graph *g = NULL;
    (void)state;
    assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, NULL), EH_OK);
    eh_build b = { .graph = g, .training = true };
    eh_features f =
        eh_model_resnet20.features(&b, NULL, eh_input(g, "images", eh_shape_of(4, 2, 3, 32, 28), EH_F32));
    assert_int_equal(eh_graph_check(g, NULL), EH_OK);
    assert_true(eh_shape_equal(eh_tensor_shape(f.map), eh_shape_of(4, 2, 64, 8, 7)));
    assert_true(eh_shape_equal(eh_tensor_shape(eh_exposed(g, "layer1")), eh_shape_of(4, 2, 16, 32, 28)));
    assert_true(eh_shape_equal(eh_tensor_shape(eh_exposed(g, "layer2")), eh_shape_of(4, 2, 32, 16, 14)));
    assert_true(eh_shape_equal(eh_tensor_shape(f.vector), eh_shape_of(2, 2, 64)));
    eh_graph_free(g);
    eh_params_free(params);
}

static void outputs_equal_pytorch(void **state)
{
    (void)state;
    golden_check_model("resnet20", "resnet20", GOLDEN_FORWARD, "ref", EH_PRECISION_F64, 1e-6);
    golden_check_model("resnet20", "resnet20", GOLDEN_FORWARD, "cpu", EH_PRECISION_F32, 1e-4);
}

static void gradients_equal_pytorch(void **state)
{
    (void)state;
    golden_check_model("resnet20", "resnet20", GOLDEN_GRADIENTS, "ref", EH_PRECISION_F64, 1e-6);
    golden_check_model("resnet20", "resnet20", GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32, 1e-4);
}

static void three_steps_equal_pytorch(void **state)
{
    (void)state;
    golden_check_steps("resnet20", "resnet20", "sgd", "sgd:weight-decay=0.01", 0.001, "cpu", EH_PRECISION_F32,
                       1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_10_classes_it_has_as_many_parameters_as_published),
        cmocka_unit_test(layers_are_exposed_at_the_full_half_and_quarter_size),
        cmocka_unit_test(outputs_equal_pytorch),
        cmocka_unit_test(gradients_equal_pytorch),
        cmocka_unit_test(three_steps_equal_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
