/* op_reverse_gradient.c - identity that turns the gradient round: an adversary learns while the features unlearn.
 *
 * y = x;  dx = -factor dy. `factor` is a scalar tensor, so a schedule can change it between steps; it gets no gradient.
 * Source  Ganin and Lempitsky 2015, "Unsupervised domain adaptation by backpropagation".
 * Trap    This is not the derivative of the identity: finite differences of the loss do not agree, and must not. */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    EH_TRY(eh_infer_unary(node, err));
    if (node->input[1]->shape.rank != 0)
        return eh_fail(err, EH_ERR_USAGE, "the factor must be a scalar but has shape %s",
                       eh_words(node->input[1]->shape).text);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)err;
    if (want[0])
        dx[0] = eh_mul(g, dy[0], eh_affine(g, node->input[1], -1, 0));
    return EH_OK;
}

const eh_op eh_op_reverse_gradient = {
    .entry = { .name = "reverse_gradient",
               .summary = "identity whose gradient is multiplied by -factor",
               .source = "Ganin and Lempitsky 2015" },
    .flags = EH_OP_IN_PLACE | EH_OP_VIEW,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer,
    .grad = grad,
};

eh_tensor *eh_reverse_gradient(eh_graph *g, eh_tensor *x, eh_tensor *factor)
{
    eh_tensor *input[] = { x, factor };
    return eh_graph_node(g, &eh_op_reverse_gradient, input, 2, NULL);
}
