/* vgg-resnet: its names, its switches, and PyTorch's outputs and gradients. */
#include "support/golden.h"

#include "base/config.h"
#include "evenhand/model.h"
#include "evenhand/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

extern const eh_model eh_model_vgg_resnet;

static void names_follow_stage_block_and_layer(void **state)
{
    (void)state;
    static const char *const name[] = {
        "stage1.conv.weight",
        "stage1.bn.weight",
        "stage1.bn.bias",
        "stage1.block1.conv1.weight",
        "stage1.block1.bn1.weight",
        "stage1.block1.bn1.bias",
        "stage1.block1.conv2.weight",
        "stage1.block1.bn2.weight",
        "stage1.block1.bn2.bias",
        "stage2.conv.weight",
        "stage2.bn.weight",
        "stage2.bn.bias",
        "stage2.block1.conv1.weight",
        "stage2.block1.bn1.weight",
        "stage2.block1.bn1.bias",
        "stage2.block1.conv2.weight",
        "stage2.block1.bn2.weight",
        "stage2.block1.bn2.bias",
        "stage3.conv.weight",
        "stage3.bn.weight",
        "stage3.bn.bias",
        "stage3.block1.conv1.weight",
        "stage3.block1.bn1.weight",
        "stage3.block1.bn1.bias",
        "stage3.block1.conv2.weight",
        "stage3.block1.bn2.weight",
        "stage3.block1.bn2.bias",
        "head.weight",
        "head.bias",
    };
    golden_check_names("vgg-resnet:blocks=1", 10, 1u << EH_TRAINABLE, name, sizeof name / sizeof *name);
}

/* Variables and features of the model with these options on 2 images of 16x16; -1 when it cannot be built. */
static int64_t parameters_with(const char *text, int64_t *features, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_thing_spec spec = { 0 };
    int64_t elements = -1;
    assert_int_equal(eh_thing_parse(&spec, "model", text, "test", arena, err), EH_OK);
    assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, NULL), EH_OK);
    eh_build b = { .graph = g, .training = true };
    eh_tensor *x =
        eh_input(g, "images", eh_shape_of(4, (int64_t)2, (int64_t)1, (int64_t)16, (int64_t)16), EH_F32);
    eh_tensor *y = eh_model_vgg_resnet.features(&b, spec.opts, x).vector;
    if (eh_graph_check(g, err) == EH_OK) {
        elements = eh_params_elements(params, EH_TRAINABLE);
        *features = eh_tensor_shape(y).dim[1];
    }
    eh_graph_free(g);
    eh_params_free(params);
    eh_arena_free(arena);
    return elements;
}

static void every_switch_changes_what_it_names(void **state)
{
    (void)state;
    int64_t features = 0;
    eh_error err = { 0 };
    /* Convolutions of (1, 2 wide): 1*2*9 + 2*4*9 + 4*8*9 opening, 2*9*(4 + 16 + 64) in blocks; scales and shifts 2*3*(2+4+8). */
    int64_t convolutions = 18 + 72 + 288 + 18 * 84, norms = 2 * 3 * 14, biases = 3 * 14;
    assert_int_equal(parameters_with("vgg-resnet:blocks=1,width=2", &features, &err), convolutions + norms);
    assert_int_equal(features, 8);
    assert_int_equal(parameters_with("vgg-resnet:blocks=1,width=2,norm=off", &features, &err),
                     convolutions + biases);
    assert_int_equal(parameters_with("vgg-resnet:blocks=1,width=2,skip=off", &features, &err),
                     convolutions + norms);
    assert_int_equal(parameters_with("vgg-resnet:blocks=1,width=2,activation=gelu", &features, &err),
                     convolutions + norms);
    assert_int_equal(parameters_with("vgg-resnet:blocks=1,width=2,down=stride", &features, &err),
                     convolutions + norms + 9 * 84 + 28);
    assert_int_equal(parameters_with("vgg-resnet:blocks=2,width=2", &features, &err),
                     convolutions + 18 * 84 + norms + 2 * 2 * 14);
}

static void images_too_small_to_halve_three_times_give_a_sentence(void **state)
{
    (void)state;
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_error err = { 0 };
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec = { 0 };
    assert_int_equal(eh_thing_parse(&spec, "model", "vgg-resnet", "test", arena, &err), EH_OK);
    assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, NULL), EH_OK);
    eh_build b = { .graph = g };
    eh_tensor *x =
        eh_input(g, "images", eh_shape_of(4, (int64_t)2, (int64_t)1, (int64_t)7, (int64_t)9), EH_F32);
    assert_null(eh_model_vgg_resnet.features(&b, spec.opts, x).vector);
    assert_int_equal(eh_graph_check(g, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "9x7"));
    eh_graph_free(g);
    eh_params_free(params);
    eh_arena_free(arena);
}

static void outputs_and_gradients_equal_torch_on_both_backends(void **state)
{
    (void)state;
    golden_check_model("vgg_resnet", "vgg-resnet:blocks=1,width=4", GOLDEN_FORWARD, "ref", EH_PRECISION_F64,
                       1e-5);
    golden_check_model("vgg_resnet", "vgg-resnet:blocks=1,width=4", GOLDEN_GRADIENTS, "ref", EH_PRECISION_F64,
                       1e-5);
    golden_check_model("vgg_resnet", "vgg-resnet:blocks=1,width=4", GOLDEN_FORWARD, "cpu", EH_PRECISION_F32,
                       1e-4);
    golden_check_model("vgg_resnet", "vgg-resnet:blocks=1,width=4", GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32,
                       1e-4);
}

static void with_other_switches_it_equals_torch(void **state)
{
    static const char *const form[][2] = {
        { "vgg_resnet_stride", "vgg-resnet:blocks=1,width=4,down=stride,activation=gelu" },
        { "vgg_resnet_bare", "vgg-resnet:blocks=1,width=4,skip=false,norm=false,activation=none" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
        golden_check_model(form[i][0], form[i][1], GOLDEN_GRADIENTS, "ref", EH_PRECISION_F64, 1e-5);
        golden_check_model(form[i][0], form[i][1], GOLDEN_FORWARD, "cpu", EH_PRECISION_F32, 1e-4);
        golden_check_model(form[i][0], form[i][1], GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32, 1e-4);
    }
}

static void with_a_transformer_it_equals_torch(void **state)
{
    (void)state;
    static const char model[] = "vgg-resnet:blocks=2,width=8,transformer=true";
    golden_check_model("vgg_transformer", model, GOLDEN_FORWARD, "ref", EH_PRECISION_F64, 1e-5);
    golden_check_model("vgg_transformer", model, GOLDEN_FORWARD, "cpu", EH_PRECISION_F32, 1e-4);
    golden_check_model("vgg_transformer", model, GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_stage_block_and_layer),
        cmocka_unit_test(every_switch_changes_what_it_names),
        cmocka_unit_test(images_too_small_to_halve_three_times_give_a_sentence),
        cmocka_unit_test(outputs_and_gradients_equal_torch_on_both_backends),
        cmocka_unit_test(with_other_switches_it_equals_torch),
        cmocka_unit_test(with_a_transformer_it_equals_torch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
