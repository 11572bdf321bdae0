/* test_torch_networks.c - an encoder-decoder with skip connections and a network of two heads against PyTorch: outputs, losses, all gradients, running
 * statistics, and three steps with each optimiser. tests/tools/make_torch_goldens.py holds the same networks. */
#include "support/golden.h"

#include "nn/layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

/* ---- an encoder-decoder: [N,3,H,W] -> [N,4,H,W] ---- */

static eh_tensor *part(eh_build *b, const char *name, eh_tensor *x, int width)
{
    char conv[16], norm[16];
    snprintf(conv, sizeof conv, "conv_%s", name);
    snprintf(norm, sizeof norm, "bn_%s", name);
    x = eh_layer_conv2d(b, conv, x, (eh_conv_spec){ .out = width, .kernel = 3, .pad = 1 });
    return eh_leaky_relu(b->graph, eh_layer_batch_norm(b, norm, x), 0.1);
}

static eh_tensor *encoder_decoder(eh_build *b, eh_tensor *images)
{
    eh_graph *g = b->graph;
    eh_pool2d_opts half = { .kernel = { 2, 2 } };
    eh_tensor *first = part(b, "a", images, 6), *second = part(b, "b", eh_max_pool2d(g, first, half), 10);
    eh_tensor *deep = part(b, "c", eh_avg_pool2d(g, second, half), 18);
    eh_scope_push(g, "up");
    eh_tensor *w = eh_variable(g, "weight", eh_shape_of(4, 18, 10, 2, 2), EH_TRAINABLE, (eh_init){ 0 }),
              *shift = eh_variable(g, "bias", eh_shape_of(1, 10), EH_TRAINABLE, (eh_init){ 0 });
    eh_scope_pop(g);
    eh_tensor *up =
        eh_conv_transpose2d(g, deep, w, shift, (eh_conv2d_opts){ .stride = { 2, 2 } }, (const int[]){ 0, 0 });
    up = part(b, "d", eh_concat(g, (eh_tensor *[]){ up, second }, 2, 1), 10);
    eh_shape size = eh_tensor_shape(images);
    up = eh_resize2d(g, up, size.dim[2], size.dim[3], EH_INTERPOLATE_BILINEAR);
    up = part(b, "e", eh_concat(g, (eh_tensor *[]){ up, first }, 2, 1), 6);
    return eh_layer_conv2d(b, "out", up, (eh_conv_spec){ .out = 4, .kernel = 1, .bias = true });
}

/* PyTorch's weighted mean over the pixels that count. */
static eh_tensor *pixel_loss(eh_graph *g, eh_tensor *output, eh_tensor *labels, eh_tensor *numbers)
{
    static const float weight[] = { 1, 2, 0.5f, 1.5f };
    eh_cross_entropy_opts opts = { .smoothing = 0.1,
                                   .class_weights = eh_constant(g, eh_shape_of(1, 4), weight),
                                   .has_ignored = true,
                                   .ignored = 3 };
    (void)numbers;
    eh_tensor *sum = eh_sum(g, eh_weighted_cross_entropy(g, output, labels, opts), 0, false);
    return eh_div(g, sum, eh_sum(g, eh_label_weights(g, labels, 4, opts), 0, false));
}

static const golden_network encoder_decoder_network = {
    .file = "encoder_decoder",
    .labels = { .rank = 3, .dim = { 2, 12, 12 } },
    .build = encoder_decoder,
    .loss = pixel_loss,
};

/* ---- two heads over a depthwise block with a gate: [N,3,H,W] -> a number and three logits ---- */

static eh_tensor *group_norm(eh_graph *g, const char *name, eh_tensor *x)
{
    eh_shape channels = eh_shape_of(1, eh_tensor_shape(x).dim[1]);
    eh_scope_push(g, "%s", name);
    eh_tensor *scale = eh_variable(g, "weight", channels, EH_TRAINABLE, (eh_init){ .a = 1 }),
              *shift = eh_variable(g, "bias", channels, EH_TRAINABLE, (eh_init){ 0 });
    eh_scope_pop(g);
    return eh_group_norm(g, x, scale, shift, 2, 1e-5);
}

static eh_tensor *two_heads(eh_build *b, eh_tensor *images)
{
    eh_graph *g = b->graph;
    eh_conv_spec stem = { .out = 8, .kernel = 3, .stride = 2, .pad = 1 },
                 depthwise = { .out = 8, .kernel = 3, .pad = 1, .groups = 8 };
    eh_tensor *x = eh_silu(g, eh_layer_batch_norm(b, "bn1", eh_layer_conv2d(b, "conv1", images, stem)));
    eh_tensor *y = eh_silu(g, group_norm(g, "norm2", eh_layer_conv2d(b, "conv2", x, depthwise)));
    eh_tensor *gate = eh_silu(g, eh_layer_linear(b, "squeeze", eh_global_avg_pool(g, y), 4, true));
    gate = eh_sigmoid(g, eh_layer_linear(b, "excite", gate, 8, true));
    eh_shape planes = eh_tensor_shape(y);
    planes.dim[2] = planes.dim[3] = 1;
    y = eh_mul(g, y, eh_reshape(g, gate, planes));
    x = eh_layer_conv2d(b, "conv3", eh_add(g, x, y), (eh_conv_spec){ .out = 12, .kernel = 1 });
    x = eh_hard_swish(g, eh_layer_batch_norm(b, "bn3", x));
    x = eh_concat(g, (eh_tensor *[]){ eh_global_avg_pool(g, x), eh_global_max_pool(g, x) }, 2, 1);
    return eh_concat(g,
                     (eh_tensor *[]){ eh_layer_linear(b, "age", x, 1, true),
                                      eh_layer_linear(b, "gender", x, 3, true) },
                     2, 1);
}

static eh_tensor *two_losses(eh_graph *g, eh_tensor *output, eh_tensor *labels, eh_tensor *numbers)
{
    eh_tensor *number = eh_reshape(g, eh_slice(g, output, 1, 0, 1), eh_tensor_shape(numbers));
    eh_tensor *classes = eh_mean(g, eh_cross_entropy(g, eh_slice(g, output, 1, 1, 3), labels, 0), 0, false);
    eh_tensor *huber = eh_mean(g, eh_huber_error(g, number, numbers, 0.5), 0, false);
    return eh_add(g, eh_affine(g, huber, 0.25, 0), classes);
}

static const golden_network two_head_network = {
    .file = "two_heads",
    .labels = { .rank = 1, .dim = { 6 } },
    .build = two_heads,
    .loss = two_losses,
};

/* ---- the comparison ---- */

static const golden_network *const networks[] = { &encoder_decoder_network, &two_head_network };

static void outputs_and_gradients_agree_in_double_precision(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        golden_check_network(networks[i], GOLDEN_FORWARD, "ref", EH_PRECISION_F64, 1e-7);
        golden_check_network(networks[i], GOLDEN_GRADIENTS, "ref", EH_PRECISION_F64, 1e-7);
    }
}

static void outputs_and_gradients_agree_on_the_cpu_backend(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        golden_check_network(networks[i], GOLDEN_FORWARD, "cpu", EH_PRECISION_F32, 1e-4);
        golden_check_network(networks[i], GOLDEN_GRADIENTS, "cpu", EH_PRECISION_F32, 1e-4);
    }
}

static void three_steps_of_every_optimiser_agree(void **state)
{
    static const char *const optimiser[][2] = { { "sgd", "sgd:weight-decay=0.01" },
                                                { "sgd_nesterov", "sgd:nesterov=true" },
                                                { "adam", "adam:weight-decay=0.01" },
                                                { "adamw", "adamw:weight-decay=0.1" } };
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        for (size_t k = 0; k < 4; k++) {
            golden_check_network_steps(networks[i], optimiser[k][0], optimiser[k][1], 0.001, "ref",
                                       EH_PRECISION_F64, 1e-6);
            golden_check_network_steps(networks[i], optimiser[k][0], optimiser[k][1], 0.001, "cpu",
                                       EH_PRECISION_F32, 1e-4);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_and_gradients_agree_in_double_precision),
        cmocka_unit_test(outputs_and_gradients_agree_on_the_cpu_backend),
        cmocka_unit_test(three_steps_of_every_optimiser_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
