/* op_gather.c - rows of a table by number: an embedding, or a weight for each sample's group.
 *
 *   gather(table, index)[n...] = table[index[n]], zeros for an index outside the table
 *   gather_grad(dy, index)[k] = sum of dy[n] over index[n] = k; its adjoint is gather. */
#include "tensor/shape.h"

static eh_status check_index(const eh_node *node, eh_error *err)
{
    if (node->input[0]->dtype != EH_F32 || node->input[1]->dtype != EH_I32)
        return eh_fail(err, EH_ERR_USAGE, "a table of real numbers and row numbers (i32) are needed");
    return EH_OK;
}

/* index's shape, then a row's. */
static eh_status rows_shape(eh_shape *out, eh_shape table, eh_shape index, eh_error *err)
{
    if (table.rank < 1 || index.rank + table.rank - 1 > EH_MAX_RANK)
        return eh_fail(err, EH_ERR_USAGE,
                       "rows of %s by numbers %s: a table needs an axis of rows, and the result at most %d "
                       "axes",
                       eh_words(table).text, eh_words(index).text, EH_MAX_RANK);
    *out = index;
    for (int i = 1; i < table.rank; i++)
        out->dim[out->rank++] = table.dim[i];
    return EH_OK;
}

static eh_status infer(eh_node *node, eh_error *err)
{
    eh_shape y = { 0 };
    EH_TRY(check_index(node, err));
    EH_TRY(rows_shape(&y, node->input[0]->shape, node->input[1]->shape, err));
    eh_node_output(node, 0, y, EH_F32);
    return EH_OK;
}

static eh_status infer_grad(eh_node *node, eh_error *err)
{
    const eh_attr_shape *attr = node->attr;
    eh_shape y = { 0 };
    EH_TRY(check_index(node, err));
    EH_TRY(rows_shape(&y, attr->shape, node->input[1]->shape, err));
    if (!eh_shape_equal(y, node->input[0]->shape))
        return eh_fail(err, EH_ERR_USAGE, "rows %s do not belong to a table %s",
                       eh_words(node->input[0]->shape).text, eh_words(attr->shape).text);
    eh_node_output(node, 0, attr->shape, EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    eh_tensor *input[] = { dy[0], node->input[1] };
    (void)err;
    if (want[0])
        dx[0] = eh_graph_node(g, &eh_op_gather_grad, input, 2,
                              &(eh_attr_shape){ .shape = node->input[0]->shape });
    return EH_OK;
}

static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    (void)err;
    if (want[0])
        dx[0] = eh_gather(g, dy[0], node->input[1]);
    return EH_OK;
}

const eh_op eh_op_gather = {
    .entry = { .name = "gather", .summary = "rows of a table by number" },
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .infer = infer,
    .grad = grad,
};

const eh_op eh_op_gather_grad = {
    .entry = { .name = "gather_grad", .summary = "gradient of gather: rows added up by number" },
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_shape),
    .infer = infer_grad,
    .grad = grad_of_grad,
};

eh_tensor *eh_gather(eh_graph *g, eh_tensor *table, eh_tensor *index)
{
    eh_tensor *input[] = { table, index };
    return eh_graph_node(g, &eh_op_gather, input, 2, NULL);
}
