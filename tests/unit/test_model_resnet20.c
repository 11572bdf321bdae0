/* resnet20, 32, 44 and 56: their sizes, the names of the public weights, and PyTorch's outputs and gradients. */
#include "support/golden.h"

#include "evenhand/model.h"
#include "evenhand/params.h"
#include "nn/layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

extern const eh_model eh_model_resnet20, eh_model_resnet32, eh_model_resnet44, eh_model_resnet56;

static void with_10_classes_they_have_as_many_parameters_as_published(void **state)
{
    static const struct {
        const eh_model *model;
        int64_t parameters;
    } expected[] = { { &eh_model_resnet20, 269722 },
                     { &eh_model_resnet32, 464154 },
                     { &eh_model_resnet44, 658586 },
                     { &eh_model_resnet56, 853018 } };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        eh_params *params = NULL;
        eh_graph *g = NULL;
        eh_error err = { 0 };
        assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
        assert_int_equal(eh_graph_new(&g, params, NULL), EH_OK);
        eh_build b = { .graph = g, .training = true };
        eh_tensor *x = eh_input(g, "images", eh_shape_of(4, 2, 3, 32, 32), EH_F32);
        eh_features f = expected[i].model->features(&b, NULL, x);
        eh_layer_linear(&b, expected[i].model->head_name, f.vector, 10, true);
        if (eh_graph_check(g, &err) != EH_OK)
            fail_msg("%s", err.message);
        assert_int_equal(eh_params_elements(params, EH_TRAINABLE), expected[i].parameters);
        assert_true(eh_shape_equal(eh_tensor_shape(f.map), eh_shape_of(4, 2, 64, 8, 8)));
        assert_true(eh_shape_equal(eh_tensor_shape(eh_exposed(g, "layer2")), eh_shape_of(4, 2, 32, 16, 16)));
        eh_graph_free(g);
        eh_params_free(params);
    }
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
        cmocka_unit_test(with_10_classes_they_have_as_many_parameters_as_published),
        cmocka_unit_test(outputs_equal_pytorch),
        cmocka_unit_test(gradients_equal_pytorch),
        cmocka_unit_test(three_steps_equal_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
