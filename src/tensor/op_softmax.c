/* op_softmax.c - probabilities from logits, over the last axis.
 *
 * y = e^x / sum e^x;  dx = y (dy - sum of dy y over the axis).
 * Trap   e^x overflows: kernels subtract the row's maximum first, which changes nothing. */
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
    eh_tensor *product = eh_mul(g, dy[0], y);
    eh_tensor *total = eh_sum(g, product, 1u << (y->shape.rank - 1), true);
    (void)want;
    (void)err;
    dx[0] = eh_sub(g, product, eh_mul(g, y, total));
    return EH_OK;
}

const eh_op eh_op_softmax = {
    .entry = { .name = "softmax", .summary = "e^x / sum e^x over the last axis" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer,
    .grad = grad,
};

eh_tensor *eh_softmax(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_softmax, &x, 1, NULL);
}
