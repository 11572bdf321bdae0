/* op_square.c - square.
 *
 * y = x^2;  dx = 2 dy x. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_affine(g, eh_mul(g, dy[0], node->input[0]), 2, 0);
    return EH_OK;
}

const eh_op eh_op_square = {
    .entry = { .name = "square", .summary = "x * x" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

eh_tensor *eh_square(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_square, &x, 1, NULL);
}
