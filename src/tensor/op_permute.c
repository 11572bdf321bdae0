/* op_permute.c - axes in another order.
 *
 * y's axis i is x's axis order[i];  dx = permute(dy) by the inverse order. */
#include "tensor/shape.h"

#include <string.h>

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_permute *attr = node->attr;
    eh_shape x = node->input[0]->shape, y = { .rank = x.rank };
    unsigned seen = 0;
    for (int i = 0; i < x.rank; i++) {
        int axis = attr->order[i];
        if (axis < 0 || axis >= x.rank || seen & 1u << axis)
            return eh_fail(err, EH_ERR_USAGE, "the order of the axes of %s must name each of 0 to %d once",
                           eh_words(x).text, x.rank - 1);
        seen |= 1u << axis;
        y.dim[i] = x.dim[axis];
    }
    eh_node_output(node, 0, y, node->input[0]->dtype);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    const eh_attr_permute *attr = node->attr;
    int inverse[EH_MAX_RANK] = { 0 };
    (void)want;
    (void)err;
    for (int i = 0; i < node->input[0]->shape.rank; i++)
        inverse[attr->order[i]] = i;
    dx[0] = eh_permute(g, dy[0], inverse);
    return EH_OK;
}

const eh_op eh_op_permute = {
    .entry = { .name = "permute", .summary = "axes in another order" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_permute),
    .infer = infer,
    .grad = grad,
};

eh_tensor *eh_permute(eh_graph *g, eh_tensor *x, const int *order)
{
    eh_attr_permute attr = { { 0 } };
    if (x)
        memcpy(attr.order, order, (size_t)x->shape.rank * sizeof *order);
    return eh_graph_node(g, &eh_op_permute, &x, 1, &attr);
}
