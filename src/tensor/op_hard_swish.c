/* op_hard_swish.c - swish by straight lines.
 *
 * y = x clip(x + 3, 0, 6) / 6;  y' = 0 below -3, 1 above 3, x / 3 + 1 / 2 between;  y'' = 1 / 3 between.
 * Source  Howard et al. 2019 (MobileNetV3). */
#include "tensor/shape.h"

static eh_tensor *hard_swish_grad(eh_graph *g, eh_tensor *dy, eh_tensor *x)
{
    eh_tensor *input[] = { dy, x };
    return eh_graph_node(g, &eh_op_hard_swish_grad, input, 2, NULL);
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = hard_swish_grad(g, dy[0], node->input[0]);
    return EH_OK;
}

static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    eh_tensor *x = node->input[1];
    (void)err;
    if (want[0])
        dx[0] = hard_swish_grad(g, dy[0], x);
    if (want[1]) {
        eh_tensor *inside = eh_greater(g, eh_full(g, eh_shape_of(0), 3), eh_abs(g, x));
        eh_tensor *second = eh_affine(g, inside, 1.0 / 3, 0);
        dx[1] = eh_mul(g, eh_mul(g, dy[0], node->input[0]), second);
    }
    return EH_OK;
}

const eh_op eh_op_hard_swish = {
    .entry = { .name = "hard_swish", .summary = "x * clip(x + 3, 0, 6) / 6", .source = "Howard et al. 2019" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

const eh_op eh_op_hard_swish_grad = {
    .entry = { .name = "hard_swish_grad", .summary = "dy times the derivative of hard_swish at x" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = eh_infer_same,
    .grad = grad_of_grad,
};

eh_tensor *eh_hard_swish(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_hard_swish, &x, 1, NULL);
}
