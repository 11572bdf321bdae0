/* op_gelu_tanh.c - the tanh approximation of GELU.
 *
 * y = x / 2 (1 + t), t = tanh(u), u = k (x + a x^3), k = sqrt(2 / pi), a = 0.044715
 * y' = (1 + t) / 2 + x / 2 (1 - t^2) u';  y'' = (1 - t^2) (u' + x (u'' / 2 - t u'^2));  u' = k (1 + 3 a x^2), u'' = 6 k a x.
 * Source  Hendrycks and Gimpel 2016. Differs from the exact form by up to 5e-4: take the one that the weights were trained with. */
#include "tensor/shape.h"

static eh_tensor *gelu_tanh_grad(eh_graph *g, eh_tensor *dy, eh_tensor *x)
{
    eh_tensor *input[] = { dy, x };
    return eh_graph_node(g, &eh_op_gelu_tanh_grad, input, 2, NULL);
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = gelu_tanh_grad(g, dy[0], node->input[0]);
    return EH_OK;
}

static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    eh_tensor *x = node->input[1];
    (void)err;
    if (want[0])
        dx[0] = gelu_tanh_grad(g, dy[0], x);
    if (want[1]) {
        const double k = 0.79788456080286535588, a = 0.044715;
        eh_tensor *square = eh_square(g, x), *slope = eh_affine(g, square, 3 * k * a, k);
        eh_tensor *t = eh_tanh(g, eh_mul(g, x, eh_affine(g, square, k * a, k)));
        eh_tensor *bend = eh_sub(g, eh_affine(g, x, 3 * k * a, 0), eh_mul(g, t, eh_square(g, slope)));
        eh_tensor *second =
            eh_mul(g, eh_affine(g, eh_square(g, t), -1, 1), eh_add(g, slope, eh_mul(g, x, bend)));
        dx[1] = eh_mul(g, eh_mul(g, dy[0], node->input[0]), second);
    }
    return EH_OK;
}

const eh_op eh_op_gelu_tanh = {
    .entry = { .name = "gelu_tanh",
               .summary = "x / 2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))",
               .source = "Hendrycks and Gimpel 2016" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
    .grad = grad,
};

const eh_op eh_op_gelu_tanh_grad = {
    .entry = { .name = "gelu_tanh_grad", .summary = "dy times the derivative of gelu_tanh at x" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = eh_infer_same,
    .grad = grad_of_grad,
};

eh_tensor *eh_gelu_tanh(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_gelu_tanh, &x, 1, NULL);
}
