/* op_sigmoid.c - logistic function.
 *
 * y = 1 / (1 + e^-x);  dx = dy (y - y^2).
 * Trap   e^-x overflows for large negative x: kernels take e^x / (1 + e^x) there. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    eh_tensor *y = node->output[0];
    dx[0] = eh_mul(g, dy[0], eh_sub(g, y, eh_square(g, y)));
    return EH_OK;
}

const eh_op eh_op_sigmoid = {
    .entry = { .name = "sigmoid", .summary = "1 / (1 + e^-x)" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

eh_tensor *eh_sigmoid(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_sigmoid, &x, 1, NULL);
}
