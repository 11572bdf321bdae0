/* op_relu.c - rectified linear unit.
 *
 * y = max(x, 0);  relu_grad(dy, y) = dy where y > 0, else 0.
 * The gradient reads the OUTPUT, so that x need not be kept and x, y may share memory. At x = 0 the gradient is 0, as in PyTorch. */
#include "tensor/shape.h"

static eh_tensor *relu_grad(eh_graph *g, eh_tensor *dy, eh_tensor *y)
{
    eh_tensor *input[] = { dy, y };
    return eh_graph_node(g, &eh_op_relu_grad, input, 2, NULL);
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = relu_grad(g, dy[0], node->output[0]);
    return EH_OK;
}

/* Linear in dy; constant in y almost everywhere. */
static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    (void)err;
    if (want[0])
        dx[0] = relu_grad(g, dy[0], node->input[1]);
    return EH_OK;
}

const eh_op eh_op_relu = {
    .entry = { .name = "relu", .summary = "max(x, 0)" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

const eh_op eh_op_relu_grad = {
    .entry = { .name = "relu_grad", .summary = "dy where the output of relu is positive" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = eh_infer_same,
    .grad = grad_of_grad,
};

eh_tensor *eh_relu(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_relu, &x, 1, NULL);
}
