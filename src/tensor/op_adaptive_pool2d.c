/* op_adaptive_pool2d.c - averages and maxima over as many windows as the result has places.
 *
 * The windows of pool_shape.c in the nodes avg_pool2d and max_pool2d: equal ones side by side where the sizes divide, else overlapping by one. An
 * average divides by the size of its own window.
 * Source PyTorch's adaptive_avg_pool2d and adaptive_max_pool2d. */
#include "tensor/pool_shape.h"

static eh_tensor *build(eh_graph *g, const eh_op *op, const char *name, eh_tensor *x, int64_t height,
                        int64_t width)
{
    eh_attr_pool2d attr;
    return eh_pool2d_adaptive(g, &attr, name, x, height, width) ? eh_graph_node(g, op, &x, 1, &attr) : NULL;
}

eh_tensor *eh_adaptive_avg_pool2d(eh_graph *g, eh_tensor *x, int64_t height, int64_t width)
{
    return build(g, &eh_op_avg_pool2d, "adaptive_avg_pool2d", x, height, width);
}

eh_tensor *eh_adaptive_max_pool2d(eh_graph *g, eh_tensor *x, int64_t height, int64_t width)
{
    return build(g, &eh_op_max_pool2d, "adaptive_max_pool2d", x, height, width);
}
