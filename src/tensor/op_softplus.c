/* op_softplus.c - smooth form of ReLU.
 *
 * y = log(1 + e^x);  dx = dy sigmoid(x).
 * Trap   e^x overflows: kernels compute max(x, 0) + log1p(e^-|x|), exact for all x. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_mul(g, dy[0], eh_sigmoid(g, node->input[0]));
    return EH_OK;
}

const eh_op eh_op_softplus = {
    .entry = { .name = "softplus", .summary = "log(1 + e^x)" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

eh_tensor *eh_softplus(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_softplus, &x, 1, NULL);
}
