/* op_adam_update.c - one step of Adam or AdamW for one parameter, in one pass over it.
 *
 *   decoupled (AdamW): p -= lr wd p;  else g += wd p
 *   m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 *   p -= (lr / (1 - b1^step)) m / (sqrt(v) / sqrt(1 - b2^step) + epsilon)
 *
 * Source  Kingma and Ba 2015; Loshchilov and Hutter 2019; the order of operations of PyTorch's single-tensor Adam.
 * Trap    epsilon is added after the bias correction of v. step counts from 1. */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    eh_shape p = node->input[0]->shape;
    for (int i = 1; i < 4; i++)
        if (!eh_shape_equal(node->input[i]->shape, p))
            return eh_fail(err, EH_ERR_USAGE, "the parameter has shape %s but its gradient or state %s",
                           eh_words(p).text, eh_words(node->input[i]->shape).text);
    for (int i = 4; i < 6; i++)
        if (node->input[i]->shape.rank != 0)
            return eh_fail(err, EH_ERR_USAGE, "learning rate and step must be scalars, not %s",
                           eh_words(node->input[i]->shape).text);
    eh_node_output(node, 0, eh_shape_of(0), EH_F32);
    return EH_OK;
}

const eh_op eh_op_adam_update = {
    .entry = { .name = "adam_update",
               .summary = "one step of Adam or AdamW",
               .source = "Kingma and Ba 2015; Loshchilov and Hutter 2019" },
    .flags = EH_OP_EFFECT,
    .min_inputs = 6,
    .max_inputs = 6,
    .outputs = 1,
    .changes = 3,
    .attr_size = sizeof(eh_adam_opts),
    .infer = infer,
};

eh_tensor *eh_adam_update(eh_graph *g, eh_tensor *param, eh_tensor *grad, eh_tensor *lr, eh_tensor *step,
                          eh_adam_opts opts)
{
    eh_tensor *m = eh_state_of(g, param, "adam_m");
    eh_tensor *v = eh_state_of(g, param, "adam_v");
    eh_tensor *input[] = { param, m, v, grad, lr, step };
    return eh_graph_node(g, &eh_op_adam_update, input, 6, &opts);
}
