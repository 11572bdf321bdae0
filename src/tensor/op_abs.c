/* op_abs.c - absolute value.
 *
 * y = |x|;  dx = dy sign(x), 0 at x = 0 as in PyTorch. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    eh_tensor *zero = eh_full(g, eh_shape_of(0), 0);
    eh_tensor *sign = eh_sub(g, eh_greater(g, node->input[0], zero), eh_greater(g, zero, node->input[0]));
    dx[0] = eh_mul(g, dy[0], sign);
    return EH_OK;
}

const eh_op eh_op_abs = {
    .entry = { .name = "abs", .summary = "absolute value" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

eh_tensor *eh_abs(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_abs, &x, 1, NULL);
}
