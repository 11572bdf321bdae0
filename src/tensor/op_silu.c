/* op_silu.c - sigmoid linear unit, also called swish.
 *
 * y = x s, s = sigmoid(x);  y' = s (1 + x (1 - s));  y'' = s (1 - s) (2 + x (1 - 2 s)).
 * Source  Elfwing, Uchibe and Doya 2018; Ramachandran, Zoph and Le 2017. */
#include "tensor/shape.h"

static eh_tensor *silu_grad(eh_graph *g, eh_tensor *dy, eh_tensor *x)
{
    eh_tensor *input[] = { dy, x };
    return eh_graph_node(g, &eh_op_silu_grad, input, 2, NULL);
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = silu_grad(g, dy[0], node->input[0]);
    return EH_OK;
}

static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    eh_tensor *x = node->input[1];
    (void)err;
    if (want[0])
        dx[0] = silu_grad(g, dy[0], x);
    if (want[1]) {
        eh_tensor *s = eh_sigmoid(g, x), *slope = eh_mul(g, s, eh_affine(g, s, -1, 1));
        eh_tensor *second = eh_mul(g, slope, eh_affine(g, eh_mul(g, x, eh_affine(g, s, -2, 1)), 1, 2));
        dx[1] = eh_mul(g, eh_mul(g, dy[0], node->input[0]), second);
    }
    return EH_OK;
}

const eh_op eh_op_silu = {
    .entry = { .name = "silu", .summary = "x * sigmoid(x)", .source = "Elfwing, Uchibe and Doya 2018" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

const eh_op eh_op_silu_grad = {
    .entry = { .name = "silu_grad", .summary = "dy times the derivative of silu at x" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = eh_infer_same,
    .grad = grad_of_grad,
};

eh_tensor *eh_silu(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_silu, &x, 1, NULL);
}
