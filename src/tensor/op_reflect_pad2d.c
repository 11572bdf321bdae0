/* op_reflect_pad2d.c - images larger by their own mirror image, by resample2d.
 *
 *   y_i = x_|i - before| below the last element, mirrored there too; the edge itself is not repeated (PyTorch's reflect). */
#include "tensor/resample.h"

static double mirrored(int64_t to, int64_t outputs, int64_t inputs, int64_t before)
{
    int64_t source = to - before;
    (void)outputs;
    if (source < 0)
        source = -source;
    if (source >= inputs)
        source = 2 * (inputs - 1) - source;
    return (double)source;
}

eh_tensor *eh_reflect_pad2d(eh_graph *g, eh_tensor *x, int64_t top, int64_t bottom, int64_t left,
                            int64_t right)
{
    if (!x)
        return NULL;
    const int64_t *d = x->shape.dim;
    if (x->shape.rank != 4 || top < 0 || bottom < 0 || left < 0 || right < 0 || top >= d[2] ||
        bottom >= d[2] || left >= d[3] || right >= d[3])
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "reflect_pad2d: %d, %d rows and %d, %d columns cannot be mirrored at the edges "
                             "of %s",
                             (int)top, (int)bottom, (int)left, (int)right, eh_words(x->shape).text);
    return eh_resample2d(g, x, d[2] + top + bottom, d[3] + left + right, EH_RESAMPLE_REFLECT, mirrored,
                         (const int64_t[]){ top, left });
}
