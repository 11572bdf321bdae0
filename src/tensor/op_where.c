/* op_where.c - one of two values, element by element.
 *
 * y = a where condition is not 0, else b;  da = dy where condition is not 0, else 0; db the rest. The condition gets no gradient.
 * Trap   condition a + (1 - condition) b is not the same: 0 times infinity is NaN. The builder repeats its inputs to one shape, so
 *        that kernels see equal shapes and the gradients of broadcasting come from broadcast_to. */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    eh_tensor *zero = eh_full(g, eh_shape_of(0), 0);
    (void)err;
    if (want[1])
        dx[1] = eh_where(g, node->input[0], dy[0], zero);
    if (want[2])
        dx[2] = eh_where(g, node->input[0], zero, dy[0]);
    return EH_OK;
}

const eh_op eh_op_where = {
    .entry = { .name = "where", .summary = "a where a condition holds, else b" },
    .min_inputs = 3,
    .max_inputs = 3,
    .outputs = 1,
    .infer = eh_infer_same,
    .grad = grad,
};

eh_tensor *eh_where(eh_graph *g, eh_tensor *condition, eh_tensor *a, eh_tensor *b)
{
    eh_error err = { 0 };
    eh_shape shape = { 0 };
    if (!condition || !a || !b)
        return NULL;
    if (eh_shape_broadcast(&shape, a->shape, b->shape, &err) != EH_OK ||
        eh_shape_broadcast(&shape, shape, condition->shape, &err) != EH_OK)
        return eh_graph_fail(g, err.status, "where: %s", err.message);
    eh_tensor *input[] = { eh_broadcast_to(g, condition, shape), eh_broadcast_to(g, a, shape),
                           eh_broadcast_to(g, b, shape) };
    return eh_graph_node(g, &eh_op_where, input, 3, NULL);
}
