/* op_power.c - a fixed power.
 *
 * y = x^p;  dx = dy p x^(p-1).
 * Trap   A negative x has a power only for whole p (NaN otherwise); p < 1 has an infinite gradient at 0. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    const eh_attr_power *attr = node->attr;
    (void)want;
    (void)err;
    dx[0] =
        eh_mul(g, dy[0], eh_affine(g, eh_power(g, node->input[0], attr->exponent - 1), attr->exponent, 0));
    return EH_OK;
}

const eh_op eh_op_power = {
    .entry = { .name = "power", .summary = "a fixed power" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_power),
    .infer = eh_infer_unary,
    .grad = grad,
};

eh_tensor *eh_power(eh_graph *g, eh_tensor *x, double exponent)
{
    if (x && exponent == 1)
        return x;
    if (exponent == 2)
        return eh_square(g, x);
    return eh_graph_node(g, &eh_op_power, &x, 1, &(eh_attr_power){ .exponent = exponent });
}
