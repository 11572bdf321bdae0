/* parity_images.c - graphs of what acts on images as convolutions leave them: in blocks of channels, some of them not full. */
#include "support/parity_trial.h"

/* Images with a number for each plane, sample or place. p: which | n c h w | n c h w of the other | the other first */
static void image_case(trial *t, const int *p)
{
    eh_tensor *(*const f[])(eh_graph *, eh_tensor *, eh_tensor *) = { eh_add,     eh_sub,     eh_mul,  eh_div,
                                                                      eh_greater, eh_maximum, eh_equal };
    eh_tensor *a = trial_convolved(t, p[1], p[2], p[3], p[4]), *b = trial_in(t, trial_dims(p + 5, 4));
    t->error_bf16 = p[0] >= PARITY_GREATER ? TRIAL_KINKED : 0;
    if (f[p[0]] == eh_div && p[9])
        a = trial_positive(t, a);
    else if (f[p[0]] == eh_div)
        b = trial_positive(t, b);
    eh_tensor *y = p[9] ? f[p[0]](t->g, b, a) : f[p[0]](t->g, a, b);
    trial_finish(t, f[p[0]] == eh_div ? y : eh_mul(t->g, y, a));
}

/* Pooling of all kinds, resizing, mirroring. p: n c h w | which | convolved */
static void windows_case(trial *t, const int *p)
{
    eh_graph *g = t->g;
    eh_tensor *x = p[5] ? trial_convolved(t, p[0], p[1], p[2], p[3]) : trial_in(t, trial_dims(p, 4));
    eh_pool2d_opts pool = {
        .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1 }, .ceil_mode = true, .exclude_pad = true
    };
    int64_t h = p[2], w = p[3];
    t->error_bf16 = p[4] < 3 ? TRIAL_KINKED : 0;
    switch (p[4]) {
    case 0:
        return trial_finish(t, eh_add(g, eh_max_pool2d(g, x, pool), eh_avg_pool2d(g, x, pool)));
    case 1:
        return trial_finish(t, eh_add(g, eh_adaptive_max_pool2d(g, x, 3, 2),
                                      eh_adaptive_avg_pool2d(g, x, 3, 2)));
    case 2:
        return trial_finish(t, eh_add(g, eh_global_max_pool(g, x), eh_global_avg_pool(g, x)));
    case 3:
        return trial_finish(t, eh_resize2d(g, x, 2 * h, 3 * w, EH_INTERPOLATE_NEAREST));
    case 4:
        return trial_finish(t, eh_resize2d(g, x, 2 * h, 3 * w + 1, EH_INTERPOLATE_BILINEAR));
    case 5:
        return trial_finish(t, eh_resize2d(g, x, h - 2, w / 2, EH_INTERPOLATE_CORNERS));
    default:
        return trial_finish(t, eh_reflect_pad2d(g, x, 1, 2, 3, 0));
    }
}

/* p: n c h w | axis, channels of the second part */
static void concat_case(trial *t, const int *p)
{
    int channels = p[4] == 1 ? p[5] : p[1];
    eh_tensor *a = trial_convolved(t, p[0], p[1], p[2], p[3]),
              *b = trial_convolved(t, p[0], channels, p[2], p[3]);
    eh_tensor *y = eh_concat(t->g, (eh_tensor *[]){ a, b, trial_in(t, eh_tensor_shape(a)) }, 3, p[4]);
    int64_t size = eh_tensor_shape(a).dim[p[4]];
    eh_tensor *part = eh_slice(t->g, y, p[4], eh_tensor_shape(y).dim[p[4]] - size, size);
    trial_finish(t, eh_mul(t->g, part, eh_slice(t->g, y, p[4], 0, size)));
}

static const parity_case cases[] = {
    /* which | n c h w | n c h w of the other | the other first */
    { "mul by gates", image_case, { PARITY_MUL, 3, 24, 5, 4, 3, 24, 1, 1, 0 } },
    { "mul by gates, large", image_case, { PARITY_MUL, 8, 64, 33, 33, 8, 64, 1, 1, 1 } },
    { "add of a channel's bias", image_case, { PARITY_ADD, 3, 20, 5, 4, 1, 20, 1, 1, 0 } },
    { "sub from a sample's number", image_case, { PARITY_SUB, 3, 20, 5, 4, 3, 1, 1, 1, 1 } },
    { "div by a channel's number", image_case, { PARITY_DIV, 2, 9, 5, 4, 1, 9, 1, 1, 0 } },
    { "div of a sample's number", image_case, { PARITY_DIV, 2, 9, 5, 4, 2, 1, 1, 1, 1 } },
    { "greater than places", image_case, { PARITY_GREATER, 2, 20, 5, 4, 1, 1, 5, 4, 0 } },
    { "maximum with places of samples", image_case, { PARITY_MAXIMUM, 2, 20, 5, 4, 2, 1, 5, 4, 1 } },
    { "equal to a number", image_case, { PARITY_EQUAL, 2, 20, 5, 4, 1, 1, 1, 1, 0 } },
    { "mul by columns", image_case, { PARITY_MUL, 2, 20, 5, 4, 1, 20, 1, 4, 0 } },
    /* n c h w | which | convolved */
    { "pools, ceil mode, no padding", windows_case, { 2, 20, 8, 7, 0, 1 } },
    { "pools, ceil mode, no padding, row-major", windows_case, { 2, 3, 8, 7, 0, 0 } },
    { "adaptive pools", windows_case, { 2, 20, 8, 7, 1, 1 } },
    { "adaptive pools, row-major", windows_case, { 2, 3, 8, 7, 1, 0 } },
    { "global pools", windows_case, { 3, 33, 9, 7, 2, 1 } },
    { "nearest", windows_case, { 2, 20, 5, 4, 3, 1 } },
    { "nearest, row-major", windows_case, { 2, 3, 5, 4, 3, 0 } },
    { "bilinear", windows_case, { 2, 32, 5, 4, 4, 1 } },
    { "bilinear, row-major", windows_case, { 2, 3, 5, 4, 4, 0 } },
    { "bilinear, large", windows_case, { 4, 64, 33, 17, 4, 1 } },
    { "smaller, corners", windows_case, { 2, 20, 9, 8, 5, 1 } },
    { "mirrored", windows_case, { 2, 20, 6, 5, 6, 1 } },
    /* n c h w | axis, channels of the second part */
    { "concat of channels", concat_case, { 2, 32, 3, 4, 1, 16 } },
    { "concat of channels, a part of a block last", concat_case, { 2, 16, 3, 4, 1, 48 } },
    { "concat of odd channels", concat_case, { 2, 12, 3, 4, 1, 20 } },
    { "concat of samples", concat_case, { 2, 20, 3, 4, 0, 0 } },
    { "concat of rows", concat_case, { 2, 20, 3, 4, 2, 0 } },
    { "concat of columns", concat_case, { 2, 20, 3, 4, 3, 0 } },
};

const parity_case *parity_images(size_t *count)
{
    *count = sizeof cases / sizeof *cases;
    return cases;
}
