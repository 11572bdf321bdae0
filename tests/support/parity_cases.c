/* parity_cases.c - graphs of every op in larger and odder shapes than op_cases.h has, with the gradients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/parity_trial.h"

/* p: n c h w | o kh kw | stride pad dilation groups bias */
static void conv_case(trial *t, const int *p)
{
    int groups = p[10];
    eh_tensor *x = trial_in(t, trial_dims(p, 4));
    eh_tensor *w =
        trial_in(t, eh_shape_of(4, (int64_t)p[4], (int64_t)(p[1] / groups), (int64_t)p[5], (int64_t)p[6]));
    eh_tensor *bias = p[11] ? trial_in(t, eh_shape_of(1, (int64_t)p[4])) : NULL;
    eh_conv2d_opts opts = {
        .stride = { p[7], p[7] }, .pad = { p[8], p[8] }, .dilation = { p[9], p[9] }, .groups = groups
    };
    trial_finish(t, eh_conv2d(t->g, x, w, bias, opts));
}

/* A network's first convolution in front of another. p: n c h w | o kernel stride pad | bias relu */
static void first_conv_case(trial *t, const int *p)
{
    eh_tensor *x = trial_in(t, trial_dims(p, 4));
    eh_tensor *w = trial_in(t, eh_shape_of(4, (int64_t)p[4], (int64_t)p[1], (int64_t)p[5], (int64_t)p[5]));
    eh_tensor *bias = p[8] ? trial_in(t, eh_shape_of(1, (int64_t)p[4])) : NULL;
    x = eh_conv2d(t->g, x, w, bias, (eh_conv2d_opts){ .stride = { p[6], p[6] }, .pad = { p[7], p[7] } });
    x = p[9] ? eh_relu(t->g, x) : x;
    eh_tensor *v = trial_in(t, eh_shape_of(4, (int64_t)16, (int64_t)p[4], (int64_t)1, (int64_t)1));
    trial_finish(t, eh_conv2d(t->g, x, v, NULL, (eh_conv2d_opts){ 0 }));
}

/* p: m n k transpose_a transpose_b */
static void matmul_case(trial *t, const int *p)
{
    eh_tensor *a = trial_in(t, p[3] ? eh_shape_of(2, (int64_t)p[2], (int64_t)p[0])
                                    : eh_shape_of(2, (int64_t)p[0], (int64_t)p[2]));
    eh_tensor *b = trial_in(t, p[4] ? eh_shape_of(2, (int64_t)p[1], (int64_t)p[2])
                                    : eh_shape_of(2, (int64_t)p[2], (int64_t)p[1]));
    trial_finish(t, eh_matmul(t->g, a, b, p[3], p[4]));
}

/* p: n k o bias */
static void linear_case(trial *t, const int *p)
{
    eh_tensor *x = trial_in(t, eh_shape_of(2, (int64_t)p[0], (int64_t)p[1])),
              *w = trial_in(t, eh_shape_of(2, (int64_t)p[2], (int64_t)p[1]));
    trial_finish(t, eh_linear(t->g, x, w, p[3] ? trial_in(t, eh_shape_of(1, (int64_t)p[2])) : NULL));
}

static eh_tensor *per_channel(trial *t, const char *name, int channels, double value)
{
    return eh_variable(t->g, name, eh_shape_of(1, (int64_t)channels), EH_BUFFER,
                       (eh_init){ .kind = EH_INIT_CONSTANT, .a = value });
}

/* p: n c h w | relu residual convolved fixed */
static void batch_norm_case(trial *t, const int *p)
{
    eh_shape channels = eh_shape_of(1, (int64_t)p[1]);
    eh_tensor *x = p[6] ? trial_convolved(t, p[0], p[1], p[2], p[3]) : trial_in(t, trial_dims(p, 4)), *y;
    eh_tensor *scale = trial_in(t, channels), *shift = trial_in(t, channels);
    eh_tensor *mean = per_channel(t, "mean", p[1], 0.125), *var = per_channel(t, "var", p[1], 0.75);
    x = eh_affine(t->g, x, 0.5, 3.0); /* a mean that is not small */
    if (p[7])
        y = eh_batch_norm_fixed(t->g, x, scale, shift, trial_in(t, channels),
                                trial_positive(t, trial_in(t, channels)), 1e-5);
    else
        y = eh_batch_norm(t->g, x, scale, shift, mean, var, 0.1, 1e-5);
    if (p[5])
        y = eh_add(t->g, y, trial_in(t, trial_dims(p, 4)));
    if (p[4])
        y = eh_relu(t->g, y);
    t->error_bf16 = p[4] ? TRIAL_KINKED : 0;
    trial_finish(t, y);
    if (!p[7]) {
        eh_tensor *effect[4];
        assert_int_equal(eh_graph_effects(t->g, effect, 4), 1);
        trial_target(t, effect[0]);
    }
}

/* A residual block: the gradient of the sum goes both ways, and two gradients meet. p: n c h w */
static void residual_case(trial *t, const int *p)
{
    eh_tensor *x = eh_relu(t->g, trial_convolved(t, p[0], p[1], p[2], p[3])), *y = x;
    eh_shape channels = eh_shape_of(1, (int64_t)p[1]);
    for (int block = 0; block < 2; block++) {
        eh_scope_push(t->g, "block%d", block);
        eh_tensor *k = trial_in(t, eh_shape_of(4, (int64_t)p[1], (int64_t)p[1], (int64_t)3, (int64_t)3)),
                  *skip = y;
        y = eh_conv2d(t->g, y, k, NULL, (eh_conv2d_opts){ .pad = { 1, 1 } });
        y = eh_batch_norm(t->g, y, trial_in(t, channels), trial_in(t, channels),
                          per_channel(t, "mean", p[1], 0), per_channel(t, "var", p[1], 1), 0.1, 1e-5);
        y = eh_relu(t->g, eh_add(t->g, y, skip));
        eh_scope_pop(t->g);
    }
    t->error = 1e-3; /* two layers of relu masks and batch statistics amplify f32 rounding */
    t->error_bf16 = TRIAL_KINKED;
    trial_finish(t, y);
}

/* Inference: convolutions, each with bias or not, given statistics that are variables or not, addition or not, then relu.
 * p: n c h w | bias norm add relu | groups */
static void inference_case(trial *t, const int *p)
{
    eh_tensor *x = trial_convolved(t, p[0], p[1], p[2], p[3]), *y = x;
    eh_shape channels = eh_shape_of(1, (int64_t)p[1]);
    eh_tensor *w =
        trial_weights(t, "w", eh_shape_of(4, (int64_t)p[1], (int64_t)(p[1] / p[8]), (int64_t)3, (int64_t)3));
    y = eh_conv2d(t->g, y, w, p[4] ? trial_weights(t, "bias", channels) : NULL,
                  (eh_conv2d_opts){ .pad = { 1, 1 }, .groups = p[8] });
    if (p[5])
        y = eh_batch_norm_fixed(t->g, y, trial_weights(t, "scale", channels),
                                trial_weights(t, "shift", channels), trial_weights(t, "mean", channels),
                                p[5] > 1 ? trial_positive(t, trial_weights(t, "var", channels))
                                         : per_channel(t, "var", p[1], 0.75),
                                1e-5);
    if (p[6])
        y = eh_add(t->g, p[6] > 1 ? trial_in(t, trial_dims(p, 4)) : x, y);
    if (p[7])
        y = eh_relu(t->g, y);
    t->no_gradient = true;
    trial_finish(t, y);
}

/* p: n c h w | kernel stride pad | convolved */
static void max_pool_case(trial *t, const int *p)
{
    eh_tensor *x = p[7] ? trial_convolved(t, p[0], p[1], p[2], p[3]) : trial_in(t, trial_dims(p, 4));
    eh_pool2d_opts opts = { .kernel = { p[4], p[4] }, .stride = { p[5], p[5] }, .pad = { p[6], p[6] } };
    t->error_bf16 = TRIAL_KINKED;
    trial_finish(t, eh_max_pool2d(t->g, x, opts));
}

static void avg_pool_case(trial *t, const int *p)
{
    eh_tensor *x = p[7] ? trial_convolved(t, p[0], p[1], p[2], p[3]) : trial_in(t, trial_dims(p, 4));
    eh_pool2d_opts opts = { .kernel = { p[4], p[4] }, .stride = { p[5], p[5] }, .pad = { p[6], p[6] } };
    trial_finish(t, eh_avg_pool2d(t->g, x, opts));
}

static void global_pool_case(trial *t, const int *p)
{
    trial_finish(t, eh_global_avg_pool(t->g, p[7] ? trial_convolved(t, p[0], p[1], p[2], p[3])
                                                  : trial_in(t, trial_dims(p, 4))));
}

/* The gradient of a gradient, which needs max_pool2d_pick. */
static void second_derivative_case(trial *t, const int *p)
{
    eh_error err = { 0 };
    eh_tensor *x = trial_in(t, trial_dims(p, 4)), *grad = NULL;
    eh_tensor *y = eh_max_pool2d(t->g, eh_square(t->g, x), (eh_pool2d_opts){ .kernel = { 2, 2 } });
    assert_int_equal(eh_gradients(t->g, eh_sum(t->g, eh_square(t->g, y), 0, false), &x, 1, &grad, &err),
                     EH_OK);
    trial_finish(t, grad);
}

/* p: n c h w | which | convolved */
static void unary_case(trial *t, const int *p)
{
    eh_tensor *(*const f[])(eh_graph *, eh_tensor *) = { eh_relu,     eh_sigmoid, eh_tanh,         eh_gelu,
                                                         eh_softplus, eh_exp,     eh_square,       eh_abs,
                                                         eh_log,      eh_sqrt,    eh_stop_gradient };
    eh_tensor *x = p[5] ? trial_convolved(t, p[0], p[1], p[2], p[3]) : trial_in(t, trial_dims(p, 4));
    t->error_bf16 = f[p[4]] == eh_relu                       ? TRIAL_KINKED
                    : f[p[4]] == eh_exp || f[p[4]] == eh_log ? TRIAL_AMPLIFIED
                                                             : 0;
    if (f[p[4]] == eh_log || f[p[4]] == eh_sqrt)
        x = trial_positive(t, x);
    if (f[p[4]] == eh_stop_gradient)
        x = eh_add(t->g, x, eh_stop_gradient(t->g, eh_square(t->g, x)));
    else
        x = f[p[4]](t->g, x);
    trial_finish(t, x);
}

static void affine_case(trial *t, const int *p)
{
    eh_tensor *x = p[5] ? trial_convolved(t, p[0], p[1], p[2], p[3]) : trial_in(t, trial_dims(p, 4));
    trial_finish(t, eh_affine(t->g, eh_affine(t->g, x, -2.5, 0), 0.5, 0.25));
}

/* p: which | rank of a, rank of b | dims of a, dims of b | convolved (same shape) */
static void binary_case(trial *t, const int *p)
{
    eh_tensor *(*const f[])(eh_graph *, eh_tensor *, eh_tensor *) = { eh_add, eh_sub,     eh_mul,
                                                                      eh_div, eh_greater, eh_maximum };
    eh_tensor *a = trial_in(t, trial_dims(p + 3, p[1])), *b = trial_in(t, trial_dims(p + 3 + p[1], p[2]));
    trial_finish(t, f[p[0]](t->g, a, f[p[0]] == eh_div ? trial_positive(t, b) : b));
}

/* One input as a convolution leaves it, the other row-major. p: which | n c h w */
static void mixed_case(trial *t, const int *p)
{
    eh_tensor *(*const f[])(eh_graph *, eh_tensor *, eh_tensor *) = { eh_add, eh_sub,     eh_mul,
                                                                      eh_div, eh_greater, eh_maximum };
    eh_tensor *a = trial_convolved(t, p[1], p[2], p[3], p[4]), *b = trial_in(t, trial_dims(p + 1, 4));
    eh_tensor *y = f[p[0]](t->g, a, f[p[0]] == eh_div ? trial_positive(t, b) : b);
    trial_finish(t, eh_mul(t->g, y, eh_full(t->g, eh_shape_of(0), 1.5)));
}

/* p: which | axes keep | n c h w | convolved */
static void reduce_case(trial *t, const int *p)
{
    eh_tensor *(*const f[])(eh_graph *, eh_tensor *, unsigned, bool) = { eh_sum, eh_mean, eh_max };
    eh_tensor *x = p[7] ? trial_convolved(t, p[3], p[4], p[5], p[6]) : trial_in(t, trial_dims(p + 3, 4));
    trial_finish(t, f[p[0]](t->g, x, (unsigned)p[1], p[2]));
}

static void scalar_case(trial *t, const int *p)
{
    (void)p;
    eh_tensor *x = trial_in(t, eh_shape_of(0));
    trial_finish(t, eh_exp(t->g, eh_mean(t->g, eh_mul(t->g, x, trial_in(t, eh_shape_of(0))), 0, false)));
}

static void movement_case(trial *t, const int *p)
{
    static const int order[] = { 2, 0, 3, 1 };
    eh_tensor *x = trial_convolved(t, p[0], p[1], p[2], p[3]);
    eh_tensor *y = eh_permute(t->g, x, order);
    y = eh_reshape(t->g, y, eh_shape_of(2, (int64_t)(p[2] * p[0]), (int64_t)-1));
    y = eh_add(t->g, y,
               eh_flatten(t->g,
                          eh_broadcast_to(t->g,
                                          trial_in(t, eh_shape_of(2, (int64_t)1, (int64_t)(p[1] * p[3]))),
                                          eh_shape_of(2, (int64_t)(p[2] * p[0]), (int64_t)(p[1] * p[3])))));
    trial_finish(t, y);
}

static void softmax_case(trial *t, const int *p)
{
    eh_tensor *x = trial_in(t, trial_dims(p, 2));
    trial_finish(t, eh_add(t->g, eh_softmax(t->g, x), eh_log_softmax(t->g, eh_affine(t->g, x, 20, 0))));
}

static void loss_case(trial *t, const int *p)
{
    eh_tensor *x = trial_in(t, trial_dims(p, 2)), *y = trial_labels(t, eh_shape_of(1, (int64_t)p[0]));
    eh_tensor *factor = eh_full(t->g, eh_shape_of(0), 0.5);
    eh_tensor *one_hot = eh_one_hot(t->g, y, p[1]);
    eh_tensor *loss = eh_cross_entropy(t->g, eh_reverse_gradient(t->g, x, factor), y, 0.1);
    trial_finish(t, eh_add(t->g, loss, eh_sum(t->g, eh_mul(t->g, one_hot, x), 2u, false)));
}

/* Optimisers; the variables' values after a run are compared by the caller. p: which | rank, dims */
static void update_case(trial *t, const int *p)
{
    eh_tensor *w = trial_weights(t, "w", trial_dims(p + 2, p[1])),
              *gradient = trial_in(t, trial_dims(p + 2, p[1]));
    eh_tensor *lr = eh_full(t->g, eh_shape_of(0), 0.01), *one = eh_full(t->g, eh_shape_of(0), 1.0);
    if (p[0] == 0)
        trial_target(t, eh_adam_update(t->g, w, gradient, lr, one,
                                       (eh_adam_opts){ 0.9, 0.999, 1e-8, 0.1, false }));
    else if (p[0] == 1)
        trial_target(t, eh_adam_update(t->g, w, gradient, lr, one,
                                       (eh_adam_opts){ 0.9, 0.999, 1e-8, 0.1, true }));
    else if (p[0] == 2)
        trial_target(t, eh_sgd_update(t->g, w, gradient, lr, eh_full(t->g, eh_shape_of(0), 0.9),
                                      (eh_sgd_opts){ 0.01, true }));
    else
        trial_target(t, eh_assign(t->g, w, eh_mul(t->g, gradient, gradient)));
}

enum { SUM, MEAN, MAX };

static const parity_case cases[] = {
    /* n c h w | o kh kw | stride pad dilation groups bias */
    { "conv 3x3", conv_case, { 2, 16, 9, 7, 32, 3, 3, 1, 1, 1, 1, 0 } },
    { "conv 3x3 with bias, odd channels", conv_case, { 3, 5, 8, 8, 12, 3, 3, 1, 1, 1, 1, 1 } },
    { "conv 7x7 stride 2, image channels", conv_case, { 2, 3, 17, 19, 16, 7, 7, 2, 3, 1, 1, 0 } },
    { "conv 5x5 stride 2, 12 channels", conv_case, { 2, 12, 16, 16, 24, 5, 5, 2, 2, 1, 1, 1 } },
    { "conv 1x1", conv_case, { 2, 32, 6, 6, 48, 1, 1, 1, 0, 1, 1, 0 } },
    { "conv 1x1 stride 2", conv_case, { 2, 32, 7, 7, 64, 1, 1, 2, 0, 1, 1, 0 } },
    { "conv 3x3 of many tiles", conv_case, { 8, 32, 8, 8, 32, 3, 3, 1, 1, 1, 1, 0 } },
    { "conv 3x3 of many tiles, odd sides and channels",
      conv_case,
      { 5, 20, 13, 9, 36, 3, 3, 1, 1, 1, 1, 1 } },
    { "conv 3x3 of many tiles without padding", conv_case, { 8, 16, 9, 9, 48, 3, 3, 1, 0, 1, 1, 1 } },
    { "conv 3x3 of many tiles, odd channels", conv_case, { 17, 20, 7, 10, 37, 3, 3, 1, 1, 1, 1, 1 } },
    { "conv 3x3 of many tiles, padding 2", conv_case, { 9, 24, 6, 5, 16, 3, 3, 1, 2, 1, 1, 0 } },
    { "conv 3x3 of more tiles than one chunk", conv_case, { 9, 16, 30, 29, 48, 3, 3, 1, 1, 1, 1, 0 } },
    { "conv 3x3 of few tiles, many channels", conv_case, { 33, 80, 4, 3, 112, 3, 3, 1, 1, 1, 1, 0 } },
    { "conv batch 1", conv_case, { 1, 64, 4, 4, 64, 3, 3, 1, 1, 1, 1, 0 } },
    { "conv of a 1x1 image", conv_case, { 4, 32, 1, 1, 16, 3, 3, 1, 1, 1, 1, 0 } },
    { "conv of a 2x2 image, many channels", conv_case, { 8, 128, 2, 2, 128, 3, 3, 1, 1, 1, 1, 0 } },
    { "conv 4x4 map, many channels", conv_case, { 6, 64, 4, 4, 128, 3, 3, 2, 1, 1, 1, 0 } },
    { "conv 14x14 to 7x7", conv_case, { 5, 16, 14, 14, 48, 3, 3, 2, 1, 1, 1, 0 } },
    { "conv 5x5 kernel on a 7x7 map", conv_case, { 4, 32, 7, 7, 16, 5, 5, 2, 2, 1, 1, 1 } },
    { "conv dilated", conv_case, { 2, 16, 12, 12, 16, 3, 3, 1, 2, 2, 1, 0 } },
    { "conv in groups", conv_case, { 2, 32, 6, 6, 64, 3, 3, 1, 1, 1, 4, 1 } },
    { "conv in groups of odd size", conv_case, { 2, 6, 6, 5, 9, 3, 3, 1, 1, 1, 3, 0 } },
    { "conv depthwise", conv_case, { 2, 32, 7, 7, 32, 3, 3, 1, 1, 1, 32, 0 } },
    { "conv depthwise, odd channels", conv_case, { 2, 7, 9, 9, 7, 3, 3, 2, 1, 1, 7, 1 } },
    { "conv 2x1 kernel", conv_case, { 2, 4, 5, 6, 3, 2, 1, 1, 0, 1, 1, 0 } },
    { "first conv 5x5 stride 2", first_conv_case, { 3, 3, 33, 66, 12, 5, 2, 2, 1, 0 } },
    { "first conv 3x3 stride 2, one channel", first_conv_case, { 2, 1, 19, 41, 7, 3, 2, 1, 0, 0 } },
    { "matmul", matmul_case, { 5, 7, 9, 0, 0 } },
    { "matmul a'", matmul_case, { 17, 33, 64, 1, 0 } },
    { "matmul b'", matmul_case, { 16, 1, 300, 0, 1 } },
    { "matmul a'b'", matmul_case, { 1, 5, 3, 1, 1 } },
    { "linear", linear_case, { 6, 40, 10, 1 } },
    { "linear without bias, one output", linear_case, { 1, 33, 1, 0 } },
    /* n c h w | relu residual convolved fixed */
    { "batch norm", batch_norm_case, { 4, 16, 5, 5, 0, 0, 1, 0 } },
    { "batch norm, odd channels", batch_norm_case, { 4, 12, 5, 3, 0, 0, 1, 0 } },
    { "batch norm, row-major", batch_norm_case, { 3, 3, 7, 5, 0, 0, 0, 0 } },
    { "batch norm of wide rows", batch_norm_case, { 3, 2, 70, 70, 1, 0, 0, 0 } },
    { "batch norm of a vector", batch_norm_case, { 5, 7, 1, 1, 1, 0, 0, 0 } },
    { "batch norm, relu", batch_norm_case, { 4, 32, 6, 6, 1, 0, 1, 0 } },
    { "batch norm, relu, odd channels", batch_norm_case, { 4, 24, 3, 3, 1, 0, 1, 0 } },
    { "batch norm, add, relu", batch_norm_case, { 4, 48, 6, 6, 1, 1, 1, 0 } },
    { "batch norm, add", batch_norm_case, { 4, 16, 4, 4, 0, 1, 1, 0 } },
    { "batch norm, large", batch_norm_case, { 8, 48, 20, 20, 1, 1, 1, 0 } },
    { "batch norm fixed", batch_norm_case, { 4, 16, 5, 5, 0, 0, 1, 1 } },
    { "batch norm fixed, add, relu, odd channels", batch_norm_case, { 2, 9, 5, 5, 1, 1, 1, 1 } },
    { "residual blocks", residual_case, { 4, 16, 8, 8 } },
    { "residual blocks, odd channels", residual_case, { 3, 12, 5, 5 } },
    /* n c h w | bias norm add relu | groups */
    { "inference: conv, relu", inference_case, { 2, 16, 6, 6, 0, 0, 0, 1, 1 } },
    { "inference: conv with bias, relu", inference_case, { 2, 12, 6, 6, 1, 0, 0, 1, 1 } },
    { "inference: conv, add, relu", inference_case, { 2, 16, 6, 6, 0, 0, 1, 1, 1 } },
    { "inference: conv, norm", inference_case, { 2, 16, 6, 6, 0, 1, 0, 0, 1 } },
    { "inference: conv with bias, norm, relu, odd channels", inference_case, { 2, 9, 6, 6, 1, 1, 0, 1, 1 } },
    { "inference: conv, norm, add of its input, relu", inference_case, { 2, 16, 6, 6, 0, 1, 1, 1, 1 } },
    { "inference: conv, norm, add of a row-major tensor, relu",
      inference_case,
      { 2, 16, 6, 6, 0, 1, 2, 1, 1 } },
    { "inference: many tiles, norm, relu", inference_case, { 8, 32, 8, 8, 1, 1, 0, 1, 1 } },
    { "inference: many tiles, norm, add, relu", inference_case, { 8, 32, 9, 8, 0, 1, 1, 1, 1 } },
    { "inference: many tiles, add of a row-major tensor", inference_case, { 8, 20, 8, 8, 0, 1, 2, 1, 1 } },
    { "inference: small map, norm, add, relu", inference_case, { 5, 48, 2, 2, 0, 1, 1, 1, 1 } },
    { "inference: small map, bias, relu", inference_case, { 9, 16, 2, 1, 1, 0, 0, 1, 1 } },
    { "inference: grouped conv, norm, relu", inference_case, { 2, 16, 6, 6, 0, 1, 0, 1, 4 } },
    { "inference: depthwise conv, norm, relu", inference_case, { 2, 16, 6, 6, 0, 1, 0, 1, 16 } },
    { "inference: conv, norm with computed variance, relu", inference_case, { 2, 16, 6, 6, 0, 2, 0, 1, 1 } },
    /* n c h w | kernel stride pad | convolved */
    { "max pool 2", max_pool_case, { 2, 16, 8, 8, 2, 2, 0, 1 } },
    { "max pool 3 stride 2 pad 1", max_pool_case, { 2, 32, 9, 9, 3, 2, 1, 1 } },
    { "max pool, row-major odd", max_pool_case, { 2, 5, 7, 6, 3, 2, 1, 0 } },
    { "max pool, 12 channels", max_pool_case, { 2, 12, 7, 6, 2, 2, 0, 1 } },
    { "average pool 2", avg_pool_case, { 2, 16, 8, 8, 2, 2, 0, 1 } },
    { "average pool 3 stride 2 pad 1", avg_pool_case, { 2, 5, 9, 9, 3, 2, 1, 0 } },
    { "average pool overlapping, 12 channels", avg_pool_case, { 1, 12, 6, 6, 3, 1, 1, 1 } },
    { "global average pool", global_pool_case, { 3, 32, 5, 4, 0, 0, 0, 1 } },
    { "global average pool, odd", global_pool_case, { 3, 7, 3, 3, 0, 0, 0, 0 } },
    { "global average pool, 12 channels", global_pool_case, { 2, 12, 3, 3, 0, 0, 0, 1 } },
    { "second derivative of max pool", second_derivative_case, { 2, 16, 6, 6 } },
    { "second derivative of max pool, odd", second_derivative_case, { 2, 3, 4, 4 } },
    { "relu", unary_case, { 2, 16, 3, 3, 0, 1 } },
    { "sigmoid", unary_case, { 2, 12, 3, 3, 1, 1 } },
    { "tanh", unary_case, { 2, 12, 3, 3, 2, 1 } },
    { "gelu", unary_case, { 2, 12, 3, 3, 3, 1 } },
    { "softplus", unary_case, { 2, 12, 3, 3, 4, 1 } },
    { "exp", unary_case, { 2, 12, 3, 3, 5, 1 } },
    { "square", unary_case, { 2, 12, 3, 3, 6, 1 } },
    { "abs", unary_case, { 2, 12, 3, 3, 7, 1 } },
    { "log", unary_case, { 2, 12, 3, 3, 8, 1 } },
    { "sqrt", unary_case, { 2, 12, 3, 3, 9, 1 } },
    { "stop gradient", unary_case, { 2, 12, 3, 3, 10, 1 } },
    { "relu of a large tensor", unary_case, { 4, 32, 33, 33, 0, 0 } },
    { "affine, row-major", affine_case, { 2, 5, 3, 3, 0, 0 } },
    { "affine, 12 channels", affine_case, { 2, 12, 3, 3, 0, 1 } },
    { "add, same shape", binary_case, { PARITY_ADD, 2, 2, 5, 7, 5, 7 } },
    { "sub, row", binary_case, { PARITY_SUB, 2, 1, 5, 7, 7 } },
    { "mul, column", binary_case, { PARITY_MUL, 2, 2, 5, 7, 5, 1 } },
    { "div, both broadcast", binary_case, { PARITY_DIV, 3, 2, 4, 1, 3, 5, 1 } },
    { "greater, scalar", binary_case, { PARITY_GREATER, 2, 0, 5, 7 } },
    { "maximum, scalar first", binary_case, { PARITY_MAXIMUM, 0, 2, 5, 7 } },
    { "add, channels", binary_case, { PARITY_ADD, 4, 3, 2, 3, 4, 5, 3, 1, 1 } },
    { "mul, large", binary_case, { PARITY_MUL, 2, 1, 300, 120, 120 } },
    { "add, blocked and row-major", mixed_case, { PARITY_ADD, 2, 16, 4, 4 } },
    { "sub, blocked and row-major, 12 channels", mixed_case, { PARITY_SUB, 2, 12, 4, 4 } },
    { "mul, blocked and row-major, 12 channels", mixed_case, { PARITY_MUL, 2, 12, 4, 4 } },
    { "div, blocked and row-major, 12 channels", mixed_case, { PARITY_DIV, 2, 12, 4, 4 } },
    { "greater, blocked and row-major, 12 channels", mixed_case, { PARITY_GREATER, 2, 12, 4, 4 } },
    { "maximum, blocked and row-major, 12 channels", mixed_case, { PARITY_MAXIMUM, 2, 12, 4, 4 } },
    /* which | axes keep | n c h w | convolved */
    { "sum of all", reduce_case, { SUM, 0, 0, 3, 16, 9, 9, 1 } },
    { "mean of all, 12 channels", reduce_case, { MEAN, 0, 1, 3, 12, 19, 19, 1 } },
    { "max of all", reduce_case, { MAX, 0, 0, 3, 5, 3, 3, 0 } },
    { "sum to channels, blocked", reduce_case, { SUM, 13, 0, 3, 24, 5, 5, 1 } },
    { "mean to channels, row-major", reduce_case, { MEAN, 13, 1, 3, 5, 5, 5, 0 } },
    { "sum over the first axis", reduce_case, { SUM, 1, 0, 6, 5, 2, 3, 0 } },
    { "mean over the last axis", reduce_case, { MEAN, 8, 1, 6, 5, 2, 3, 0 } },
    { "max over two axes", reduce_case, { MAX, 10, 0, 4, 5, 2, 3, 0 } },
    { "max over the last axes, 12 channels", reduce_case, { MAX, 12, 0, 2, 12, 3, 3, 1 } },
    { "sum of planes, 12 channels", reduce_case, { SUM, 12, 0, 2, 12, 3, 5, 1 } },
    { "mean of planes, row-major", reduce_case, { MEAN, 12, 1, 2, 3, 9, 5, 0 } },
    { "mean of the last axis", reduce_case, { MEAN, 8, 0, 2, 3, 5, 37, 0 } },
    { "sum of rows", reduce_case, { SUM, 3, 0, 20, 7, 5, 29, 0 } },
    { "mean of few columns", reduce_case, { MEAN, 7, 1, 20, 7, 5, 3, 0 } },
    { "scalars", scalar_case, { 0 } },
    { "permute, reshape, broadcast", movement_case, { 2, 12, 3, 4 } },
    { "softmax", softmax_case, { 5, 10 } },
    { "softmax of a large tensor", softmax_case, { 500, 100 } },
    { "losses", loss_case, { 7, 4 } },
    { "adam", update_case, { 0, 2, 5, 7 } },
    { "adamw", update_case, { 1, 1, 33 } },
    { "sgd", update_case, { 2, 2, 16, 16 } },
    { "assign", update_case, { 3, 3, 2, 3, 4 } },
};

const parity_case *parity_cases(size_t *count)
{
    *count = sizeof cases / sizeof *cases;
    return cases;
}
