/* op_linear.c - fully connected layer.
 *
 *   y = x w' + bias, x [N,K] (axes before the last are joined to N), w [O,K], bias [O]
 *   dx = dy w, dw = dy' x, dbias = column sums of dy.
 * Cost   2 N O K floating-point operations, three times that with the gradients. */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    eh_shape x = node->input[0]->shape, w = node->input[1]->shape;
    EH_TRY(eh_infer_unary(node, err));
    if (x.rank != 2 || w.rank != 2)
        return eh_fail(err, EH_ERR_USAGE,
                       "an input [N,K] and a weight [O,K] are needed, not %s and %s; flatten images first",
                       eh_words(x).text, eh_words(w).text);
    if (x.dim[1] != w.dim[1])
        return eh_fail(err, EH_ERR_USAGE, "the input %s has %d features but the weight %s takes %d",
                       eh_words(x).text, (int)x.dim[1], eh_words(w).text, (int)w.dim[1]);
    if (node->inputs > 2 && !eh_shape_equal(node->input[2]->shape, eh_shape_of(1, w.dim[0])))
        return eh_fail(err, EH_ERR_USAGE, "the bias %s must have one number for each of the %d outputs",
                       eh_words(node->input[2]->shape).text, (int)w.dim[0]);
    eh_node_output(node, 0, eh_shape_of(2, x.dim[0], w.dim[0]), EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)err;
    if (want[0])
        dx[0] = eh_matmul(g, dy[0], node->input[1], false, false);
    if (want[1])
        dx[1] = eh_matmul(g, dy[0], node->input[0], true, false);
    if (node->inputs > 2 && want[2])
        dx[2] = eh_sum(g, dy[0], 1u << 0, false);
    return EH_OK;
}

const eh_op eh_op_linear = {
    .entry = { .name = "linear", .summary = "fully connected layer, x w' + bias" },
    .min_inputs = 2,
    .max_inputs = 3,
    .outputs = 1,
    .infer = infer,
    .grad = grad,
};

eh_tensor *eh_linear(eh_graph *g, eh_tensor *x, eh_tensor *w, eh_tensor *bias)
{
    eh_tensor *input[] = { x, w, bias };
    if (x && x->shape.rank > 2) { /* rows of features */
        eh_shape y = x->shape;
        if (w && w->shape.rank == 2 && y.dim[y.rank - 1] != w->shape.dim[1])
            return eh_graph_fail(g, EH_ERR_USAGE,
                                 "linear: the last axis of %s must have the %d features that the weight %s "
                                 "takes; flatten images first",
                                 eh_words(y).text, (int)w->shape.dim[1], eh_words(w->shape).text);
        input[0] = eh_reshape(g, x, eh_shape_of(2, -1, y.dim[y.rank - 1]));
        eh_tensor *rows = eh_graph_node(g, &eh_op_linear, input, bias ? 3 : 2, NULL);
        y.dim[y.rank - 1] = rows ? rows->shape.dim[1] : 1;
        return eh_reshape(g, rows, y);
    }
    return eh_graph_node(g, &eh_op_linear, input, bias ? 3 : 2, NULL);
}
