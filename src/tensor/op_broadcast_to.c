/* op_broadcast_to.c - repetition along axes of size 1 and along new axes in front, as in NumPy.
 *
 * dx = dy summed over the repeated axes. */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_shape *attr = node->attr;
    eh_shape shape = { 0 };
    EH_TRY(eh_infer_unary(node, err));
    EH_TRY(eh_shape_broadcast(&shape, node->input[0]->shape, attr->shape, err));
    if (!eh_shape_equal(shape, attr->shape))
        return eh_fail(err, EH_ERR_USAGE, "%s cannot be repeated to %s", eh_words(node->input[0]->shape).text,
                       eh_words(attr->shape).text);
    eh_node_output(node, 0, attr->shape, EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_sum_to(g, dy[0], node->input[0]->shape);
    return EH_OK;
}

const eh_op eh_op_broadcast_to = {
    .entry = { .name = "broadcast_to", .summary = "repetition to a larger shape" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_shape),
    .infer = infer,
    .grad = grad,
};

eh_tensor *eh_broadcast_to(eh_graph *g, eh_tensor *x, eh_shape shape)
{
    if (x && eh_shape_equal(x->shape, shape))
        return x;
    return eh_graph_node(g, &eh_op_broadcast_to, &x, 1, &(eh_attr_shape){ .shape = shape });
}
