/* op_resample2d.c - image planes whose rows and columns are each a mixture of at most two rows and columns of the source: resizing, mirrored borders.
 *
 *   y[i,j] = sum over a in {first_i, second_i}, b in {first_j, second_j} of weight_i(a) weight_j(b) x[a,b]
 *   resample2d_grad(dy): every dy[i,j] is added to its four sources with the same weights; its adjoint is resample2d.
 * Cost   4 multiplications per element of the result; a copy where all weights are 0 or 1. */
#include "tensor/resample.h"

static eh_shape result_shape(const eh_attr_resample2d *attr)
{
    return eh_shape_of(4, attr->shape.dim[0], attr->shape.dim[1], attr->axis[0].outputs,
                       attr->axis[1].outputs);
}

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_resample2d *attr = node->attr;
    bool back = node->op == &eh_op_resample2d_grad;
    eh_shape y = result_shape(attr);
    EH_TRY(eh_infer_unary(node, err));
    if (!eh_shape_equal(node->input[0]->shape, back ? y : attr->shape))
        return eh_fail(err, EH_ERR_USAGE, "%s does not belong to images %s made into %s",
                       eh_words(node->input[0]->shape).text, eh_words(attr->shape).text, eh_words(y).text);
    eh_node_output(node, 0, back ? attr->shape : y, EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_graph_node(g, node->op == &eh_op_resample2d ? &eh_op_resample2d_grad : &eh_op_resample2d, dy,
                          1, node->attr);
    return EH_OK;
}

const eh_op eh_op_resample2d = {
    .entry = { .name = "resample2d", .summary = "images resized, or with mirrored borders" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_resample2d),
    .infer = infer,
    .grad = grad,
};

const eh_op eh_op_resample2d_grad = {
    .entry = { .name = "resample2d_grad", .summary = "gradient of resample2d" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_resample2d),
    .infer = infer,
    .grad = grad,
};

/* The tables of one axis in the graph's arena; false when memory ran out. */
static bool fill_axis(eh_graph *g, eh_resample_axis *axis, eh_source_of source, int64_t before)
{
    size_t count = (size_t)axis->outputs;
    int32_t *first = eh_arena_alloc(g->arena, 2 * count, sizeof *first), *second = first + count;
    double *share = eh_arena_alloc(g->arena, count, sizeof *share);
    if (!first || !share)
        return false;
    axis->exact = true;
    for (int64_t i = 0; i < axis->outputs; i++) {
        double at = source(i, axis->outputs, axis->inputs, before);
        first[i] = (int32_t)at;
        share[i] = at - (double)first[i];
        second[i] = first[i] + 1 < axis->inputs ? first[i] + 1 : first[i];
        if (second[i] == first[i] || share[i] == 0) {
            second[i] = first[i];
            share[i] = 0;
        }
        axis->exact = axis->exact && share[i] == 0;
    }
    axis->first = first;
    axis->second = second;
    axis->share = share;
    return true;
}

eh_tensor *eh_resample2d(eh_graph *g, eh_tensor *x, int64_t height, int64_t width, eh_resample_kind kind,
                         eh_source_of source, const int64_t before[2])
{
    if (!x)
        return NULL;
    eh_attr_resample2d attr = { .kind = kind, .before = { before[0], before[1] }, .shape = x->shape };
    attr.axis[0] = (eh_resample_axis){ .inputs = x->shape.dim[2], .outputs = height };
    attr.axis[1] = (eh_resample_axis){ .inputs = x->shape.dim[3], .outputs = width };
    for (int i = 0; i < 2; i++)
        if (!fill_axis(g, &attr.axis[i], source, before[i])) {
            eh_error err = { 0 };
            eh_fail_memory(&err, "the table of a resized axis", (size_t)attr.axis[i].outputs, sizeof(double));
            return eh_graph_fail(g, err.status, "%s", err.message);
        }
    return eh_graph_node(g, &eh_op_resample2d, &x, 1, &attr);
}
