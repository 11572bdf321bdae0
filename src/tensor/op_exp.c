/* op_exp.c - exponential.
 *
 * y = e^x;  dx = dy y. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_mul(g, dy[0], node->output[0]);
    return EH_OK;
}

const eh_op eh_op_exp = {
    .entry = { .name = "exp", .summary = "e^x" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

eh_tensor *eh_exp(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_exp, &x, 1, NULL);
}
