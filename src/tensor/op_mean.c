/* op_mean.c - mean over axes.
 *
 * y = (1/n) sum of x over the axes, n elements each;  dx = dy / n repeated along them. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    const eh_attr_reduce *attr = node->attr;
    double n = (double)eh_axes_elements(node->input[0]->shape, attr->axes);
    dx[0] = eh_unreduce(g, eh_affine(g, dy[0], 1 / n, 0), node);
    return EH_OK;
}

const eh_op eh_op_mean = {
    .entry = { .name = "mean", .summary = "mean over axes" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_reduce),
    .infer = eh_infer_reduce,
    .grad = grad,
};

eh_tensor *eh_mean(eh_graph *g, eh_tensor *x, unsigned axes, bool keep)
{
    return eh_reduce_node(g, &eh_op_mean, x, axes, keep);
}
