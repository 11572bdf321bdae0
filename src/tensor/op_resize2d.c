/* op_resize2d.c - images of another size, by resample2d.
 *
 *   nearest   s = floor(i H / h)
 *   bilinear  s = max((i + 0.5) H / h - 0.5, 0); corners: s = i (H - 1) / (h - 1), 0 where h = 1
 *             y_i = (1 - t) x_k + t x_min(k+1, H-1), k = floor s, t = s - k
 *
 * Source PyTorch's interpolate. Shrinking takes no average (use adaptive_avg_pool2d or augmentation's area resize).
 * Trap   align_corners is another map: weights trained with one drift with the other. */
#include "tensor/resample.h"

#include <math.h>

static double nearest(int64_t to, int64_t outputs, int64_t inputs, int64_t before)
{
    (void)before;
    return (double)(to * inputs / outputs);
}

static double bilinear(int64_t to, int64_t outputs, int64_t inputs, int64_t before)
{
    double source = fmax(((double)to + 0.5) * (double)inputs / (double)outputs - 0.5, 0);
    (void)before;
    return fmin(source, (double)(inputs - 1));
}

static double corners(int64_t to, int64_t outputs, int64_t inputs, int64_t before)
{
    (void)before;
    return outputs > 1 ? (double)(to * (inputs - 1)) / (double)(outputs - 1) : 0;
}

eh_tensor *eh_resize2d(eh_graph *g, eh_tensor *x, int64_t height, int64_t width, eh_interpolation mode)
{
    static const eh_source_of source[] = { nearest, bilinear, corners };
    if (!x)
        return NULL;
    if (x->shape.rank != 4 || height < 1 || width < 1)
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "resize2d: images [N,C,H,W] and a size of at least 1 x 1 are needed, not %s and "
                             "%d x %d",
                             eh_words(x->shape).text, (int)height, (int)width);
    return eh_resample2d(g, x, height, width, (eh_resample_kind)mode, source[mode],
                         (const int64_t[]){ 0, 0 });
}
