/* op_sum.c - sum over axes.
 *
 * y = sum of x over the axes;  dx = dy repeated along them.
 * Trap   Naive f32 sums over many elements lose digits: kernels keep f64 or pairwise partial sums. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_unreduce(g, dy[0], node);
    return EH_OK;
}

const eh_op eh_op_sum = {
    .entry = { .name = "sum", .summary = "sum over axes" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_reduce),
    .infer = eh_infer_reduce,
    .grad = grad,
};

eh_tensor *eh_sum(eh_graph *g, eh_tensor *x, unsigned axes, bool keep)
{
    return eh_reduce_node(g, &eh_op_sum, x, axes, keep);
}
