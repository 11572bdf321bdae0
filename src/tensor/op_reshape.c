/* op_reshape.c - the same elements in row-major order under another shape.
 *
 * y = x;  dx = dy in x's shape. A backend may let y be the memory of x where the layout is plain. */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_shape *attr = node->attr;
    EH_TRY(eh_shape_check(attr->shape, err));
    if (eh_shape_elements(attr->shape) != eh_shape_elements(node->input[0]->shape))
        return eh_fail(err, EH_ERR_USAGE, "%s cannot take the shape %s: the numbers of elements differ",
                       eh_words(node->input[0]->shape).text, eh_words(attr->shape).text);
    eh_node_output(node, 0, attr->shape, node->input[0]->dtype);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_reshape(g, dy[0], node->input[0]->shape);
    return EH_OK;
}

const eh_op eh_op_reshape = {
    .entry = { .name = "reshape", .summary = "the same elements under another shape" },
    .flags = EH_OP_IN_PLACE | EH_OP_VIEW,
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_shape),
    .infer = infer,
    .grad = grad,
};

eh_tensor *eh_reshape(eh_graph *g, eh_tensor *x, eh_shape shape)
{
    int open = -1;
    int64_t known = 1;
    for (int i = 0; x && i < shape.rank; i++) {
        if (shape.dim[i] == -1 && open < 0)
            open = i;
        else
            known *= shape.dim[i];
    }
    if (open >= 0) {
        if (known < 1 || eh_shape_elements(x->shape) % known != 0)
            return eh_graph_fail(g, EH_ERR_USAGE, "reshape: no size in place of -1 makes %s out of %s",
                                 eh_words(shape).text, eh_words(x->shape).text);
        shape.dim[open] = eh_shape_elements(x->shape) / known;
    }
    return eh_graph_node(g, &eh_op_reshape, &x, 1, &(eh_attr_shape){ .shape = shape });
}

eh_tensor *eh_flatten(eh_graph *g, eh_tensor *x)
{
    if (!x)
        return NULL;
    if (x->shape.rank == 0)
        return eh_graph_fail(g, EH_ERR_USAGE, "flatten: a scalar has no axis of samples");
    return eh_reshape(g, x, eh_shape_of(2, x->shape.dim[0], -1));
}
