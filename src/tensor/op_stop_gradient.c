/* op_stop_gradient.c - identity that no gradient passes.
 *
 * y = x;  dx = 0. */
#include "tensor/shape.h"

const eh_op eh_op_stop_gradient = {
    .entry = { .name = "stop_gradient", .summary = "identity whose gradient is zero" },
    .flags = EH_OP_IN_PLACE | EH_OP_VIEW,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = eh_infer_unary,
};

eh_tensor *eh_stop_gradient(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_stop_gradient, &x, 1, NULL);
}
