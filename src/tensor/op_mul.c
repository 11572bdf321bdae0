/* op_mul.c - product, element by element.
 *
 * y = a b;  da = dy b, db = dy a.
 * Broadcasting: the gradient of an input is summed over the axes along which that input was repeated (eh_sum_to). */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    eh_tensor *a = node->input[0], *b = node->input[1];
    (void)err;
    if (want[0])
        dx[0] = eh_sum_to(g, eh_mul(g, dy[0], b), a->shape);
    if (want[1])
        dx[1] = eh_sum_to(g, eh_mul(g, dy[0], a), b->shape);
    return EH_OK;
}

const eh_op eh_op_mul = {
    .entry = { .name = "mul", .summary = "a * b, broadcasting" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = eh_infer_binary,
    .grad = grad,
};

eh_tensor *eh_mul(eh_graph *g, eh_tensor *a, eh_tensor *b)
{
    eh_tensor *input[] = { a, b };
    return eh_graph_node(g, &eh_op_mul, input, 2, NULL);
}
