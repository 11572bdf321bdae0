/* resnet18: torchvision's names, size, outputs and gradients. */
#include "support/golden.h"

#include "evenhand/model.h"
#include "evenhand/params.h"
#include "nn/layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

extern const eh_model eh_model_resnet18;

/* The trainable names of torchvision's state dict, in its order. */
static size_t torchvision_names(char name[][48])
{
    static const char *const norm[2] = { "weight", "bias" };
    size_t n = 0;
    snprintf(name[n++], 48, "conv1.weight");
    for (int k = 0; k < 2; k++)
        snprintf(name[n++], 48, "bn1.%s", norm[k]);
    for (int layer = 1; layer <= 4; layer++)
        for (int block = 0; block < 2; block++) {
            for (int conv = 1; conv <= 2; conv++) {
                snprintf(name[n++], 48, "layer%d.%d.conv%d.weight", layer, block, conv);
                for (int k = 0; k < 2; k++)
                    snprintf(name[n++], 48, "layer%d.%d.bn%d.%s", layer, block, conv, norm[k]);
            }
            if (layer > 1 && block == 0) {
                snprintf(name[n++], 48, "layer%d.0.downsample.0.weight", layer);
                for (int k = 0; k < 2; k++)
                    snprintf(name[n++], 48, "layer%d.0.downsample.1.%s", layer, norm[k]);
            }
        }
    snprintf(name[n++], 48, "fc.weight");
    snprintf(name[n++], 48, "fc.bias");
    return n;
}

static void names_are_those_of_torchvision(void **state)
{
    (void)state;
    static char text[80][48];
    const char *name[80];
    size_t n = torchvision_names(text);
    assert_int_equal(n, 62);
    for (size_t i = 0; i < n; i++)
        name[i] = text[i];
    golden_check_names("resnet18", 1000, 1u << EH_TRAINABLE, name, n);
}

static void with_1000_classes_it_has_11689512_parameters_and_exposes_its_layers(void **state)
{
    (void)state;
    eh_params *params;
    eh_graph *g;
    assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, NULL), EH_OK);
    eh_build b = { .graph = g, .training = true };
    eh_tensor *x =
        eh_input(g, "images", eh_shape_of(4, (int64_t)2, (int64_t)3, (int64_t)64, (int64_t)64), EH_F32);
    eh_layer_linear(&b, eh_model_resnet18.head_name, eh_model_resnet18.features(&b, NULL, x).vector, 1000,
                    true);
    assert_int_equal(eh_graph_check(g, NULL), EH_OK);
    assert_int_equal(eh_params_elements(params, EH_TRAINABLE), 11689512);
    static const struct {
        const char *name;
        int64_t channels, side;
    } exposed[] = { { "layer1", 64, 16 }, { "layer2", 128, 8 }, { "layer3", 256, 4 }, { "layer4", 512, 2 } };
    for (size_t i = 0; i < 4; i++) {
        eh_shape expected = eh_shape_of(4, (int64_t)2, exposed[i].channels, exposed[i].side, exposed[i].side);
        assert_true(eh_shape_equal(eh_tensor_shape(eh_exposed(g, exposed[i].name)), expected));
    }
    assert_true(
        eh_shape_equal(eh_tensor_shape(eh_exposed(g, "pool")), eh_shape_of(2, (int64_t)2, (int64_t)512)));
    eh_graph_free(g);
    eh_params_free(params);
}

static void outputs_equal_torchvision_on_the_reference_backend(void **state)
{
    (void)state;
    golden_check_model("resnet18", "resnet18", GOLDEN_FORWARD, "ref", EH_PRECISION_F64, 1e-5);
}

static void outputs_equal_torchvision_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("resnet18", "resnet18", GOLDEN_FORWARD, "cpu", EH_PRECISION_F32, 1e-4);
}

static void gradients_equal_torchvision_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_model("resnet18", "resnet18", GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32, 1e-4);
}

/* Adam is compared on the small models (test_optim_adam.c): here the rounding of the smallest gradients would show, and PyTorch in single
 * precision is itself 6e-4 away from PyTorch in double precision after three steps. */
static void three_steps_of_sgd_equal_torch_on_the_cpu_backend(void **state)
{
    (void)state;
    golden_check_steps("resnet18", "resnet18", "sgd", "sgd:weight-decay=0.01", 0.001, "cpu", EH_PRECISION_F32,
                       1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_torchvision),
        cmocka_unit_test(with_1000_classes_it_has_11689512_parameters_and_exposes_its_layers),
        cmocka_unit_test(outputs_equal_torchvision_on_the_reference_backend),
        cmocka_unit_test(outputs_equal_torchvision_on_the_cpu_backend),
        cmocka_unit_test(gradients_equal_torchvision_on_the_cpu_backend),
        cmocka_unit_test(three_steps_of_sgd_equal_torch_on_the_cpu_backend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
