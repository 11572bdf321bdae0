/* op_cases_networks.c - small graphs of what networks and their losses need beyond op_cases.c. */
#include "support/op_cases.h"

/* ---- what is built ---- */

#define UNARY(name)                                                               \
    static eh_tensor *build_##name(eh_graph *g, eh_tensor **in, const void *opts) \
    {                                                                             \
        (void)opts;                                                               \
        return eh_##name(g, in[0]);                                               \
    }
UNARY(global_max_pool)
UNARY(silu)
UNARY(hard_swish)
UNARY(gelu_tanh)
UNARY(gelu)

#define BINARY(name)                                                              \
    static eh_tensor *build_##name(eh_graph *g, eh_tensor **in, const void *opts) \
    {                                                                             \
        (void)opts;                                                               \
        return eh_##name(g, in[0], in[1]);                                        \
    }
BINARY(soft_cross_entropy)
BINARY(kl_divergence)
BINARY(gaussian_kl)

static eh_tensor *build_max_pool2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_max_pool2d(g, in[0], *(const eh_pool2d_opts *)opts);
}

static eh_tensor *build_avg_pool2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_avg_pool2d(g, in[0], *(const eh_pool2d_opts *)opts);
}

static eh_tensor *build_adaptive_max_pool2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    const int *size = opts;
    return eh_adaptive_max_pool2d(g, in[0], size[0], size[1]);
}

static eh_tensor *build_resize2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    const int *size = opts;
    return eh_resize2d(g, in[0], size[0], size[1], (eh_interpolation)size[2]);
}

static eh_tensor *build_conv2d(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_conv2d(g, in[0], in[1], in[2], *(const eh_conv2d_opts *)opts);
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

/* a where a < b, else b where a is not b, plus the products: comparisons as masks. */
static eh_tensor *build_comparisons(eh_graph *g, eh_tensor **in, const void *opts)
{
    eh_tensor *less = eh_mul(g, eh_less(g, in[0], in[1]), in[0]);
    eh_tensor *equal =
        eh_mul(g, eh_equal(g, eh_greater(g, in[0], in[1]), eh_full(g, eh_shape_of(0), 1)), in[1]);
    (void)opts;
    return eh_add(g, less, equal);
}

static eh_tensor *build_leaky_relu(eh_graph *g, eh_tensor **in, const void *opts)
{
    return eh_leaky_relu(g, in[0], *(const double *)opts);
}

static eh_tensor *build_gaussian_sample(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_gaussian_sample(g, in[0], in[1], eh_full(g, eh_shape_of(0), 4));
}

/* opts: smoothing, ignored label (-1: none). Inputs: logits, labels[, class weights]. */
static eh_tensor *build_weighted_cross_entropy(eh_graph *g, eh_tensor **in, const void *opts)
{
    const double *o = opts;
    return eh_weighted_cross_entropy(g, in[0], in[1],
                                     (eh_cross_entropy_opts){ .smoothing = o[0],
                                                              .class_weights = in[2],
                                                              .has_ignored = o[1] >= 0,
                                                              .ignored = (int32_t)o[1] });
}

/* The mean as PyTorch takes it. */
static eh_tensor *build_mean_cross_entropy(eh_graph *g, eh_tensor **in, const void *opts)
{
    eh_cross_entropy_opts o = { .class_weights = in[2], .has_ignored = true, .ignored = *(const int *)opts };
    eh_tensor *loss = eh_sum(g, eh_weighted_cross_entropy(g, in[0], in[1], o), 0, false);
    return eh_div(g, loss, eh_sum(g, eh_label_weights(g, in[1], in[0]->shape.dim[1], o), 0, false));
}

static eh_tensor *build_sigmoid_cross_entropy(eh_graph *g, eh_tensor **in, const void *opts)
{
    (void)opts;
    return eh_sigmoid_cross_entropy(g, in[0], in[1], in[2]);
}

static eh_tensor *build_dice_loss(eh_graph *g, eh_tensor **in, const void *opts)
{
    eh_tensor *target = eh_one_hot_channels(g, in[1], in[0]->shape.dim[1]);
    return eh_dice_loss(g, in[0], target, *(const double *)opts);
}

/* Squeeze and excitation: x times a gate for each channel, made from the channels' means. */
static eh_tensor *build_squeeze_excitation(eh_graph *g, eh_tensor **in, const void *opts)
{
    eh_tensor *x = eh_conv2d(g, in[0], in[1], NULL, (eh_conv2d_opts){ 0 });
    eh_tensor *gate =
        eh_sigmoid(g, eh_linear(g, eh_silu(g, eh_linear(g, eh_global_avg_pool(g, x), in[2], NULL)), in[3],
                                NULL));
    (void)opts;
    return eh_mul(g, x, eh_reshape(g, gate, eh_shape_of(4, x->shape.dim[0], x->shape.dim[1], 1, 1)));
}

/* Images as a convolution leaves them, with what adds, multiplies and sums per channel, per sample and per place. */
static eh_tensor *build_image_broadcasts(eh_graph *g, eh_tensor **in, const void *opts)
{
    eh_tensor *x = eh_conv2d(g, in[0], in[1], NULL, (eh_conv2d_opts){ 0 });
    (void)opts;
    x = eh_add(g, eh_mul(g, x, in[2]), in[3]); /* [N,C,1,1], [1,C,1,1] */
    x = eh_sub(g, in[4], eh_mul(g, x, in[5])); /* [N,1,1,1], [H,W] */
    return eh_div(g, x, eh_affine(g, eh_sum(g, eh_square(g, x), 12, true), 1, 1));
}

/* Concatenation of what convolutions leave, and a slice that cuts through both. */
static eh_tensor *build_image_concat(eh_graph *g, eh_tensor **in, const void *opts)
{
    const int *cut = opts;
    eh_tensor *a = eh_conv2d(g, in[0], in[1], NULL, (eh_conv2d_opts){ 0 }),
              *b = eh_conv2d(g, in[0], in[2], NULL, (eh_conv2d_opts){ 0 });
    eh_tensor *y = eh_concat(g, (eh_tensor *[]){ a, b, a }, 3, cut[0]);
    return eh_slice(g, eh_square(g, y), cut[0], cut[1], cut[2]);
}

/* A transformer's block on [B,T,D]: layer norm, two heads of attention, a residual. Inputs x, scale, shift, qkv weight and bias, out weight. */
static eh_tensor *build_attention_block(eh_graph *g, eh_tensor **in, const void *opts)
{
    int64_t b = in[0]->shape.dim[0], t = in[0]->shape.dim[1], d = in[0]->shape.dim[2], heads = 2;
    eh_tensor *x = eh_layer_norm(g, in[0], in[1], in[2], 1e-5), *part[3];
    (void)opts;
    x = eh_reshape(g, eh_linear(g, x, in[3], in[4]), eh_shape_of(5, b, t, 3, heads, d / heads));
    x = eh_permute(g, x, (const int[]){ 2, 0, 3, 1, 4 });
    for (int i = 0; i < 3; i++)
        part[i] = eh_reshape(g, eh_slice(g, x, 0, i, 1), eh_shape_of(3, b * heads, t, d / heads));
    x = eh_reshape(g, eh_attention(g, part[0], part[1], part[2]), eh_shape_of(4, b, heads, t, d / heads));
    x = eh_reshape(g, eh_permute(g, x, (const int[]){ 0, 2, 1, 3 }), eh_shape_of(3, b, t, d));
    return eh_add(g, in[0], eh_linear(g, x, in[5], NULL));
}

/* ---- the cases ---- */

static const op_case cases[] = {
    { "max_pool2d, ceil mode", POOL(max_pool2d, .kernel = { 3, 2 }, .stride = { 2, 2 }, .ceil_mode = true),
      .input = { SHAPE(2, 2, 6, 5) } },
    { "max_pool2d, ceil mode, padded",
      POOL(max_pool2d, .kernel = { 3, 3 }, .stride = { 2, 3 }, .pad = { 1, 1 }, .ceil_mode = true),
      .input = { SHAPE(1, 2, 6, 6) } },
    { "avg_pool2d, ceil mode, padded",
      POOL(avg_pool2d, .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1 }, .ceil_mode = true),
      .input = { SHAPE(1, 2, 6, 5) } },
    { "avg_pool2d without its padding",
      POOL(avg_pool2d, .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1 }, .exclude_pad = true),
      .input = { SHAPE(2, 2, 5, 6) } },
    { "avg_pool2d, ceil mode, without its padding",
      POOL(avg_pool2d, .kernel = { 2, 3 }, .stride = { 2, 2 }, .pad = { 1, 1 }, .ceil_mode = true,
           .exclude_pad = true),
      .input = { SHAPE(1, 2, 6, 6) } },
    { "adaptive_max_pool2d, equal windows", .build = build_adaptive_max_pool2d, .opts = (const int[]){ 2, 3 },
      .input = { SHAPE(2, 2, 4, 6) } },
    { "adaptive_max_pool2d, overlapping windows", .build = build_adaptive_max_pool2d,
      .opts = (const int[]){ 3, 2 }, .input = { SHAPE(1, 2, 5, 3) } },
    { "global_max_pool", .build = build_global_max_pool, .input = { SHAPE(2, 3, 3, 4) } },
    { "resize2d with corners that meet", .build = build_resize2d,
      .opts = (const int[]){ 5, 7, EH_INTERPOLATE_CORNERS }, .input = { SHAPE(2, 2, 3, 4) } },
    { "resize2d with corners that meet, to one row", .build = build_resize2d,
      .opts = (const int[]){ 1, 2, EH_INTERPOLATE_CORNERS }, .input = { SHAPE(1, 2, 3, 4) } },
    { "resize2d bilinear from one pixel", .build = build_resize2d,
      .opts = (const int[]){ 3, 2, EH_INTERPOLATE_BILINEAR }, .input = { SHAPE(2, 2, 1, 1) } },
    { "resize2d bilinear, 2.5 times and 2/3", .build = build_resize2d,
      .opts = (const int[]){ 5, 4, EH_INTERPOLATE_BILINEAR }, .input = { SHAPE(1, 2, 2, 6) } },
    { "conv2d depthwise 5x5, dilated", CONV(.groups = 4, .dilation = { 2, 1 }, .pad = { 4, 2 }),
      .input = { SHAPE(1, 4, 5, 6), SHAPE(4, 1, 5, 5), SHAPE(4) } },
    { "conv2d depthwise, two outputs for each input", CONV(.groups = 3, .pad = { 1, 1 }),
      .input = { SHAPE(2, 3, 4, 4), SHAPE(6, 1, 3, 3) } },
    { "conv_transpose2d depthwise, stride 2", .build = build_conv_transpose2d,
      .opts = &(const transposed){ { .groups = 3, .stride = { 2, 2 }, .pad = { 1, 1 } }, { 1, 1 } },
      .input = { SHAPE(2, 3, 3, 2), SHAPE(3, 1, 3, 3), SHAPE(3) } },
    { "conv_transpose2d groups, stride, dilation, extra", .build = build_conv_transpose2d,
      .opts = &(const transposed){ { .groups = 2, .stride = { 3, 2 }, .dilation = { 1, 2 }, .pad = { 1, 2 } },
                                   { 2, 1 } },
      .input = { SHAPE(1, 4, 3, 3), SHAPE(4, 3, 2, 3), SHAPE(6) } },
    { "matmul, batches of two axes", MATMUL(false, true), .input = { SHAPE(2, 3, 2, 4), SHAPE(2, 3, 5, 4) } },
    { "matmul, batches broadcast", MATMUL(true, false), .input = { SHAPE(2, 1, 4, 3), SHAPE(3, 4, 2) } },
    { "matmul of batches and one matrix", MATMUL(false, true), .input = { SHAPE(2, 2, 3, 4), SHAPE(5, 4) } },
    { "matmul of one matrix and batches", MATMUL(false, false), .input = { SHAPE(3, 4), SHAPE(2, 4, 2) } },
    { "linear on the last axis", .build = build_linear, .input = { SHAPE(2, 3, 5), SHAPE(4, 5), SHAPE(4) } },
    { "less, equal", .build = build_comparisons, .input = { SHAPE(3, 4), SHAPE(4) } },
    { "silu, large", .build = build_silu, .input = { SHAPE(5, 33) } },
    { "hard_swish, large", .build = build_hard_swish, .input = { SHAPE(5, 33) } },
    { "gelu_tanh, large", .build = build_gelu_tanh, .input = { SHAPE(5, 33) } },
    { "gelu, large", .build = build_gelu, .input = { SHAPE(5, 33) } },
    { "leaky_relu, negative slope", .build = build_leaky_relu, .opts = &(const double){ -0.25 },
      .input = { SHAPE_OF(AWAY, 3, 17) } },
    { "gaussian_sample", .build = build_gaussian_sample, .no_peer = true,
      .input = { SHAPE(3, 5), SHAPE(3, 5) } },
    { "cross entropy, class weights", .build = build_weighted_cross_entropy,
      .opts = (const double[]){ 0, -1 },
      .input = { SHAPE(5, 3), SHAPE_OF(LABELS, 5), SHAPE_OF(POSITIVE, 3) } },
    { "cross entropy, class weights, smoothed, ignored", .build = build_weighted_cross_entropy,
      .opts = (const double[]){ 0.2, 1 },
      .input = { SHAPE(5, 4), SHAPE_OF(LABELS, 5), SHAPE_OF(POSITIVE, 4) } },
    { "cross entropy of pixels", .build = build_weighted_cross_entropy, .opts = (const double[]){ 0, -1 },
      .input = { SHAPE(2, 4, 2, 3), SHAPE_OF(LABELS, 2, 2, 3) } },
    { "cross entropy of pixels, all options", .build = build_weighted_cross_entropy,
      .opts = (const double[]){ 0.1, 2 },
      .input = { SHAPE(2, 3, 2, 2), SHAPE_OF(LABELS, 2, 2, 2), SHAPE_OF(POSITIVE, 3) } },
    { "cross entropy of pixels, weighted mean", .build = build_mean_cross_entropy, .opts = &(const int){ 0 },
      .input = { SHAPE(2, 3, 2, 2), SHAPE_OF(LABELS, 2, 2, 2), SHAPE_OF(POSITIVE, 3) } },
    { "soft cross entropy of pixels", .build = build_soft_cross_entropy,
      .input = { SHAPE(2, 3, 2, 2), SHAPE_OF(POSITIVE, 2, 3, 2, 2) } },
    { "kl_divergence of pixels", .build = build_kl_divergence,
      .input = { SHAPE(2, 3, 2, 2), SHAPE_OF(POSITIVE, 2, 3, 2, 2) } },
    { "sigmoid_cross_entropy", .build = build_sigmoid_cross_entropy,
      .input = { SHAPE(3, 4), SHAPE_OF(POSITIVE, 3, 4) } },
    { "sigmoid_cross_entropy, positive weights", .build = build_sigmoid_cross_entropy,
      .input = { SHAPE(3, 4), SHAPE_OF(POSITIVE, 3, 4), SHAPE_OF(POSITIVE, 4) } },
    { "gaussian_kl", .build = build_gaussian_kl, .input = { SHAPE(3, 5), SHAPE(3, 5) } },
    { "dice_loss", .build = build_dice_loss, .opts = &(const double){ 1 },
      .input = { SHAPE_OF(POSITIVE, 2, 3, 2, 3), SHAPE_OF(LABELS, 2, 2, 3) } },
    { "squeeze and excitation", .build = build_squeeze_excitation,
      .input = { SHAPE(2, 6, 3, 2), SHAPE(18, 6, 1, 1), SHAPE(3, 18), SHAPE(18, 3) } },
    { "broadcasts over images", .build = build_image_broadcasts,
      .input = { SHAPE(2, 5, 2, 3), SHAPE(7, 5, 1, 1), SHAPE(2, 7, 1, 1), SHAPE(7, 1, 1), SHAPE(2, 1, 1, 1),
                 SHAPE(2, 3) } },
    { "concat and slice of images' channels", .build = build_image_concat, .opts = (const int[]){ 1, 16, 24 },
      .input = { SHAPE(2, 5, 2, 2), SHAPE(16, 5, 1, 1), SHAPE(8, 5, 1, 1) } },
    { "concat and slice of odd channels", .build = build_image_concat, .opts = (const int[]){ 1, 5, 9 },
      .input = { SHAPE(2, 5, 2, 1), SHAPE(6, 5, 1, 1), SHAPE(7, 5, 1, 1) } },
    { "concat and slice of samples", .build = build_image_concat, .opts = (const int[]){ 0, 1, 4 },
      .input = { SHAPE(2, 5, 2, 2), SHAPE(6, 5, 1, 1), SHAPE(6, 5, 1, 1) } },
    { "concat and slice of rows", .build = build_image_concat, .opts = (const int[]){ 2, 1, 4 },
      .input = { SHAPE(1, 5, 2, 3), SHAPE(6, 5, 1, 1), SHAPE(6, 5, 1, 1) } },
    { "a block of attention", .build = build_attention_block,
      .input = { SHAPE(2, 3, 4), SHAPE(4), SHAPE(4), SHAPE(12, 4), SHAPE(12), SHAPE(4, 4) } },
};

const op_case *op_cases_networks(size_t *count)
{
    *count = sizeof cases / sizeof *cases;
    return cases;
}
