/* op_gelu.c - Gaussian error linear unit, the exact form.
 *
 * y = x Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2, phi(x) = e^(-x^2 / 2) / sqrt(2 pi)
 * y' = Phi(x) + x phi(x);  y'' = phi(x) (2 - x^2).
 * Source  Hendrycks and Gimpel 2016. The tanh approximation is another function: weights trained with one drift with the other. */
#include "tensor/shape.h"

static const double inverse_root_2pi = 0.39894228040143267794;

static eh_tensor *gelu_grad(eh_graph *g, eh_tensor *dy, eh_tensor *x)
{
    eh_tensor *input[] = { dy, x };
    return eh_graph_node(g, &eh_op_gelu_grad, input, 2, NULL);
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = gelu_grad(g, dy[0], node->input[0]);
    return EH_OK;
}

static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    eh_tensor *x = node->input[1];
    (void)err;
    if (want[0])
        dx[0] = gelu_grad(g, dy[0], x);
    if (want[1]) {
        eh_tensor *square = eh_square(g, x);
        eh_tensor *density = eh_affine(g, eh_exp(g, eh_affine(g, square, -0.5, 0)), inverse_root_2pi, 0);
        eh_tensor *second = eh_mul(g, density, eh_affine(g, square, -1, 2));
        dx[1] = eh_mul(g, eh_mul(g, dy[0], node->input[0]), second);
    }
    return EH_OK;
}

const eh_op eh_op_gelu = {
    .entry = { .name = "gelu", .summary = "x * Phi(x), exact", .source = "Hendrycks and Gimpel 2016" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

const eh_op eh_op_gelu_grad = {
    .entry = { .name = "gelu_grad", .summary = "dy times the derivative of gelu at x" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = eh_infer_same,
    .grad = grad_of_grad,
};

eh_tensor *eh_gelu(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_gelu, &x, 1, NULL);
}
