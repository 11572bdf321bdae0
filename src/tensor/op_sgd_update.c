/* op_sgd_update.c - one step of stochastic gradient descent with momentum for one parameter, in one pass over it.
 *
 *   g += wd p;  b = momentum b + g;  p -= lr b, or lr (g + momentum b) with Nesterov's momentum
 *
 * Source  Sutskever et al. 2013; PyTorch's SGD with dampening 0, where b starts as g: the same as starting at zero.
 * Trap    The learning rate multiplies the buffer at the time of use, not inside it: a schedule acts at once. */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    eh_shape p = node->input[0]->shape;
    for (int i = 1; i < 3; i++)
        if (!eh_shape_equal(node->input[i]->shape, p))
            return eh_fail(err, EH_ERR_USAGE, "the parameter has shape %s but its gradient or state %s",
                           eh_words(p).text, eh_words(node->input[i]->shape).text);
    for (int i = 3; i < 5; i++)
        if (node->input[i]->shape.rank != 0)
            return eh_fail(err, EH_ERR_USAGE, "learning rate and momentum must be scalars, not %s",
                           eh_words(node->input[i]->shape).text);
    eh_node_output(node, 0, eh_shape_of(0), EH_F32);
    return EH_OK;
}

const eh_op eh_op_sgd_update = {
    .entry = { .name = "sgd_update",
               .summary = "one step of gradient descent with momentum",
               .source = "Sutskever et al. 2013" },
    .flags = EH_OP_EFFECT,
    .min_inputs = 5,
    .max_inputs = 5,
    .outputs = 1,
    .changes = 2,
    .attr_size = sizeof(eh_sgd_opts),
    .infer = infer,
};

eh_tensor *eh_sgd_update(eh_graph *g, eh_tensor *param, eh_tensor *grad, eh_tensor *lr, eh_tensor *momentum,
                         eh_sgd_opts opts)
{
    eh_tensor *buffer = eh_state_of(g, param, "sgd_momentum");
    eh_tensor *input[] = { param, buffer, grad, lr, momentum };
    return eh_graph_node(g, &eh_op_sgd_update, input, 5, &opts);
}
