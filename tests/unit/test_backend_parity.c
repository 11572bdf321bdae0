/* backend parity: every op on the cpu backend, fused and not, against the reference backend in f64. Each case also compares the gradients of
 * a weighted sum of its result. Stated error: 3e-5 of the largest magnitude in the tensor, unless a case says otherwise. In bf16, which rounds
 * by 2^-9 of a value: 1/128 of the tensor's root mean square in the root mean square, because a relu or a maximum whose inputs nearly meet may decide
 * the other way, which changes single elements of a gradient wholly. */
#include "backend/cpu/cpu.h"
#include "base/rng.h"
#include "evenhand/plan.h"
#include "tensor/ops.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/op_cases.h"

#define MOST 48

/* Allowed in bf16 for gradients through a relu or a maximum, and for what amplifies the error of its argument. */
#define KINKED    0.1
#define AMPLIFIED 0.04

typedef struct trial {
    eh_params *params;
    eh_graph *g;
    eh_tensor *input[MOST], *target[MOST];
    int inputs, targets;
    double error, error_bf16; /* allowed, relative to the largest magnitude; 0: the default */
    bool no_gradient;
} trial;

typedef struct parity_case {
    const char *name;
    void (*build)(trial *t, const int *p);
    int p[12];
} parity_case;

static eh_shape dims(const int *p, int rank)
{
    eh_shape s = { .rank = rank };
    for (int i = 0; i < rank; i++)
        s.dim[i] = p[i];
    return s;
}

/* ---- building ---- */

static eh_tensor *in(trial *t, eh_shape shape)
{
    char name[16];
    snprintf(name, sizeof name, "in%d", t->inputs);
    return t->input[t->inputs++] = eh_input(t->g, name, shape, EH_F32);
}

static eh_tensor *labels(trial *t, eh_shape shape)
{
    return t->input[t->inputs++] = eh_input(t->g, "labels", shape, EH_I32);
}

static void target(trial *t, eh_tensor *y)
{
    assert_non_null(y);
    t->target[t->targets++] = y;
}

/* Takes y as a target together with the gradients of sum(y * random) with respect to every real input. */
static void finish(trial *t, eh_tensor *y)
{
    eh_error err = { 0 };
    eh_tensor *grad[MOST], *wrt[MOST];
    size_t count = 0;
    if (!y)
        eh_graph_check(t->g, &err);
    if (!y)
        fail_msg("%s", err.message);
    target(t, y);
    if (t->no_gradient)
        return;
    for (int i = 0; i < t->inputs; i++)
        if (eh_tensor_dtype(t->input[i]) == EH_F32)
            wrt[count++] = t->input[i];
    eh_tensor *loss = eh_sum(t->g, eh_mul(t->g, y, in(t, eh_tensor_shape(y))), 0, false);
    if (eh_gradients(t->g, loss, wrt, count, grad, &err) != EH_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < count; i++)
        if (grad[i])
            target(t, grad[i]);
}

/* An image tensor as a convolution leaves it (blocked layouts, with padding when the channels are odd). */
static eh_tensor *convolved(trial *t, int n, int c, int h, int w)
{
    eh_tensor *x = in(t, eh_shape_of(4, (int64_t)n, (int64_t)c, (int64_t)h, (int64_t)w));
    eh_tensor *k = in(t, eh_shape_of(4, (int64_t)c, (int64_t)c, (int64_t)1, (int64_t)1));
    return eh_conv2d(t->g, x, k, NULL, (eh_conv2d_opts){ 0 });
}

static eh_tensor *positive(trial *t, eh_tensor *x)
{
    return eh_affine(t->g, eh_square(t->g, x), 1, 0.25);
}

static eh_tensor *weights(trial *t, const char *name, eh_shape shape)
{
    return eh_variable(t->g, name, shape, EH_TRAINABLE, (eh_init){ .kind = EH_INIT_NORMAL, .a = 0.3 });
}

/* ---- cases ---- */

/* p: n c h w | o kh kw | stride pad dilation groups bias */
static void conv_case(trial *t, const int *p)
{
    int groups = p[10];
    eh_tensor *x = in(t, dims(p, 4));
    eh_tensor *w =
        in(t, eh_shape_of(4, (int64_t)p[4], (int64_t)(p[1] / groups), (int64_t)p[5], (int64_t)p[6]));
    eh_tensor *bias = p[11] ? in(t, eh_shape_of(1, (int64_t)p[4])) : NULL;
    eh_conv2d_opts opts = {
        .stride = { p[7], p[7] }, .pad = { p[8], p[8] }, .dilation = { p[9], p[9] }, .groups = groups
    };
    finish(t, eh_conv2d(t->g, x, w, bias, opts));
}

/* p: m n k transpose_a transpose_b */
static void matmul_case(trial *t, const int *p)
{
    eh_tensor *a = in(t, p[3] ? eh_shape_of(2, (int64_t)p[2], (int64_t)p[0])
                              : eh_shape_of(2, (int64_t)p[0], (int64_t)p[2]));
    eh_tensor *b = in(t, p[4] ? eh_shape_of(2, (int64_t)p[1], (int64_t)p[2])
                              : eh_shape_of(2, (int64_t)p[2], (int64_t)p[1]));
    finish(t, eh_matmul(t->g, a, b, p[3], p[4]));
}

/* p: n k o bias */
static void linear_case(trial *t, const int *p)
{
    eh_tensor *x = in(t, eh_shape_of(2, (int64_t)p[0], (int64_t)p[1])),
              *w = in(t, eh_shape_of(2, (int64_t)p[2], (int64_t)p[1]));
    finish(t, eh_linear(t->g, x, w, p[3] ? in(t, eh_shape_of(1, (int64_t)p[2])) : NULL));
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
    eh_tensor *x = p[6] ? convolved(t, p[0], p[1], p[2], p[3]) : in(t, dims(p, 4)), *y;
    eh_tensor *scale = in(t, channels), *shift = in(t, channels);
    eh_tensor *mean = per_channel(t, "mean", p[1], 0.125), *var = per_channel(t, "var", p[1], 0.75);
    x = eh_affine(t->g, x, 0.5, 3.0); /* a mean that is not small */
    if (p[7])
        y = eh_batch_norm_fixed(t->g, x, scale, shift, in(t, channels), positive(t, in(t, channels)), 1e-5);
    else
        y = eh_batch_norm(t->g, x, scale, shift, mean, var, 0.1, 1e-5);
    if (p[5])
        y = eh_add(t->g, y, in(t, dims(p, 4)));
    if (p[4])
        y = eh_relu(t->g, y);
    t->error_bf16 = p[4] ? KINKED : 0;
    finish(t, y);
    if (!p[7]) {
        eh_tensor *effect[4];
        assert_int_equal(eh_graph_effects(t->g, effect, 4), 1);
        target(t, effect[0]);
    }
}

/* A residual block: the gradient of the sum goes both ways, and two gradients meet. p: n c h w */
static void residual_case(trial *t, const int *p)
{
    eh_tensor *x = eh_relu(t->g, convolved(t, p[0], p[1], p[2], p[3])), *y = x;
    eh_shape channels = eh_shape_of(1, (int64_t)p[1]);
    for (int block = 0; block < 2; block++) {
        eh_scope_push(t->g, "block%d", block);
        eh_tensor *k = in(t, eh_shape_of(4, (int64_t)p[1], (int64_t)p[1], (int64_t)3, (int64_t)3)), *skip = y;
        y = eh_conv2d(t->g, y, k, NULL, (eh_conv2d_opts){ .pad = { 1, 1 } });
        y = eh_batch_norm(t->g, y, in(t, channels), in(t, channels), per_channel(t, "mean", p[1], 0),
                          per_channel(t, "var", p[1], 1), 0.1, 1e-5);
        y = eh_relu(t->g, eh_add(t->g, y, skip));
        eh_scope_pop(t->g);
    }
    t->error = 1e-3; /* two layers of relu masks and batch statistics amplify f32 rounding */
    t->error_bf16 = KINKED;
    finish(t, y);
}

/* Inference: convolutions, each with bias or not, given statistics that are variables or not, addition or not, then relu.
 * p: n c h w | bias norm add relu | groups */
static void inference_case(trial *t, const int *p)
{
    eh_tensor *x = convolved(t, p[0], p[1], p[2], p[3]), *y = x;
    eh_shape channels = eh_shape_of(1, (int64_t)p[1]);
    eh_tensor *w =
        weights(t, "w", eh_shape_of(4, (int64_t)p[1], (int64_t)(p[1] / p[8]), (int64_t)3, (int64_t)3));
    y = eh_conv2d(t->g, y, w, p[4] ? weights(t, "bias", channels) : NULL,
                  (eh_conv2d_opts){ .pad = { 1, 1 }, .groups = p[8] });
    if (p[5])
        y = eh_batch_norm_fixed(t->g, y, weights(t, "scale", channels), weights(t, "shift", channels),
                                weights(t, "mean", channels),
                                p[5] > 1 ? positive(t, weights(t, "var", channels))
                                         : per_channel(t, "var", p[1], 0.75),
                                1e-5);
    if (p[6])
        y = eh_add(t->g, p[6] > 1 ? in(t, dims(p, 4)) : x, y);
    if (p[7])
        y = eh_relu(t->g, y);
    t->no_gradient = true;
    finish(t, y);
}

/* p: n c h w | kernel stride pad | convolved */
static void max_pool_case(trial *t, const int *p)
{
    eh_tensor *x = p[7] ? convolved(t, p[0], p[1], p[2], p[3]) : in(t, dims(p, 4));
    eh_pool2d_opts opts = { .kernel = { p[4], p[4] }, .stride = { p[5], p[5] }, .pad = { p[6], p[6] } };
    t->error_bf16 = KINKED;
    finish(t, eh_max_pool2d(t->g, x, opts));
}

static void avg_pool_case(trial *t, const int *p)
{
    eh_tensor *x = p[7] ? convolved(t, p[0], p[1], p[2], p[3]) : in(t, dims(p, 4));
    eh_pool2d_opts opts = { .kernel = { p[4], p[4] }, .stride = { p[5], p[5] }, .pad = { p[6], p[6] } };
    finish(t, eh_avg_pool2d(t->g, x, opts));
}

static void global_pool_case(trial *t, const int *p)
{
    finish(t, eh_global_avg_pool(t->g, p[7] ? convolved(t, p[0], p[1], p[2], p[3]) : in(t, dims(p, 4))));
}

/* The gradient of a gradient, which needs max_pool2d_pick. */
static void second_derivative_case(trial *t, const int *p)
{
    eh_error err = { 0 };
    eh_tensor *x = in(t, dims(p, 4)), *grad = NULL;
    eh_tensor *y = eh_max_pool2d(t->g, eh_square(t->g, x), (eh_pool2d_opts){ .kernel = { 2, 2 } });
    assert_int_equal(eh_gradients(t->g, eh_sum(t->g, eh_square(t->g, y), 0, false), &x, 1, &grad, &err),
                     EH_OK);
    finish(t, grad);
}

/* p: n c h w | which | convolved */
static void unary_case(trial *t, const int *p)
{
    eh_tensor *(*const f[])(eh_graph *, eh_tensor *) = { eh_relu,     eh_sigmoid, eh_tanh,         eh_gelu,
                                                         eh_softplus, eh_exp,     eh_square,       eh_abs,
                                                         eh_log,      eh_sqrt,    eh_stop_gradient };
    eh_tensor *x = p[5] ? convolved(t, p[0], p[1], p[2], p[3]) : in(t, dims(p, 4));
    t->error_bf16 = f[p[4]] == eh_relu ? KINKED : f[p[4]] == eh_exp || f[p[4]] == eh_log ? AMPLIFIED : 0;
    if (f[p[4]] == eh_log || f[p[4]] == eh_sqrt)
        x = positive(t, x);
    if (f[p[4]] == eh_stop_gradient)
        x = eh_add(t->g, x, eh_stop_gradient(t->g, eh_square(t->g, x)));
    else
        x = f[p[4]](t->g, x);
    finish(t, x);
}

static void affine_case(trial *t, const int *p)
{
    eh_tensor *x = p[5] ? convolved(t, p[0], p[1], p[2], p[3]) : in(t, dims(p, 4));
    finish(t, eh_affine(t->g, eh_affine(t->g, x, -2.5, 0), 0.5, 0.25));
}

/* p: which | rank of a, rank of b | dims of a, dims of b | convolved (same shape) */
static void binary_case(trial *t, const int *p)
{
    eh_tensor *(*const f[])(eh_graph *, eh_tensor *, eh_tensor *) = { eh_add, eh_sub,     eh_mul,
                                                                      eh_div, eh_greater, eh_maximum };
    eh_tensor *a = in(t, dims(p + 3, p[1])), *b = in(t, dims(p + 3 + p[1], p[2]));
    finish(t, f[p[0]](t->g, a, f[p[0]] == eh_div ? positive(t, b) : b));
}

/* One input as a convolution leaves it, the other row-major. p: which | n c h w */
static void mixed_case(trial *t, const int *p)
{
    eh_tensor *(*const f[])(eh_graph *, eh_tensor *, eh_tensor *) = { eh_add, eh_sub,     eh_mul,
                                                                      eh_div, eh_greater, eh_maximum };
    eh_tensor *a = convolved(t, p[1], p[2], p[3], p[4]), *b = in(t, dims(p + 1, 4));
    eh_tensor *y = f[p[0]](t->g, a, f[p[0]] == eh_div ? positive(t, b) : b);
    finish(t, eh_mul(t->g, y, eh_full(t->g, eh_shape_of(0), 1.5)));
}

/* p: which | axes keep | n c h w | convolved */
static void reduce_case(trial *t, const int *p)
{
    eh_tensor *(*const f[])(eh_graph *, eh_tensor *, unsigned, bool) = { eh_sum, eh_mean, eh_max };
    eh_tensor *x = p[7] ? convolved(t, p[3], p[4], p[5], p[6]) : in(t, dims(p + 3, 4));
    finish(t, f[p[0]](t->g, x, (unsigned)p[1], p[2]));
}

static void scalar_case(trial *t, const int *p)
{
    (void)p;
    eh_tensor *x = in(t, eh_shape_of(0));
    finish(t, eh_exp(t->g, eh_mean(t->g, eh_mul(t->g, x, in(t, eh_shape_of(0))), 0, false)));
}

static void movement_case(trial *t, const int *p)
{
    static const int order[] = { 2, 0, 3, 1 };
    eh_tensor *x = convolved(t, p[0], p[1], p[2], p[3]);
    eh_tensor *y = eh_permute(t->g, x, order);
    y = eh_reshape(t->g, y, eh_shape_of(2, (int64_t)(p[2] * p[0]), (int64_t)-1));
    y = eh_add(t->g, y,
               eh_flatten(t->g,
                          eh_broadcast_to(t->g, in(t, eh_shape_of(2, (int64_t)1, (int64_t)(p[1] * p[3]))),
                                          eh_shape_of(2, (int64_t)(p[2] * p[0]), (int64_t)(p[1] * p[3])))));
    finish(t, y);
}

static void softmax_case(trial *t, const int *p)
{
    eh_tensor *x = in(t, dims(p, 2));
    finish(t, eh_add(t->g, eh_softmax(t->g, x), eh_log_softmax(t->g, eh_affine(t->g, x, 20, 0))));
}

static void loss_case(trial *t, const int *p)
{
    eh_tensor *x = in(t, dims(p, 2)), *y = labels(t, eh_shape_of(1, (int64_t)p[0]));
    eh_tensor *factor = eh_full(t->g, eh_shape_of(0), 0.5);
    eh_tensor *one_hot = eh_one_hot(t->g, y, p[1]);
    eh_tensor *loss = eh_cross_entropy(t->g, eh_reverse_gradient(t->g, x, factor), y, 0.1);
    finish(t, eh_add(t->g, loss, eh_sum(t->g, eh_mul(t->g, one_hot, x), 2u, false)));
}

/* Optimisers; the variables' values after a run are compared by the caller. p: which | rank, dims */
static void update_case(trial *t, const int *p)
{
    eh_tensor *w = weights(t, "w", dims(p + 2, p[1])), *gradient = in(t, dims(p + 2, p[1]));
    eh_tensor *lr = eh_full(t->g, eh_shape_of(0), 0.01), *one = eh_full(t->g, eh_shape_of(0), 1.0);
    if (p[0] == 0)
        target(t, eh_adam_update(t->g, w, gradient, lr, one, (eh_adam_opts){ 0.9, 0.999, 1e-8, 0.1, false }));
    else if (p[0] == 1)
        target(t, eh_adam_update(t->g, w, gradient, lr, one, (eh_adam_opts){ 0.9, 0.999, 1e-8, 0.1, true }));
    else if (p[0] == 2)
        target(t, eh_sgd_update(t->g, w, gradient, lr, eh_full(t->g, eh_shape_of(0), 0.9),
                                (eh_sgd_opts){ 0.01, true }));
    else
        target(t, eh_assign(t->g, w, eh_mul(t->g, gradient, gradient)));
}

enum { ADD, SUB, MUL, DIV, GREATER, MAXIMUM };
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
    { "add, same shape", binary_case, { ADD, 2, 2, 5, 7, 5, 7 } },
    { "sub, row", binary_case, { SUB, 2, 1, 5, 7, 7 } },
    { "mul, column", binary_case, { MUL, 2, 2, 5, 7, 5, 1 } },
    { "div, both broadcast", binary_case, { DIV, 3, 2, 4, 1, 3, 5, 1 } },
    { "greater, scalar", binary_case, { GREATER, 2, 0, 5, 7 } },
    { "maximum, scalar first", binary_case, { MAXIMUM, 0, 2, 5, 7 } },
    { "add, channels", binary_case, { ADD, 4, 3, 2, 3, 4, 5, 3, 1, 1 } },
    { "mul, large", binary_case, { MUL, 2, 1, 300, 120, 120 } },
    { "add, blocked and row-major", mixed_case, { ADD, 2, 16, 4, 4 } },
    { "sub, blocked and row-major, 12 channels", mixed_case, { SUB, 2, 12, 4, 4 } },
    { "mul, blocked and row-major, 12 channels", mixed_case, { MUL, 2, 12, 4, 4 } },
    { "div, blocked and row-major, 12 channels", mixed_case, { DIV, 2, 12, 4, 4 } },
    { "greater, blocked and row-major, 12 channels", mixed_case, { GREATER, 2, 12, 4, 4 } },
    { "maximum, blocked and row-major, 12 channels", mixed_case, { MAXIMUM, 2, 12, 4, 4 } },
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

/* ---- running ---- */

static void start(trial *t)
{
    eh_error err = { 0 };
    *t = (trial){ 0 };
    assert_int_equal(eh_params_new(&t->params, 7, &err), EH_OK);
    assert_int_equal(eh_graph_new(&t->g, t->params, &err), EH_OK);
}

static void stop(trial *t)
{
    eh_graph_free(t->g);
    eh_params_free(t->params);
}

static void write_inputs(eh_plan *plan, const trial *t)
{
    eh_error err = { 0 };
    for (int i = 0; i < t->inputs; i++) {
        size_t count = (size_t)eh_shape_elements(eh_tensor_shape(t->input[i]));
        float *values = eh_alloc(count, sizeof *values);
        eh_rng rng = eh_rng_at(11, EH_DRAW_TEST, (uint64_t)i, 0);
        for (size_t k = 0; k < count; k++)
            if (eh_tensor_dtype(t->input[i]) == EH_I32)
                ((int32_t *)values)[k] =
                    (int32_t)eh_rng_below(&rng, 5) - 1; /* one label in five is outside */
            else
                values[k] = (float)eh_rng_normal(&rng);
        assert_int_equal(eh_plan_write(plan, t->input[i], values, &err), EH_OK);
        eh_free(values);
    }
}

/* The targets' values and, behind them, all variables, after one run. */
static double *run(trial *t, const eh_plan_opts *opts, const char *name)
{
    eh_error err = { 0 };
    eh_plan *plan = NULL;
    size_t total = 1, at = 0;
    if (eh_plan_new(&plan, t->g, t->target, (size_t)t->targets, opts, &err) != EH_OK)
        fail_msg("%s: %s", name, err.message);
    write_inputs(plan, t);
    for (int repeat = 0; repeat < (eh_params_count(t->params) ? 1 : 2);
         repeat++) /* the second run must not see traces of the first */
        if (eh_plan_run(plan, &err) != EH_OK)
            fail_msg("%s: %s", name, err.message);
    for (int i = 0; i < t->targets; i++)
        total += (size_t)eh_shape_elements(eh_tensor_shape(t->target[i]));
    for (size_t i = 0; i < eh_params_count(t->params); i++)
        total += (size_t)eh_shape_elements(eh_params_info(t->params, i).shape);
    double *values = eh_alloc(total, sizeof *values);
    for (int i = 0; i < t->targets; i++) {
        if (!(t->target[i]->node->op->flags & EH_OP_EFFECT))
            assert_int_equal(eh_plan_read_f64(plan, t->target[i], values + at, &err), EH_OK);
        at += (size_t)eh_shape_elements(eh_tensor_shape(t->target[i]));
    }
    for (size_t i = 0; i < eh_params_count(t->params); i++) {
        size_t count = (size_t)eh_shape_elements(eh_params_info(t->params, i).shape);
        float *read = eh_alloc(count, sizeof *read);
        assert_int_equal(eh_params_read(t->params, i, read, &err), EH_OK);
        for (size_t k = 0; k < count; k++)
            values[at++] = (double)read[k];
        eh_free(read);
    }
    eh_plan_free(plan);
    return values;
}

static void compare(const char *name, const char *what, const double *got, const double *want, size_t count,
                    double allowed)
{
    double largest = 1e-3, worst = 0;
    size_t where = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < count; i++) {
        double difference = fabs(got[i] - want[i]);
        if (!(difference <= worst)) {
            worst = difference;
            where = i;
        }
    }
    if (!(worst <= allowed * largest))
        fail_msg("%s: %s differs at element %zu: %.9g instead of %.9g (largest magnitude %.3g)", name, what,
                 where, got[where], want[where], largest);
}

/* The root mean square of the differences. */
static void compare_whole(const char *name, const char *what, const double *got, const double *want,
                          size_t count, double allowed)
{
    double difference = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        difference += (got[i] - want[i]) * (got[i] - want[i]);
        size += want[i] * want[i];
    }
    difference = sqrt(difference / (double)count);
    size = fmax(1e-3, sqrt(size / (double)count));
    if (!(difference <= allowed * size))
        fail_msg("%s: %s differs by %.3g in the root mean square, of %.3g: %.4f where %.4f is allowed", name,
                 what, difference, size, difference / size, allowed);
}

static double allowed_error(const trial *t, bool bf16)
{
    if (bf16)
        return t->error_bf16 > 0 ? t->error_bf16 : 1.0 / 128;
    return t->error > 0 ? t->error : 3e-5;
}

static void compare_all(const char *name, const trial *t, bool bf16, const double *got, const double *want)
{
    char what[64];
    double allowed = allowed_error(t, bf16);
    void (*check)(const char *, const char *, const double *, const double *, size_t, double) =
        bf16 ? compare_whole : compare;
    for (int i = 0; i < t->targets; i++) {
        size_t count = (size_t)eh_shape_elements(eh_tensor_shape(t->target[i]));
        snprintf(what, sizeof what, "target %d (%s)", i, t->target[i]->node->op->entry.name);
        check(name, what, got, want, count, allowed);
        got += count;
        want += count;
    }
    for (size_t i = 0; i < eh_params_count(t->params); i++) {
        size_t count = (size_t)eh_shape_elements(eh_params_info(t->params, i).shape);
        check(name, eh_params_info(t->params, i).name, got, want, count, allowed);
        got += count;
        want += count;
    }
}

static double *run_case(const parity_case *c, trial *t, const eh_plan_opts *opts)
{
    start(t);
    c->build(t, c->p);
    return run(t, opts, c->name);
}

/* The ways a case is computed: with and without fusion, and as on processors with narrower vectors. */
static const struct way {
    const char *name;
    bool no_fusion;
    eh_cpu_level level;
    bool bf16;
} ways[] = { { "not fused", true, EH_CPU_512_BF16, false },
             { "fused", false, EH_CPU_512_BF16, false },
             { "fused, vectors of 8", false, EH_CPU_256, false },
             { "fused, vectors of 4", false, EH_CPU_BASE, false },
             { "bf16, not fused", true, EH_CPU_512_BF16, true },
             { "bf16, fused", false, EH_CPU_512_BF16, true },
             { "bf16, rounded by plain code", false, EH_CPU_512, true },
             { "bf16, vectors of 8", false, EH_CPU_256, true },
             { "bf16, vectors of 4", false, EH_CPU_BASE, true } };

static void every_case_gives_the_reference_values(void **state)
{
    static const eh_plan_opts ref = { .backend = "ref", .precision = EH_PRECISION_F64 };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trial oracle;
        double *want = run_case(&cases[i], &oracle, &ref);
        for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
            char name[128];
            trial t;
            if (ways[w].bf16 && eh_cpu_bf16() == EH_BF16_NONE)
                continue;
            eh_cpu_limit_level(ways[w].level);
            double *got =
                run_case(&cases[i], &t,
                         &(eh_plan_opts){ .backend = "cpu",
                                          .precision = ways[w].bf16 ? EH_PRECISION_BF16 : EH_PRECISION_F32,
                                          .no_fusion = ways[w].no_fusion });
            snprintf(name, sizeof name, "%s, %s", cases[i].name, ways[w].name);
            compare_all(name, &t, ways[w].bf16, got, want);
            eh_free(got);
            stop(&t);
        }
        eh_cpu_limit_level(EH_CPU_512_BF16);
        eh_free(want);
        stop(&oracle);
    }
}

static void note_ops(const eh_graph *g, bool *seen)
{
    for (size_t n = 0; n < g->nodes; n++)
        for (size_t o = 0; eh_op_list[o]; o++)
            if (&g->node[n]->op->entry == eh_op_list[o])
                seen[o] = true;
}

static void every_op_has_a_case_and_a_kernel_in_both_backends(void **state)
{
    bool seen[256] = { false };
    (void)state;
    for (size_t i = 0; op_case_at(i); i++) { /* run by test_backend_cases.c */
        eh_tensor *input[OP_CASE_INPUTS] = { 0 };
        trial t;
        start(&t);
        for (int k = 0; k < op_case_inputs(op_case_at(i)); k++)
            input[k] = op_case_at(i)->input[k].kind == LABELS ? labels(&t, op_case_at(i)->input[k].shape)
                                                              : in(&t, op_case_at(i)->input[k].shape);
        finish(&t, op_case_at(i)->build(t.g, input, op_case_at(i)->opts));
        note_ops(t.g, seen);
        stop(&t);
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trial t;
        start(&t);
        cases[i].build(&t, cases[i].p);
        note_ops(t.g, seen);
        stop(&t);
    }
    for (size_t o = 0; eh_op_list[o]; o++) {
        const eh_op *op = (const eh_op *)eh_op_list[o];
        if (op->flags & EH_OP_LEAF)
            continue;
        if (!seen[o])
            fail_msg("no parity case has the op %s", op->entry.name);
        for (size_t b = 0; eh_backend_list[b]; b++) {
            const eh_backend *backend = (const eh_backend *)eh_backend_list[b];
            int kernels = 0;
            for (const eh_kernel *const *k = backend->kernels; *k; k++)
                kernels += (*k)->op == op;
            if (kernels != 1)
                fail_msg("the %s backend has %d kernels for the op %s", backend->entry.name, kernels,
                         op->entry.name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op_has_a_case_and_a_kernel_in_both_backends),
        cmocka_unit_test(every_case_gives_the_reference_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
