/* op_affine.c - a scalar multiple plus a scalar.
 *
 * y = factor x + offset;  dx = factor dy. The builder returns x itself for factor 1, offset 0. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    const eh_attr_affine *attr = node->attr;
    (void)want;
    (void)err;
    dx[0] = eh_affine(g, dy[0], attr->factor, 0);
    return EH_OK;
}

const eh_op eh_op_affine = {
    .entry = { .name = "affine", .summary = "factor * x + offset" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_affine),
    .infer = eh_infer_unary,
    .grad = grad,
};

eh_tensor *eh_affine(eh_graph *g, eh_tensor *x, double factor, double offset)
{
    if (x && factor == 1 && offset == 0)
        return x;
    return eh_graph_node(g, &eh_op_affine, &x, 1, &(eh_attr_affine){ .factor = factor, .offset = offset });
}
