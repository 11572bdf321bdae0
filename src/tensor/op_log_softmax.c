/* op_log_softmax.c - logarithm of the softmax, over the last axis.
 *
 * y = x - log sum e^x;  dx = dy - e^y (sum of dy over the axis).
 * Trap   log(softmax(x)) is -infinity where the softmax rounds to 0; this form stays exact (maximum subtracted first). */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    if (node->input[0]->shape.rank == 0)
        return eh_fail(err, EH_ERR_USAGE, "a scalar has no axis of classes");
    return eh_infer_unary(node, err);
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    eh_tensor *y = node->output[0];
    eh_tensor *total = eh_sum(g, dy[0], 1u << (y->shape.rank - 1), true);
    (void)want;
    (void)err;
    dx[0] = eh_sub(g, dy[0], eh_mul(g, eh_exp(g, y), total));
    return EH_OK;
}

const eh_op eh_op_log_softmax = {
    .entry = { .name = "log_softmax", .summary = "x - log sum e^x over the last axis" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer,
    .grad = grad,
};

eh_tensor *eh_log_softmax(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_log_softmax, &x, 1, NULL);
}
