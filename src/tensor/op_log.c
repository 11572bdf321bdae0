/* op_log.c - natural logarithm.
 *
 * y = log x;  dx = dy / x.
 * Trap   log 0 = -infinity: losses use log_softmax or softplus instead of log(softmax), log(sigmoid). */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_div(g, dy[0], node->input[0]);
    return EH_OK;
}

const eh_op eh_op_log = {
    .entry = { .name = "log", .summary = "natural logarithm" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

eh_tensor *eh_log(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_log, &x, 1, NULL);
}
