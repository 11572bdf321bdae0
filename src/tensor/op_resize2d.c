/* op_resize2d.c - images of another size, composed.
 *
 *   nearest   y_i = x_floor(i H / h); whole factors are a repetition (broadcast), others a matrix of ones and zeros
 *   bilinear  source s = max((i + 0.5) H / h - 0.5, 0), y_i = (1 - t) x_k + t x_min(k+1, H-1), k = floor s, t = s - k
 *
 * Source PyTorch's interpolate(align_corners=False). Shrinking takes no average (use adaptive_avg_pool2d or augmentation's area resize).
 * Trap   align_corners=True is another map; weights trained with one drift with the other. */
#include "tensor/separable.h"

#include <math.h>

static double nearest(int64_t to, int64_t outputs, int64_t from, int64_t inputs, const void *user)
{
    (void)user;
    return to * inputs / outputs == from ? 1 : 0;
}

static double bilinear(int64_t to, int64_t outputs, int64_t from, int64_t inputs, const void *user)
{
    double source = fmax(((double)to + 0.5) * (double)inputs / (double)outputs - 0.5, 0);
    int64_t first = (int64_t)source, second = first + 1 < inputs ? first + 1 : inputs - 1;
    double share = source - (double)first, weight = 0;
    (void)user;
    if (from == first)
        weight += 1 - share;
    if (from == second)
        weight += share;
    return weight;
}

/* Every element becomes a block: [N,C,H,1,W,1] -> [N,C,H,h/H,W,w/W]. */
static eh_tensor *repeat(eh_graph *g, eh_tensor *x, int64_t height, int64_t width)
{
    const int64_t *d = x->shape.dim;
    eh_shape blocks = eh_shape_of(6, d[0], d[1], d[2], height / d[2], d[3], width / d[3]);
    eh_tensor *t = eh_reshape(g, x, eh_shape_of(6, d[0], d[1], d[2], 1, d[3], 1));
    return eh_reshape(g, eh_broadcast_to(g, t, blocks), eh_shape_of(4, d[0], d[1], height, width));
}

eh_tensor *eh_resize2d(eh_graph *g, eh_tensor *x, int64_t height, int64_t width, eh_interpolation mode)
{
    if (!x)
        return NULL;
    if (x->shape.rank != 4 || height < 1 || width < 1)
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "resize2d: images [N,C,H,W] and a size of at least 1 x 1 are needed, not %s and "
                             "%d x %d",
                             eh_words(x->shape).text, (int)height, (int)width);
    if (mode == EH_INTERPOLATE_NEAREST && height % x->shape.dim[2] == 0 && width % x->shape.dim[3] == 0)
        return repeat(g, x, height, width);
    return eh_separable(g, x, height, width, mode == EH_INTERPOLATE_NEAREST ? nearest : bilinear, NULL, NULL);
}
