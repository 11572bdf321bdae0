/* op_concat.c - tensors one after another along an axis.
 *
 * y holds the inputs in order;  dx of each is its slice of dy. */
#include "tensor/shape.h"

enum { MOST_INPUTS = 64 }; /* what the gradient walk holds */

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_concat *attr = node->attr;
    eh_shape y = node->input[0]->shape;
    EH_TRY(eh_infer_unary(node, err));
    if (attr->axis < 0 || attr->axis >= y.rank)
        return eh_fail(err, EH_ERR_USAGE, "%s has no axis %d", eh_words(y).text, attr->axis);
    for (int i = 1; i < node->inputs; i++) {
        eh_shape x = node->input[i]->shape, same = x;
        same.dim[attr->axis] = y.dim[attr->axis];
        if (!eh_shape_equal(same, y))
            return eh_fail(err, EH_ERR_USAGE, "%s and %s differ in more than axis %d",
                           eh_words(node->input[0]->shape).text, eh_words(x).text, attr->axis);
        y.dim[attr->axis] += x.dim[attr->axis];
    }
    eh_node_output(node, 0, y, EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    const eh_attr_concat *attr = node->attr;
    int64_t start = 0;
    (void)err;
    for (int i = 0; i < node->inputs; i++) {
        int64_t size = node->input[i]->shape.dim[attr->axis];
        if (want[i])
            dx[i] = eh_slice(g, dy[0], attr->axis, start, size);
        start += size;
    }
    return EH_OK;
}

const eh_op eh_op_concat = {
    .entry = { .name = "concat", .summary = "tensors one after another along an axis" },
    .min_inputs = 1,
    .max_inputs = MOST_INPUTS,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_concat),
    .infer = infer,
    .grad = grad,
};

eh_tensor *eh_concat(eh_graph *g, eh_tensor *const *x, int count, int axis)
{
    if (count < 1 || count > MOST_INPUTS)
        return eh_graph_fail(g, EH_ERR_USAGE, "concat: 1 to %d tensors can be joined, not %d", MOST_INPUTS,
                             count);
    return eh_graph_node(g, &eh_op_concat, x, count, &(eh_attr_concat){ .axis = axis });
}
