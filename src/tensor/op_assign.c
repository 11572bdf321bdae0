/* op_assign.c - a variable takes a value.
 *
 * variable := value, after every other reader of the variable in the same step. */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    if (!eh_shape_equal(node->input[0]->shape, node->input[1]->shape) || node->input[1]->dtype != EH_F32)
        return eh_fail(err, EH_ERR_USAGE,
                       "the variable '%s' has shape %s and cannot take a value of shape %s",
                       node->input[0]->name ? node->input[0]->name : "", eh_words(node->input[0]->shape).text,
                       eh_words(node->input[1]->shape).text);
    eh_node_output(node, 0, eh_shape_of(0), EH_F32);
    return EH_OK;
}

const eh_op eh_op_assign = {
    .entry = { .name = "assign", .summary = "a variable takes a value" },
    .flags = EH_OP_EFFECT,
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .changes = 1,
    .infer = infer,
};

eh_tensor *eh_assign(eh_graph *g, eh_tensor *variable, eh_tensor *value)
{
    eh_tensor *input[] = { variable, value };
    return eh_graph_node(g, &eh_op_assign, input, 2, NULL);
}
