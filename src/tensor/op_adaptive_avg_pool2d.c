/* op_adaptive_avg_pool2d.c - averages over as many windows as the result has places, composed.
 *
 *   output i covers inputs floor(i H / h) to ceil((i + 1) H / h) - 1; windows overlap by one where h does not divide H.
 * Equal windows are avg_pool2d; others two matrix products with ones and zeros and a division by the windows' sizes.
 * Source PyTorch's adaptive_avg_pool2d. */
#include "tensor/separable.h"

static int64_t first_of(int64_t to, int64_t outputs, int64_t inputs)
{
    return to * inputs / outputs;
}

static int64_t end_of(int64_t to, int64_t outputs, int64_t inputs)
{
    return ((to + 1) * inputs + outputs - 1) / outputs;
}

static double covers(int64_t to, int64_t outputs, int64_t from, int64_t inputs, const void *user)
{
    (void)user;
    return from >= first_of(to, outputs, inputs) && from < end_of(to, outputs, inputs) ? 1 : 0;
}

/* The number of elements of every window, [h,w]. */
static eh_tensor *window_sizes(eh_graph *g, int64_t height, int64_t width, const int64_t *d)
{
    size_t count = (size_t)(height * width);
    float *value = eh_alloc_raw(count, sizeof *value);
    eh_tensor *t = NULL;
    if (!value) {
        eh_error err = { 0 };
        eh_fail_memory(&err, "sizes of pooling windows", count, sizeof *value);
        return eh_graph_fail(g, err.status, "%s", err.message);
    }
    for (int64_t i = 0; i < height; i++)
        for (int64_t j = 0; j < width; j++)
            value[i * width + j] = (float)((end_of(i, height, d[2]) - first_of(i, height, d[2])) *
                                           (end_of(j, width, d[3]) - first_of(j, width, d[3])));
    t = eh_constant(g, eh_shape_of(2, height, width), value);
    eh_free(value);
    return t;
}

eh_tensor *eh_adaptive_avg_pool2d(eh_graph *g, eh_tensor *x, int64_t height, int64_t width)
{
    if (!x)
        return NULL;
    const int64_t *d = x->shape.dim;
    if (x->shape.rank != 4 || height < 1 || width < 1)
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "adaptive_avg_pool2d: images [N,C,H,W] and a size of at least 1 x 1 are needed, "
                             "not %s and %d x %d",
                             eh_words(x->shape).text, (int)height, (int)width);
    if (d[2] % height == 0 && d[3] % width == 0)
        return eh_avg_pool2d(g, x,
                             (eh_pool2d_opts){ .kernel = { (int)(d[2] / height), (int)(d[3] / width) } });
    eh_tensor *sum = eh_separable(g, x, height, width, covers, NULL, NULL);
    return eh_div(g, sum, window_sizes(g, height, width, d));
}
