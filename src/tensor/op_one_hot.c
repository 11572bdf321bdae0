/* op_one_hot.c - class numbers as rows of zeros with one 1.
 *
 * y[..., k] = 1 where index[...] = k, else 0; an index outside [0, classes) gives a row of zeros, so such samples fall out of sums.
 * No gradient. */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_one_hot *attr = node->attr;
    eh_shape shape = node->input[0]->shape;
    if (node->input[0]->dtype != EH_I32)
        return eh_fail(err, EH_ERR_USAGE, "class numbers (i32) are needed, not real numbers");
    if (shape.rank == EH_MAX_RANK || attr->classes < 1)
        return eh_fail(err, EH_ERR_USAGE, "%d classes for %s: at least one class and at most %d axes",
                       (int)attr->classes, eh_words(shape).text, EH_MAX_RANK - 1);
    shape.dim[shape.rank++] = attr->classes;
    eh_node_output(node, 0, shape, EH_F32);
    return EH_OK;
}

const eh_op eh_op_one_hot = {
    .entry = { .name = "one_hot", .summary = "class numbers as rows with one 1" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_one_hot),
    .infer = infer,
};

eh_tensor *eh_one_hot(eh_graph *g, eh_tensor *index, int64_t classes)
{
    return eh_graph_node(g, &eh_op_one_hot, &index, 1, &(eh_attr_one_hot){ .classes = classes });
}

eh_tensor *eh_one_hot_channels(eh_graph *g, eh_tensor *index, int64_t classes)
{
    return eh_channels_first(g, eh_one_hot(g, index, classes));
}
