/* op_tanh.c - hyperbolic tangent.
 *
 * y = tanh(x);  dx = dy (1 - y^2). */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_mul(g, dy[0], eh_affine(g, eh_square(g, node->output[0]), -1, 1));
    return EH_OK;
}

const eh_op eh_op_tanh = {
    .entry = { .name = "tanh", .summary = "hyperbolic tangent" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

eh_tensor *eh_tanh(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_tanh, &x, 1, NULL);
}
