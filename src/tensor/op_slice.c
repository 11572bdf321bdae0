/* op_slice.c - a box cut out of a tensor, and a box laid into zeros: each is the other's adjoint.
 *
 *   slice(x)[i] = x[start + i];  pad(x)[start + i] = x[i], zero elsewhere
 *   d slice = pad, d pad = slice, so gradients of any order exist. */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_slice *attr = node->attr;
    bool cut = node->op == &eh_op_slice;
    eh_shape x = node->input[0]->shape, large = cut ? x : attr->shape, small = cut ? attr->shape : x;
    EH_TRY(eh_infer_unary(node, err));
    EH_TRY(eh_shape_check(attr->shape, err));
    for (int i = 0; i < x.rank; i++)
        if (attr->shape.rank != x.rank || attr->start[i] < 0 || attr->start[i] > large.dim[i] - small.dim[i])
            return eh_fail(err, EH_ERR_USAGE, "a box of %s does not lie inside %s at place %lld of axis %d",
                           eh_words(small).text, eh_words(large).text, (long long)attr->start[i], i);
    eh_node_output(node, 0, attr->shape, EH_F32);
    return EH_OK;
}

/* The adjoint at the same place, with the shape of the input. */
static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    eh_attr_slice attr = *(const eh_attr_slice *)node->attr;
    (void)want;
    (void)err;
    attr.shape = node->input[0]->shape;
    dx[0] = eh_graph_node(g, node->op == &eh_op_slice ? &eh_op_pad : &eh_op_slice, dy, 1, &attr);
    return EH_OK;
}

const eh_op eh_op_slice = {
    .entry = { .name = "slice", .summary = "a box cut out of a tensor" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_slice),
    .infer = infer,
    .grad = grad,
};

const eh_op eh_op_pad = {
    .entry = { .name = "pad", .summary = "zeros around a tensor" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_slice),
    .infer = infer,
    .grad = grad,
};

eh_tensor *eh_slice(eh_graph *g, eh_tensor *x, int axis, int64_t start, int64_t size)
{
    eh_attr_slice attr = { .start = { 0 } };
    if (!x)
        return NULL;
    if (axis < 0 || axis >= x->shape.rank)
        return eh_graph_fail(g, EH_ERR_USAGE, "slice: %s has no axis %d", eh_words(x->shape).text, axis);
    attr.shape = x->shape;
    attr.shape.dim[axis] = size;
    attr.start[axis] = start;
    return eh_graph_node(g, &eh_op_slice, &x, 1, &attr);
}

eh_tensor *eh_pad(eh_graph *g, eh_tensor *x, const int64_t *before, const int64_t *after)
{
    eh_attr_slice attr = { .start = { 0 } };
    if (!x)
        return NULL;
    attr.shape = x->shape;
    for (int i = 0; i < x->shape.rank; i++) {
        attr.start[i] = before[i];
        if (before[i] < 0 || after[i] < 0)
            return eh_graph_fail(g, EH_ERR_USAGE,
                                 "pad: %lld before and %lld after axis %d of %s: amounts must not be "
                                 "negative",
                                 (long long)before[i], (long long)after[i], i, eh_words(x->shape).text);
        attr.shape.dim[i] += before[i] + after[i];
    }
    return eh_graph_node(g, &eh_op_pad, &x, 1, &attr);
}
