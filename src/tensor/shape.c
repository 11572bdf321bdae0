/* shape.c - rules about shapes that several operations share. */
#include "tensor/shape.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

eh_shape eh_shape_from(const int64_t *rank_and_dims)
{
    eh_shape shape = { .rank = (int)rank_and_dims[0] };
    assert(shape.rank >= 0 && shape.rank <= EH_MAX_RANK);
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = rank_and_dims[1 + i];
    return shape;
}

int64_t eh_shape_elements(eh_shape shape)
{
    int64_t elements = 1;
    for (int i = 0; i < shape.rank; i++)
        elements *= shape.dim[i];
    return elements;
}

bool eh_shape_equal(eh_shape a, eh_shape b)
{
    if (a.rank != b.rank)
        return false;
    for (int i = 0; i < a.rank; i++)
        if (a.dim[i] != b.dim[i])
            return false;
    return true;
}

const char *eh_shape_text(eh_shape shape, char *out, size_t size)
{
    size_t used = 0;
    if (size == 0)
        return out;
    out[0] = 0;
    for (int i = -1; i <= shape.rank; i++) {
        int n = 0;
        if (i < 0)
            n = snprintf(out + used, size - used, "[");
        else if (i == shape.rank)
            n = snprintf(out + used, size - used, "]");
        else
            n = snprintf(out + used, size - used, "%s%" PRId64, i ? ", " : "", shape.dim[i]);
        if (n < 0 || (size_t)n >= size - used)
            return out; /* cut to size */
        used += (size_t)n;
    }
    return out;
}

eh_shape_words eh_words(eh_shape shape)
{
    eh_shape_words words;
    eh_shape_text(shape, words.text, sizeof words.text);
    return words;
}

eh_status eh_shape_check(eh_shape shape, eh_error *err)
{
    int64_t bytes = (int64_t)sizeof(double);
    if (shape.rank < 0 || shape.rank > EH_MAX_RANK)
        return eh_fail(err, EH_ERR_USAGE, "a tensor has at most %d axes, not %d", EH_MAX_RANK, shape.rank);
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] < 1)
            return eh_fail(err, EH_ERR_USAGE,
                           "the shape %s has an axis without elements; every size must be at least 1",
                           eh_words(shape).text);
        if (__builtin_mul_overflow(bytes, shape.dim[i], &bytes))
            return eh_fail(err, EH_ERR_USAGE, "the shape %s has more elements than can be addressed",
                           eh_words(shape).text);
    }
    return EH_OK;
}

eh_status eh_shape_broadcast(eh_shape *out, eh_shape a, eh_shape b, eh_error *err)
{
    out->rank = a.rank > b.rank ? a.rank : b.rank;
    for (int i = 1; i <= out->rank; i++) {
        int64_t da = i <= a.rank ? a.dim[a.rank - i] : 1;
        int64_t db = i <= b.rank ? b.dim[b.rank - i] : 1;
        if (da != db && da != 1 && db != 1)
            return eh_fail(err, EH_ERR_USAGE,
                           "the shapes %s and %s do not fit each other: aligned at the right, sizes must be "
                           "equal or 1",
                           eh_words(a).text, eh_words(b).text);
        out->dim[out->rank - i] = da == 1 ? db : da;
    }
    return EH_OK;
}

unsigned eh_axes_all(int rank)
{
    return (1u << rank) - 1u;
}

unsigned eh_axes_but(int rank, int axis)
{
    return eh_axes_all(rank) & ~(1u << axis);
}

int64_t eh_axes_elements(eh_shape shape, unsigned axes)
{
    int64_t elements = 1;
    for (int i = 0; i < shape.rank; i++)
        if (axes & 1u << i)
            elements *= shape.dim[i];
    return elements;
}

eh_shape eh_shape_reduced(eh_shape shape, unsigned axes, bool keep)
{
    eh_shape out = { 0 };
    if (axes == 0)
        axes = eh_axes_all(shape.rank);
    for (int i = 0; i < shape.rank; i++) {
        bool reduced = axes & 1u << i;
        if (!reduced || keep)
            out.dim[out.rank++] = reduced ? 1 : shape.dim[i];
    }
    return out;
}

eh_shape eh_shape_channels(int rank, int64_t channels)
{
    eh_shape shape = { .rank = rank };
    for (int i = 0; i < rank; i++)
        shape.dim[i] = i == 1 ? channels : 1;
    return shape;
}

eh_tensor *eh_sum_to(eh_graph *g, eh_tensor *t, eh_shape shape)
{
    unsigned axes = 0;
    if (!t || eh_shape_equal(t->shape, shape))
        return t;
    for (int i = 1; i <= t->shape.rank; i++) {
        int axis = t->shape.rank - i;
        if (i > shape.rank || (shape.dim[shape.rank - i] == 1 && t->shape.dim[axis] != 1))
            axes |= 1u << axis;
    }
    if (axes)
        t = eh_sum(g, t, axes, true);
    if (t && !eh_shape_equal(t->shape, shape))
        t = eh_reshape(g, t, shape);
    return t;
}

eh_tensor *eh_as_channels(eh_graph *g, eh_tensor *t, const eh_tensor *like)
{
    if (!t || !like)
        return NULL;
    return eh_reshape(g, t, eh_shape_channels(like->shape.rank, eh_shape_elements(t->shape)));
}

void eh_node_output(eh_node *node, int i, eh_shape shape, eh_dtype dtype)
{
    node->output[i]->shape = shape;
    node->output[i]->dtype = dtype;
}

static eh_status check_real(const eh_node *node, eh_error *err)
{
    for (int i = 0; i < node->inputs; i++)
        if (node->input[i]->dtype != EH_F32)
            return eh_fail(err, EH_ERR_USAGE, "input %d holds indices or labels, but real numbers are needed",
                           i + 1);
    return EH_OK;
}

eh_tensor *eh_channels_last(eh_graph *g, eh_tensor *x)
{
    int order[EH_MAX_RANK] = { 0 };
    if (!x || x->shape.rank < 3)
        return x;
    for (int i = 1; i < x->shape.rank; i++)
        order[i] = i + 1 < x->shape.rank ? i + 1 : 1;
    return eh_permute(g, x, order);
}

eh_tensor *eh_channels_first(eh_graph *g, eh_tensor *x)
{
    int order[EH_MAX_RANK] = { 0 };
    if (!x || x->shape.rank < 3)
        return x;
    for (int i = 1; i < x->shape.rank; i++)
        order[i] = i > 1 ? i - 1 : x->shape.rank - 1;
    return eh_permute(g, x, order);
}

eh_status eh_infer_unary(eh_node *node, eh_error *err)
{
    EH_TRY(check_real(node, err));
    eh_node_output(node, 0, node->input[0]->shape, EH_F32);
    return EH_OK;
}

eh_status eh_infer_binary(eh_node *node, eh_error *err)
{
    eh_shape shape = { 0 };
    EH_TRY(check_real(node, err));
    EH_TRY(eh_shape_broadcast(&shape, node->input[0]->shape, node->input[1]->shape, err));
    eh_node_output(node, 0, shape, EH_F32);
    return EH_OK;
}

eh_status eh_infer_same(eh_node *node, eh_error *err)
{
    EH_TRY(check_real(node, err));
    for (int i = 1; i < node->inputs; i++)
        if (!eh_shape_equal(node->input[0]->shape, node->input[i]->shape))
            return eh_fail(err, EH_ERR_USAGE, "the shapes %s and %s must be the same",
                           eh_words(node->input[0]->shape).text, eh_words(node->input[i]->shape).text);
    eh_node_output(node, 0, node->input[0]->shape, EH_F32);
    return EH_OK;
}

eh_status eh_check_channels(const eh_node *node, int at, eh_error *err)
{
    eh_shape x = node->input[at]->shape;
    if (x.rank < 2)
        return eh_fail(err, EH_ERR_USAGE, "the input %s has no channel axis; [N,C,...] is needed",
                       eh_words(x).text);
    for (int i = at + 1; i < node->inputs; i++)
        if (!eh_shape_equal(node->input[i]->shape, eh_shape_of(1, x.dim[1])))
            return eh_fail(err, EH_ERR_USAGE,
                           "the input %s has %d channels, which a scale, shift or statistic of shape %s does "
                           "not fit",
                           eh_words(x).text, (int)x.dim[1], eh_words(node->input[i]->shape).text);
    return EH_OK;
}

eh_status eh_infer_reduce(eh_node *node, eh_error *err)
{
    const eh_attr_reduce *attr = node->attr;
    eh_shape x = node->input[0]->shape;
    EH_TRY(check_real(node, err));
    if (attr->axes & ~eh_axes_all(x.rank))
        return eh_fail(err, EH_ERR_USAGE, "the mask of axes 0x%x names an axis that %s does not have",
                       attr->axes, eh_words(x).text);
    eh_node_output(node, 0, eh_shape_reduced(x, attr->axes, attr->keep), EH_F32);
    return EH_OK;
}

eh_tensor *eh_reduce_node(eh_graph *g, const eh_op *op, eh_tensor *x, unsigned axes, bool keep)
{
    eh_attr_reduce attr = { .axes = axes, .keep = keep };
    if (x && axes == 0)
        attr.axes = eh_axes_all(x->shape.rank);
    return eh_graph_node(g, op, &x, 1, &attr);
}

eh_tensor *eh_unreduce(eh_graph *g, eh_tensor *dy, const eh_node *node)
{
    const eh_attr_reduce *attr = node->attr;
    eh_shape x = node->input[0]->shape;
    if (!attr->keep)
        dy = eh_reshape(g, dy, eh_shape_reduced(x, attr->axes, true));
    return eh_broadcast_to(g, dy, x);
}
