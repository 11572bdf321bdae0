/* separable.c - linear maps of image planes that act on rows and columns apart. */
#include "tensor/separable.h"

/* The matrix [outputs, inputs] of one axis. */
static eh_tensor *matrix(eh_graph *g, int64_t outputs, int64_t inputs, eh_weight_of weight, const void *user)
{
    size_t count = (size_t)(outputs * inputs);
    float *value = eh_alloc_raw(count, sizeof *value);
    eh_tensor *t = NULL;
    if (!value) {
        eh_error err = { 0 };
        eh_fail_memory(&err, "a resizing matrix", count, sizeof *value);
        return eh_graph_fail(g, err.status, "%s", err.message);
    }
    for (int64_t to = 0; to < outputs; to++)
        for (int64_t from = 0; from < inputs; from++)
            value[to * inputs + from] = (float)weight(to, outputs, from, inputs, user);
    t = eh_constant(g, eh_shape_of(2, outputs, inputs), value);
    eh_free(value);
    return t;
}

/* [planes, rows, columns] -> [planes, columns, rows]. */
static eh_tensor *flip(eh_graph *g, eh_tensor *x)
{
    static const int order[] = { 0, 2, 1 };
    return eh_permute(g, x, order);
}

eh_tensor *eh_separable(eh_graph *g, eh_tensor *x, int64_t height, int64_t width, eh_weight_of weight,
                        const void *row_user, const void *column_user)
{
    if (!x)
        return NULL;
    const int64_t *d = x->shape.dim;
    int64_t planes = d[0] * d[1];
    eh_tensor *t = eh_reshape(g, x, eh_shape_of(2, planes * d[2], d[3]));
    t = eh_matmul(g, t, matrix(g, width, d[3], weight, column_user), false, true);
    t = flip(g, eh_reshape(g, t, eh_shape_of(3, planes, d[2], width)));
    t = eh_reshape(g, t, eh_shape_of(2, planes * width, d[2]));
    t = eh_matmul(g, t, matrix(g, height, d[2], weight, row_user), false, true);
    t = flip(g, eh_reshape(g, t, eh_shape_of(3, planes, width, height)));
    return eh_reshape(g, t, eh_shape_of(4, d[0], d[1], height, width));
}
