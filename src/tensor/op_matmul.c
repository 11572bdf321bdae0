/* op_matmul.c - product of two matrices, or of two batches of matrices, either one transposed.
 *
 *   y = A B, A = a or a', B = b or b'
 *   dA = dy B', dB = A' dy, and the transpose of that for a transposed input.
 * Cost   2 M N K floating-point operations, three times that with both gradients. */
#include "tensor/shape.h"

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
    if (a.dim[attr->transpose_a ? last - 1 : last] != b.dim[attr->transpose_b ? last : last - 1])
        return eh_fail(err, EH_ERR_USAGE, "the inner sizes of %s%s and %s%s differ", eh_words(a).text,
                       attr->transpose_a ? " (transposed)" : "", eh_words(b).text,
                       attr->transpose_b ? " (transposed)" : "");
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

eh_tensor *eh_matmul(eh_graph *g, eh_tensor *a, eh_tensor *b, bool transpose_a, bool transpose_b)
{
    eh_tensor *input[] = { a, b };
    return eh_graph_node(g, &eh_op_matmul, input, 2,
                         &(eh_attr_matmul){ .transpose_a = transpose_a, .transpose_b = transpose_b });
}
