/* op_cases.c - one table of small graphs that reach every operation. */
#include "support/op_cases.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

/* ---- what is built ---- */

static eh_tensor *build_conv2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_conv2d(g, in[0], in[1], in[2], *(const eh_conv2d_opts *)opts);
}

static eh_tensor *build_matmul(eh_graph *g, eh_tensor **in, const void *opts)
{
    const bool *transpose = opts;
    return eh_matmul(g, in[0], in[1], transpose[0], transpose[1]);
}

static eh_tensor *build_linear(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_linear(g, in[0], in[1], in[2]);
}

static eh_tensor *build_batch_norm(eh_graph *g, eh_tensor **in, const void *opts)
{
    eh_shape channels = eh_shape_of(1, eh_tensor_shape(in[0]).dim[1]);
    eh_tensor *mean =
        eh_variable(g, "running_mean", channels, EH_BUFFER, (eh_init){ .kind = EH_INIT_CONSTANT });
    eh_tensor *var =
        eh_variable(g, "running_var", channels, EH_BUFFER, (eh_init){ .kind = EH_INIT_CONSTANT, .a = 1 });
    (void)opts;
    return eh_batch_norm(g, in[0], in[1], in[2], mean, var, 0.1, 1e-3);
}

/* The batch's statistics used as values: y + mean + 2 var, repeated over the batch. */
static eh_tensor *build_batch_norm_statistics(eh_graph *g, eh_tensor **in, const void *opts)
{
    eh_tensor *y = build_batch_norm(g, in, opts);
    eh_shape shape = { .rank = 4, .dim = { 1, eh_tensor_shape(in[0]).dim[1], 1, 1 } };
    y = eh_add(g, y, eh_reshape(g, y->node->output[1], shape));
    return eh_add(g, y, eh_affine(g, eh_reshape(g, y->node->input[0]->node->output[2], shape), 2, 0));
}

static eh_tensor *build_batch_norm_fixed(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_batch_norm_fixed(g, in[0], in[1], in[2], in[3], in[4], 1e-3);
}

static eh_tensor *build_max_pool2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_max_pool2d(g, in[0], *(const eh_pool2d_opts *)opts);
}

static eh_tensor *build_avg_pool2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_avg_pool2d(g, in[0], *(const eh_pool2d_opts *)opts);
}

#define UNARY(name)                                                               \
    static eh_tensor *build_##name(eh_graph *g, eh_tensor **in, const void *opts) \
    {                                                                             \
        (void)opts;                                                               \
        return eh_##name(g, in[0]);                                               \
    }
UNARY(global_avg_pool)
UNARY(relu)
UNARY(sigmoid)
UNARY(tanh)
UNARY(gelu)
UNARY(softplus)
UNARY(exp)
UNARY(log)
UNARY(sqrt)
UNARY(square)
UNARY(abs)
UNARY(softmax)
UNARY(log_softmax)
UNARY(flatten)
UNARY(gelu_tanh)
UNARY(silu)
UNARY(hard_swish)

#define BINARY(name)                                                              \
    static eh_tensor *build_##name(eh_graph *g, eh_tensor **in, const void *opts) \
    {                                                                             \
        (void)opts;                                                               \
        return eh_##name(g, in[0], in[1]);                                        \
    }
BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(maximum)
BINARY(gather)
BINARY(minimum)
BINARY(soft_cross_entropy)
BINARY(kl_divergence)
BINARY(squared_error)
BINARY(absolute_error)

static eh_tensor *build_affine(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_affine(g, in[0], -2.5, 0.75);
}

typedef struct reduction {
    unsigned axes;
    bool keep;
} reduction;

#define REDUCTION(name)                                                                               \
    static eh_tensor *build_##name(eh_graph *g, eh_tensor **in, const void *opts)                     \
    {                                                                                                 \
        return eh_##name(g, in[0], ((const reduction *)opts)->axes, ((const reduction *)opts)->keep); \
    }
REDUCTION(sum)
REDUCTION(mean)
REDUCTION(max)
REDUCTION(log_sum_exp)

static eh_tensor *build_reshape(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_reshape(g, in[0], *(const eh_shape *)opts);
}

static eh_tensor *build_permute(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_permute(g, in[0], opts);
}

static eh_tensor *build_broadcast_to(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_broadcast_to(g, in[0], *(const eh_shape *)opts);
}

static eh_tensor *build_cross_entropy(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_cross_entropy(g, in[0], in[1], *(const double *)opts);
}

static eh_tensor *build_binary_cross_entropy(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_binary_cross_entropy(g, in[0], in[1]);
}

/* One tensor used three times, through different paths. */
static eh_tensor *build_shared_use(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_add(g, eh_mul(g, in[0], eh_sigmoid(g, in[0])), eh_matmul(g, in[0], in[0], true, false));
}

/* A small residual network: everything together. */
static eh_tensor *build_residual_network(eh_graph *g, eh_tensor **in, const void *opts)
{
    eh_conv2d_opts same = { .pad = { 1, 1 } };
    eh_tensor *y = eh_relu(g, eh_conv2d(g, in[0], in[1], NULL, same));
    (void)opts;
    y = build_batch_norm(g, (eh_tensor *[]){ y, in[2], in[3] }, NULL);
    y = eh_relu(g, eh_add(g, eh_conv2d(g, y, in[1], NULL, same), in[0]));
    y = eh_linear(g, eh_global_avg_pool(g, y), in[4], NULL);
    return eh_cross_entropy(g, y, in[5], 0);
}

/* The elements that a max pool chose, taken from another tensor. */
static eh_tensor *build_max_pool2d_pick(eh_graph *g, eh_tensor **in, const void *opts)
{
    eh_tensor *y = eh_max_pool2d(g, in[0], *(const eh_pool2d_opts *)opts);
    eh_tensor *pick[] = { in[1], y ? y->node->output[1] : NULL };
    return eh_add(g, y, y ? eh_graph_node(g, &eh_op_max_pool2d_pick, pick, 2, y->node->attr) : NULL);
}

/* ---- what is composed of other ops ---- */

static eh_tensor *build_power(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_power(g, in[0], *(const double *)opts);
}

static eh_tensor *build_where(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_where(g, eh_greater(g, in[0], eh_full(g, eh_shape_of(0), 0)), in[0], in[1]);
}

static eh_tensor *build_slice(eh_graph *g, eh_tensor **in, const void *opts)
{
    const int *cut = opts;
    return eh_slice(g, in[0], cut[0], cut[1], cut[2]);
}

static eh_tensor *build_pad(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_pad(g, in[0], opts, (const int64_t *)opts + EH_MAX_RANK);
}

/* The first input twice: its gradient is the sum of two slices. */
static eh_tensor *build_concat(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_concat(g, (eh_tensor *[]){ in[0], in[1], in[0] }, 3, *(const int *)opts);
}

static eh_tensor *build_attention(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_attention(g, in[0], in[1], in[2]);
}

static eh_tensor *build_dropout(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_dropout(g, in[0], 0.4, eh_full(g, eh_shape_of(0), 5));
}

static eh_tensor *build_drop_path(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_drop_path(g, in[0], 0.4, eh_full(g, eh_shape_of(0), 5));
}

/* A sample of N(in0, in1^2), plus uniform noise. */
static eh_tensor *build_gaussian_sample(eh_graph *g, eh_tensor **in, const void *opts)
{
    eh_tensor *step = eh_full(g, eh_shape_of(0), 3);
    (void)opts;
    eh_tensor *y = eh_add(g, in[0], eh_mul(g, in[1], eh_random_normal(g, in[0]->shape, step)));
    return eh_add(g, y, eh_random_uniform(g, in[0]->shape, step));
}

static eh_tensor *build_leaky_relu(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_leaky_relu(g, in[0], *(const double *)opts);
}

static eh_tensor *build_clip(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_clip(g, in[0], ((const double *)opts)[0], ((const double *)opts)[1]);
}

static eh_tensor *build_l2_normalise(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_l2_normalise(g, in[0], *(const unsigned *)opts, 1e-12);
}

static eh_tensor *build_group_norm(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_group_norm(g, in[0], in[1], in[2], *(const int *)opts, 1e-3);
}

static eh_tensor *build_layer_norm(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_layer_norm(g, in[0], in[1], in[2], 1e-3);
}

typedef struct transposed {
    eh_conv2d_opts opts;
    int extra[2];
} transposed;

static eh_tensor *build_conv_transpose2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    const transposed *t = opts;
    return eh_conv_transpose2d(g, in[0], in[1], in[2], t->opts, t->extra);
}

static eh_tensor *build_adaptive_avg_pool2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    const int *size = opts;
    return eh_adaptive_avg_pool2d(g, in[0], size[0], size[1]);
}

static eh_tensor *build_resize2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    const int *size = opts;
    return eh_resize2d(g, in[0], size[0], size[1],
                       size[2] ? EH_INTERPOLATE_BILINEAR : EH_INTERPOLATE_NEAREST);
}

static eh_tensor *build_reflect_pad2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    const int *pad = opts;
    return eh_reflect_pad2d(g, in[0], pad[0], pad[1], pad[2], pad[3]);
}

static eh_tensor *build_huber_error(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_huber_error(g, in[0], in[1], *(const double *)opts);
}

/* ---- the cases ---- */

static const op_case cases[] = {
    { "conv2d 1x1", CONV(0), .input = { SHAPE(2, 3, 4, 5), SHAPE(4, 3, 1, 1), SHAPE(4) } },
    { "conv2d 3x3 padded", CONV(.pad = { 1, 1 }), .input = { SHAPE(2, 2, 5, 4), SHAPE(3, 2, 3, 3) } },
    { "conv2d with bias", CONV(.pad = { 1, 1 }),
      .input = { SHAPE(2, 2, 3, 4), SHAPE(3, 2, 3, 3), SHAPE(3) } },
    { "conv2d stride 2, rows left over", CONV(.stride = { 2, 2 }),
      .input = { SHAPE(1, 2, 6, 7), SHAPE(2, 2, 3, 2) } },
    { "conv2d uneven stride, padding and kernel", CONV(.stride = { 3, 1 }, .pad = { 0, 2 }),
      .input = { SHAPE(1, 2, 7, 5), SHAPE(2, 2, 2, 4) } },
    { "conv2d dilated", CONV(.dilation = { 2, 3 }, .pad = { 2, 3 }),
      .input = { SHAPE(1, 1, 5, 6), SHAPE(2, 1, 3, 3) } },
    { "conv2d two groups", CONV(.groups = 2, .pad = { 1, 1 }),
      .input = { SHAPE(2, 4, 4, 3), SHAPE(6, 2, 3, 3), SHAPE(6) } },
    { "conv2d depthwise, stride 2", CONV(.groups = 3, .stride = { 2, 2 }, .pad = { 1, 1 }),
      .input = { SHAPE(2, 3, 5, 5), SHAPE(3, 1, 3, 3) } },
    { "conv2d on one pixel", CONV(.pad = { 1, 1 }), .input = { SHAPE(1, 2, 1, 1), SHAPE(2, 2, 3, 3) } },
    { "matmul", MATMUL(false, false), .input = { SHAPE(3, 4), SHAPE(4, 2) } },
    { "matmul a transposed", MATMUL(true, false), .input = { SHAPE(4, 3), SHAPE(4, 2) } },
    { "matmul b transposed", MATMUL(false, true), .input = { SHAPE(3, 4), SHAPE(2, 4) } },
    { "matmul both transposed", MATMUL(true, true), .input = { SHAPE(4, 3), SHAPE(2, 4) } },
    { "linear", .build = build_linear, .input = { SHAPE(3, 4), SHAPE(2, 4) } },
    { "linear with bias", .build = build_linear, .input = { SHAPE(3, 5), SHAPE(4, 5), SHAPE(4) } },
    { "batch_norm of images", .build = build_batch_norm, .input = { SHAPE(2, 3, 2, 3), SHAPE(3), SHAPE(3) } },
    { "batch_norm of vectors", .build = build_batch_norm, .input = { SHAPE(5, 2), SHAPE(2), SHAPE(2) } },
    { "batch_norm with its statistics read", .build = build_batch_norm_statistics,
      .input = { SHAPE(2, 3, 2, 2), SHAPE(3), SHAPE(3) } },
    { "batch_norm_fixed", .build = build_batch_norm_fixed,
      .input = { SHAPE(2, 3, 2, 2), SHAPE(3), SHAPE(3), SHAPE(3), SHAPE_OF(POSITIVE, 3) } },
    { "max_pool2d 2x2", POOL(max_pool2d, .kernel = { 2, 2 }), .input = { SHAPE(2, 2, 4, 5) } },
    { "max_pool2d 3x3 overlapping, padded",
      POOL(max_pool2d, .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1 }),
      .input = { SHAPE(1, 2, 5, 6) } },
    { "max_pool2d_pick", POOL(max_pool2d_pick, .kernel = { 2, 3 }, .stride = { 2, 1 }), .no_peer = true,
      .input = { SHAPE(1, 2, 5, 6), SHAPE(1, 2, 5, 6) } },
    { "avg_pool2d 2x2", POOL(avg_pool2d, .kernel = { 2, 2 }), .input = { SHAPE(2, 2, 4, 4) } },
    { "avg_pool2d 3x2 overlapping, padded",
      POOL(avg_pool2d, .kernel = { 3, 2 }, .stride = { 1, 2 }, .pad = { 1, 1 }),
      .input = { SHAPE(1, 2, 4, 5) } },
    { "global_avg_pool", .build = build_global_avg_pool, .input = { SHAPE(2, 3, 3, 2) } },
    { "relu", .build = build_relu, .input = { SHAPE_OF(AWAY, 3, 4) } },
    { "sigmoid", .build = build_sigmoid, .input = { SHAPE(3, 4) } },
    { "tanh", .build = build_tanh, .input = { SHAPE(3, 4) } },
    { "gelu", .build = build_gelu, .input = { SHAPE(3, 4) } },
    { "softplus", .build = build_softplus, .input = { SHAPE(3, 4) } },
    { "exp", .build = build_exp, .input = { SHAPE(3, 4) } },
    { "log", .build = build_log, .input = { SHAPE_OF(POSITIVE, 3, 4) } },
    { "sqrt", .build = build_sqrt, .input = { SHAPE_OF(POSITIVE, 3, 4) } },
    { "square", .build = build_square, .input = { SHAPE(3, 4) } },
    { "abs", .build = build_abs, .input = { SHAPE_OF(AWAY, 3, 4) } },
    { "affine", .build = build_affine, .input = { SHAPE(2, 3) } },
    { "add", .build = build_add, .input = { SHAPE(2, 3), SHAPE(2, 3) } },
    { "add, both broadcast", .build = build_add, .input = { SHAPE(2, 1, 4), SHAPE(3, 1) } },
    { "sub, row from matrix", .build = build_sub, .input = { SHAPE(3, 4), SHAPE(4) } },
    { "sub, matrix from row", .build = build_sub, .input = { SHAPE(4), SHAPE(3, 4) } },
    { "mul", .build = build_mul, .input = { SHAPE(2, 3), SHAPE(2, 3) } },
    { "mul by channel", .build = build_mul, .input = { SHAPE(2, 3, 2, 2), SHAPE(1, 3, 1, 1) } },
    { "mul by a vector of one", .build = build_mul, .input = { SHAPE(2, 3), SHAPE(1) } },
    { "div", .build = build_div, .input = { SHAPE(2, 3), SHAPE_OF(AWAY, 2, 3) } },
    { "div, both broadcast", .build = build_div, .input = { SHAPE(3, 1), SHAPE_OF(POSITIVE, 1, 4) } },
    { "maximum", .build = build_maximum, .input = { SHAPE(3, 4), SHAPE(3, 4) } },
    { "maximum of a matrix and a row", .build = build_maximum, .input = { SHAPE(3, 4), SHAPE(4) } },
    { "sum of all", REDUCE(sum, 0, false), .input = { SHAPE(2, 3, 2) } },
    { "sum of the middle axis", REDUCE(sum, 2, false), .input = { SHAPE(2, 3, 2) } },
    { "sum of outer axes, kept", REDUCE(sum, 5, true), .input = { SHAPE(2, 3, 2) } },
    { "mean of all, kept", REDUCE(mean, 0, true), .input = { SHAPE(2, 3) } },
    { "mean of the last axes", REDUCE(mean, 6, false), .input = { SHAPE(2, 3, 2) } },
    { "max of all", REDUCE(max, 0, false), .input = { SHAPE(2, 3) } },
    { "max of the first axis", REDUCE(max, 1, false), .input = { SHAPE(4, 3) } },
    { "max of the last axis, kept", REDUCE(max, 4, true), .input = { SHAPE(2, 3, 4) } },
    { "reshape", TO_SHAPE(reshape, 3, 2, -1, 2), .input = { SHAPE(3, 4) } },
    { "flatten", .build = build_flatten, .input = { SHAPE(2, 3, 2) } },
    { "permute of two axes", .build = build_permute, .opts = (const int[]){ 1, 0 },
      .input = { SHAPE(2, 3) } },
    { "permute of four axes", .build = build_permute, .opts = (const int[]){ 2, 0, 3, 1 },
      .input = { SHAPE(2, 3, 4, 2) } },
    { "broadcast_to", TO_SHAPE(broadcast_to, 3, 2, 3, 4), .input = { SHAPE(3, 1) } },
    { "softmax", .build = build_softmax, .input = { SHAPE(3, 4) } },
    { "softmax of rank 3", .build = build_softmax, .input = { SHAPE(2, 2, 3) } },
    { "log_softmax", .build = build_log_softmax, .input = { SHAPE(3, 4) } },
    { "cross_entropy", .build = build_cross_entropy, .opts = &(const double){ 0 },
      .input = { SHAPE(5, 3), SHAPE_OF(LABELS, 5) } },
    { "cross_entropy, smoothed", .build = build_cross_entropy, .opts = &(const double){ 0.1 },
      .input = { SHAPE(5, 3), SHAPE_OF(LABELS, 5) } },
    { "binary_cross_entropy", .build = build_binary_cross_entropy,
      .input = { SHAPE(6, 1), SHAPE_OF(LABELS, 6) } },
    { "matmul of batches", MATMUL(false, false), .input = { SHAPE(2, 3, 4), SHAPE(2, 4, 2) } },
    { "matmul of batches, a transposed", MATMUL(true, false), .input = { SHAPE(3, 4, 3), SHAPE(3, 4, 2) } },
    { "matmul of batches, both transposed", MATMUL(true, true), .input = { SHAPE(2, 4, 3), SHAPE(2, 2, 4) } },
    { "attention", .build = build_attention, .input = { SHAPE(2, 3, 4), SHAPE(2, 5, 4), SHAPE(2, 5, 3) } },
    { "power 3", .build = build_power, .opts = &(const double){ 3 }, .input = { SHAPE(3, 4) } },
    { "power 1/2 less than 0", .build = build_power, .opts = &(const double){ -0.5 },
      .input = { SHAPE_OF(POSITIVE, 3, 4) } },
    { "where", .build = build_where, .input = { SHAPE_OF(AWAY, 3, 1), SHAPE(4) } },
    { "slice of the middle axis", .build = build_slice, .opts = (const int[]){ 1, 1, 2 },
      .input = { SHAPE(2, 4, 3) } },
    { "slice of the last axis", .build = build_slice, .opts = (const int[]){ 2, 0, 1 },
      .input = { SHAPE(2, 2, 3) } },
    { "pad", .build = build_pad, .opts = (const int64_t[]){ 0, 1, 2, 0, 0, 0, 1, 0, 1, 0, 0, 0 },
      .input = { SHAPE(2, 2, 3) } },
    { "concat along channels", .build = build_concat, .opts = &(const int){ 1 },
      .input = { SHAPE(2, 2, 2, 3), SHAPE(2, 1, 2, 3) } },
    { "concat along the last axis", .build = build_concat, .opts = &(const int){ 1 },
      .input = { SHAPE(3, 2), SHAPE(3, 4) } },
    { "gather", .build = build_gather, .input = { SHAPE(3, 4), SHAPE_OF(LABELS, 7) } },
    { "gather from a vector, one outside", .build = build_gather, .no_peer = true,
      .input = { SHAPE(2), SHAPE_OF(LABELS, 5) } },
    { "dropout", .build = build_dropout, .no_peer = true, .input = { SHAPE(4, 5) } },
    { "drop_path", .build = build_drop_path, .no_peer = true, .input = { SHAPE(6, 2, 2) } },
    { "a gaussian sample", .build = build_gaussian_sample, .no_peer = true,
      .input = { SHAPE(3, 5), SHAPE(3, 5) } },
    { "leaky_relu", .build = build_leaky_relu, .opts = &(const double){ 0.1 },
      .input = { SHAPE_OF(AWAY, 3, 4) } },
    { "gelu_tanh", .build = build_gelu_tanh, .input = { SHAPE(3, 4) } },
    { "silu", .build = build_silu, .input = { SHAPE(3, 4) } },
    { "hard_swish", .build = build_hard_swish, .input = { SHAPE(4, 5) } },
    { "clip", .build = build_clip, .opts = (const double[]){ -0.5, 0.75 }, .input = { SHAPE(3, 4) } },
    { "minimum", .build = build_minimum, .input = { SHAPE(3, 4), SHAPE(4) } },
    { "l2_normalise", .build = build_l2_normalise, .opts = &(const unsigned){ 2 }, .input = { SHAPE(3, 4) } },
    { "log_sum_exp of all", REDUCE(log_sum_exp, 0, false), .input = { SHAPE(2, 3) } },
    { "log_sum_exp of the middle axis, kept", REDUCE(log_sum_exp, 2, true), .input = { SHAPE(2, 3, 2) } },
    { "group_norm", .build = build_group_norm, .opts = &(const int){ 2 },
      .input = { SHAPE(2, 4, 3, 2), SHAPE(4), SHAPE(4) } },
    { "layer_norm", .build = build_layer_norm, .input = { SHAPE(3, 5), SHAPE(5), SHAPE(5) } },
    { "layer_norm of rank 3", .build = build_layer_norm, .input = { SHAPE(2, 2, 4), SHAPE(4), SHAPE(4) } },
    { "conv_transpose2d", .build = build_conv_transpose2d,
      .opts = &(const transposed){ { .pad = { 1, 1 } }, { 0, 0 } },
      .input = { SHAPE(2, 3, 4, 3), SHAPE(3, 2, 3, 3), SHAPE(2) } },
    { "conv_transpose2d stride 2 with an extra row", .build = build_conv_transpose2d,
      .opts = &(const transposed){ { .stride = { 2, 2 }, .pad = { 1, 0 } }, { 1, 0 } },
      .input = { SHAPE(1, 2, 3, 4), SHAPE(2, 3, 3, 2) } },
    { "conv_transpose2d two groups, dilated", .build = build_conv_transpose2d,
      .opts = &(const transposed){ { .groups = 2, .dilation = { 2, 1 } }, { 0, 0 } },
      .input = { SHAPE(1, 4, 2, 3), SHAPE(4, 1, 2, 2), SHAPE(2) } },
    { "adaptive_avg_pool2d, equal windows", .build = build_adaptive_avg_pool2d, .opts = (const int[]){ 2, 3 },
      .input = { SHAPE(2, 2, 4, 6) } },
    { "adaptive_avg_pool2d, overlapping windows", .build = build_adaptive_avg_pool2d,
      .opts = (const int[]){ 2, 3 }, .input = { SHAPE(1, 2, 5, 4) } },
    { "adaptive_avg_pool2d to a larger size", .build = build_adaptive_avg_pool2d,
      .opts = (const int[]){ 5, 3 }, .input = { SHAPE(1, 1, 2, 3) } },
    { "resize2d nearest, whole factors", .build = build_resize2d, .opts = (const int[]){ 6, 6, 0 },
      .input = { SHAPE(2, 2, 3, 2) } },
    { "resize2d nearest, other factors", .build = build_resize2d, .opts = (const int[]){ 4, 3, 0 },
      .input = { SHAPE(1, 2, 3, 5) } },
    { "resize2d bilinear, twice", .build = build_resize2d, .opts = (const int[]){ 6, 4, 1 },
      .input = { SHAPE(2, 2, 3, 2) } },
    { "resize2d bilinear, smaller", .build = build_resize2d, .opts = (const int[]){ 4, 2, 1 },
      .input = { SHAPE(1, 2, 5, 4) } },
    { "reflect_pad2d", .build = build_reflect_pad2d, .opts = (const int[]){ 1, 2, 3, 0 },
      .input = { SHAPE(1, 2, 3, 4) } },
    { "soft_cross_entropy", .build = build_soft_cross_entropy,
      .input = { SHAPE(3, 4), SHAPE_OF(POSITIVE, 3, 4) } },
    { "kl_divergence", .build = build_kl_divergence, .input = { SHAPE(3, 4), SHAPE_OF(POSITIVE, 3, 4) } },
    { "squared_error", .build = build_squared_error, .input = { SHAPE(3, 2, 2), SHAPE(3, 2, 2) } },
    { "absolute_error", .build = build_absolute_error, .input = { SHAPE(5), SHAPE(5) } },
    { "huber_error", .build = build_huber_error, .opts = &(const double){ 0.75 },
      .input = { SHAPE(4, 3), SHAPE(4, 3) } },
    { "one tensor used three times", .build = build_shared_use, .input = { SHAPE(3, 3) } },
    { "a residual network", .build = build_residual_network,
      .input = { SHAPE(2, 2, 3, 3), SHAPE(2, 2, 3, 3), SHAPE_OF(POSITIVE, 2), SHAPE(2), SHAPE(3, 2),
                 SHAPE_OF(LABELS, 2) } },
};

const op_case *op_cases_basic(size_t *count)
{
    *count = sizeof cases / sizeof *cases;
    return cases;
}

const op_case *op_case_at(size_t i)
{
    const op_case *(*const tables[])(size_t * count) = { op_cases_basic, op_cases_networks };
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        size_t count = 0;
        const op_case *table = tables[t](&count);
        if (i < count)
            return &table[i];
        i -= count;
    }
    return NULL;
}

int op_case_inputs(const op_case *c)
{
    int count = 0;
    while (count < OP_CASE_INPUTS && (c->input[count].shape.rank || c->input[count].shape.dim[0]))
        count++;
    return count;
}

double op_case_value(const op_case *c, int input, size_t index)
{
    eh_rng rng = eh_rng_at(index, EH_DRAW_TEST, eh_hash64(c->name, strlen(c->name)), (uint64_t)input);
    double value = eh_rng_normal(&rng);
    if (c->input[input].kind == LABELS)
        return (double)(index % 3);
    if (c->input[input].kind == POSITIVE)
        value = eh_rng_range(&rng, 0.5, 2);
    if (c->input[input].kind == AWAY)
        value = copysign(eh_rng_range(&rng, 0.3, 1.3), value);
    return nearbyint(value * 65536) / 65536;
}
