/* op_leaky_relu.c - ReLU that lets a little through below zero.
 *
 * y = x where x > 0, else slope x; the derivative at 0 is slope, as in PyTorch. leaky_relu_grad(dy, x) = dy where x > 0, else slope dy.
 * Source  Maas, Hannun and Ng 2013. */
#include "tensor/shape.h"

static eh_tensor *leaky_relu_grad(eh_graph *g, eh_tensor *dy, eh_tensor *x, const void *attr)
{
    eh_tensor *input[] = { dy, x };
    return eh_graph_node(g, &eh_op_leaky_relu_grad, input, 2, attr);
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = leaky_relu_grad(g, dy[0], node->input[0], node->attr);
    return EH_OK;
}

/* Linear in dy; constant in x almost everywhere. */
static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    (void)err;
    if (want[0])
        dx[0] = leaky_relu_grad(g, dy[0], node->input[1], node->attr);
    return EH_OK;
}

const eh_op eh_op_leaky_relu = {
    .entry = { .name = "leaky_relu",
               .summary = "x where x > 0, else slope * x",
               .source = "Maas, Hannun and Ng 2013" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_slope),
    .infer = eh_infer_unary,
    .grad = grad,
};

const eh_op eh_op_leaky_relu_grad = {
    .entry = { .name = "leaky_relu_grad", .summary = "dy times the derivative of leaky_relu at x" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_slope),
    .infer = eh_infer_same,
    .grad = grad_of_grad,
};

eh_tensor *eh_leaky_relu(eh_graph *g, eh_tensor *x, double slope)
{
    return eh_graph_node(g, &eh_op_leaky_relu, &x, 1, &(eh_attr_slope){ .slope = slope });
}
