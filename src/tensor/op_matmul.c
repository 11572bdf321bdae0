/* op_matmul.c - product of two matrices, or of two batches of matrices, either one transposed.
 *
 *   y = A B, A = a or a', B = b or b'
 *   dA = dy B', dB = A' dy, and the transpose of that for a transposed input.
 * Cost   2 M N K floating-point operations, three times that with both gradients. */
#include "tensor/shape.h"

static eh_status check_inner(eh_shape a, eh_shape b, const eh_attr_matmul *attr, eh_error *err)
{
    if (a.dim[attr->transpose_a ? a.rank - 2 : a.rank - 1] !=
        b.dim[attr->transpose_b ? b.rank - 1 : b.rank - 2])
        return eh_fail(err, EH_ERR_USAGE, "the inner sizes of %s%s and %s%s differ", eh_words(a).text,
                       attr->transpose_a ? " (transposed)" : "", eh_words(b).text,
                       attr->transpose_b ? " (transposed)" : "");
    return EH_OK;
}

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_matmul *attr = node->attr;
    eh_shape a = node->input[0]->shape, b = node->input[1]->shape, y = a;
    int last = a.rank - 1;
    EH_TRY(eh_infer_unary(node, err));
    if (a.rank != b.rank || a.rank < 2 || a.rank > 3 || (a.rank == 3 && a.dim[0] != b.dim[0]))
        return eh_fail(err, EH_ERR_USAGE,
                       "two matrices, or two batches of as many matrices, are needed, not %s and %s",
                       eh_words(a).text, eh_words(b).text);
    EH_TRY(check_inner(a, b, attr, err));
    y.dim[last - 1] = a.dim[attr->transpose_a ? last : last - 1];
    y.dim[last] = b.dim[attr->transpose_b ? last - 1 : last];
    eh_node_output(node, 0, y, EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    const eh_attr_matmul *attr = node->attr;
    eh_tensor *a = node->input[0], *b = node->input[1];
    bool ta = attr->transpose_a, tb = attr->transpose_b;
    (void)err;
    if (want[0])
        dx[0] = ta ? eh_matmul(g, b, dy[0], tb, true) : eh_matmul(g, dy[0], b, false, !tb);
    if (want[1])
        dx[1] = tb ? eh_matmul(g, dy[0], a, true, ta) : eh_matmul(g, a, dy[0], !ta, false);
    return EH_OK;
}

const eh_op eh_op_matmul = {
    .entry = { .name = "matmul", .summary = "product of two matrices, either one transposed" },
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_matmul),
    .infer = infer,
    .grad = grad,
};

/* The matrices of t repeated to the batches of `batch` (rank without the last two axes), as [B,rows,columns]. */
static eh_tensor *spread(eh_graph *g, eh_tensor *t, eh_shape batch)
{
    const int64_t *matrix = t->shape.dim + t->shape.rank - 2;
    eh_shape all = batch;
    all.dim[all.rank++] = matrix[0];
    all.dim[all.rank++] = matrix[1];
    return eh_reshape(g, eh_broadcast_to(g, t, all), eh_shape_of(3, -1, matrix[0], matrix[1]));
}

/* Batches of any rank as one axis of batches. */
static eh_tensor *batched(eh_graph *g, eh_tensor *a, eh_tensor *b, const eh_attr_matmul *attr)
{
    eh_error err = { 0 };
    eh_shape front[2] = { a->shape, b->shape }, batch = { 0 };
    for (int i = 0; i < 2; i++)
        front[i].rank -= 2;
    if (eh_shape_broadcast(&batch, front[0], front[1], &err) != EH_OK)
        return eh_graph_fail(g, EH_ERR_USAGE, "matmul: the batches of %s and %s do not fit: %s",
                             eh_words(a->shape).text, eh_words(b->shape).text, err.message);
    if (check_inner(a->shape, b->shape, attr, &err) != EH_OK)
        return eh_graph_fail(g, err.status, "matmul: %s", err.message);
    if (b->shape.rank == 2 && !attr->transpose_a) { /* one matrix for all rows */
        eh_tensor *rows = eh_reshape(g, a, eh_shape_of(2, -1, a->shape.dim[a->shape.rank - 1]));
        eh_tensor *input[] = { rows, b }, *y = eh_graph_node(g, &eh_op_matmul, input, 2, attr);
        batch = a->shape;
        batch.dim[batch.rank - 1] = y ? y->shape.dim[1] : 1;
        return eh_reshape(g, y, batch);
    }
    eh_tensor *input[] = { spread(g, a, batch), spread(g, b, batch) };
    eh_tensor *y = eh_graph_node(g, &eh_op_matmul, input, 2, attr);
    if (!y)
        return NULL;
    batch.dim[batch.rank++] = y->shape.dim[1];
    batch.dim[batch.rank++] = y->shape.dim[2];
    return eh_reshape(g, y, batch);
}

eh_tensor *eh_matmul(eh_graph *g, eh_tensor *a, eh_tensor *b, bool transpose_a, bool transpose_b)
{
    eh_tensor *input[] = { a, b };
    eh_attr_matmul attr = { .transpose_a = transpose_a, .transpose_b = transpose_b };
    bool simple = !a || !b || a->shape.rank < 2 || b->shape.rank < 2 ||
                  (a->shape.rank == b->shape.rank && a->shape.rank <= 3 &&
                   (a->shape.rank == 2 || a->shape.dim[0] == b->shape.dim[0]));
    return simple ? eh_graph_node(g, &eh_op_matmul, input, 2, &attr) : batched(g, a, b, &attr);
}
