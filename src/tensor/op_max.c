/* op_max.c - largest value over axes.
 *
 * y = max of x over the axes;  dx = max_mask(x) dy: the first maximum in row-major order takes the whole gradient.
 * max_mask(x) is 1 at the first maximum of each reduced group and 0 elsewhere; constant almost everywhere, so it has no gradient and
 * second derivatives come out right. */
#include "tensor/shape.h"

static eh_status infer_mask(eh_node *node, eh_error *err)
{
    EH_TRY(eh_infer_reduce(node, err));
    eh_node_output(node, 0, node->input[0]->shape, EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    eh_tensor *mask = eh_graph_node(g, &eh_op_max_mask, node->input, 1, node->attr);
    dx[0] = eh_mul(g, mask, eh_unreduce(g, dy[0], node));
    return EH_OK;
}

const eh_op eh_op_max = {
    .entry = { .name = "max", .summary = "largest value over axes" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_reduce),
    .infer = eh_infer_reduce,
    .grad = grad,
};

const eh_op eh_op_max_mask = {
    .entry = { .name = "max_mask", .summary = "1 at the first maximum over axes, 0 elsewhere" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_reduce),
    .infer = infer_mask,
};

eh_tensor *eh_max(eh_graph *g, eh_tensor *x, unsigned axes, bool keep)
{
    return eh_reduce_node(g, &eh_op_max, x, axes, keep);
}
