/* op_maximum.c - the larger of two, element by element.
 *
 * y = max(a, b), NaN where either is NaN;  da = dy where a >= b, db = dy where b > a.
 * Trap   ties give a the whole gradient (PyTorch halves it): max(x, x) then has gradient 1 in its first argument only.
 * Broadcasting: the gradient of an input is summed over the axes along which that input was repeated (eh_sum_to). */
#include "tensor/shape.h"

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    eh_tensor *a = node->input[0], *b = node->input[1];
    (void)err;
    eh_tensor *second = eh_greater(g, b, a);
    if (want[0])
        dx[0] = eh_sum_to(g, eh_mul(g, dy[0], eh_affine(g, second, -1, 1)), a->shape);
    if (want[1])
        dx[1] = eh_sum_to(g, eh_mul(g, dy[0], second), b->shape);
    return EH_OK;
}

const eh_op eh_op_maximum = {
    .entry = { .name = "maximum", .summary = "the larger of a and b" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = eh_infer_binary,
    .grad = grad,
};

eh_tensor *eh_maximum(eh_graph *g, eh_tensor *a, eh_tensor *b)
{
    eh_tensor *input[] = { a, b };
    return eh_graph_node(g, &eh_op_maximum, input, 2, NULL);
}
