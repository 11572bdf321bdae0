/* op_sqrt.c - square root.
 *
 * y = sqrt(x);  dx = dy / (2 y).
 * Trap   the gradient at 0 is infinite: add an epsilon before the root. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_div(g, eh_affine(g, dy[0], 0.5, 0), node->output[0]);
    return EH_OK;
}

const eh_op eh_op_sqrt = {
    .entry = { .name = "sqrt", .summary = "square root" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

eh_tensor *eh_sqrt(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_sqrt, &x, 1, NULL);
}
