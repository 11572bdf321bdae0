/* op_max_pool2d.c - largest value of each window.
 *
 *   y = max over the window, padding counts as -infinity; index = which element won (the first in row-major order, NaN wins)
 *   max_pool2d_grad(dy, index): dx = sum of dy over the windows that chose the element
 *   max_pool2d_pick(x, index): the elements that index names; the adjoint of max_pool2d_grad, so gradients of any order exist.
 * Trap   Windows overlap when the stride is smaller than the kernel: gradients add up. */
#include "tensor/pool_shape.h"

static eh_tensor *node_of(eh_graph *g, const eh_op *op, eh_tensor *a, eh_tensor *index,
                          const eh_attr_pool2d *attr)
{
    eh_tensor *input[] = { a, index };
    return eh_graph_node(g, op, input, 2, attr);
}

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_pool2d *attr = node->attr;
    eh_shape y = { 0 };
    EH_TRY(eh_infer_unary(node, err));
    EH_TRY(eh_pool2d_shape(&y, node->input[0]->shape, attr, err));
    eh_node_output(node, 0, y, EH_F32);
    eh_node_output(node, 1, y, EH_I32);
    return EH_OK;
}

/* Both (dy, index) -> x's shape and (x, index) -> y's shape. */
static eh_status infer_with_index(eh_node *node, eh_error *err)
{
    const eh_attr_pool2d *attr = node->attr;
    bool pick = node->op == &eh_op_max_pool2d_pick;
    eh_shape y = { 0 }, a = node->input[0]->shape;
    EH_TRY(eh_pool2d_shape(&y, attr->shape, attr, err));
    if (!eh_shape_equal(node->input[1]->shape, y) || node->input[1]->dtype != EH_I32 ||
        !eh_shape_equal(a, pick ? attr->shape : y))
        return eh_fail(err, EH_ERR_USAGE, "the shapes %s and %s do not belong to one pooling of %s",
                       eh_words(a).text, eh_words(node->input[1]->shape).text, eh_words(attr->shape).text);
    eh_node_output(node, 0, pick ? y : attr->shape, EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = node_of(g, &eh_op_max_pool2d_grad, dy[0], node->output[1], node->attr);
    return EH_OK;
}

static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    (void)err;
    if (want[0])
        dx[0] = node_of(g, &eh_op_max_pool2d_pick, dy[0], node->input[1], node->attr);
    return EH_OK;
}

static eh_status grad_of_pick(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    (void)err;
    if (want[0])
        dx[0] = node_of(g, &eh_op_max_pool2d_grad, dy[0], node->input[1], node->attr);
    return EH_OK;
}

const eh_op eh_op_max_pool2d = {
    .entry = { .name = "max_pool2d", .summary = "largest value of each window" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 2,
    .attr_size = sizeof(eh_attr_pool2d),
    .infer = infer,
    .grad = grad,
};

const eh_op eh_op_max_pool2d_grad = {
    .entry = { .name = "max_pool2d_grad",
               .summary = "gradient of max_pool2d: adds each value where its window's maximum was" },
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_pool2d),
    .infer = infer_with_index,
    .grad = grad_of_grad,
};

const eh_op eh_op_max_pool2d_pick = {
    .entry = { .name = "max_pool2d_pick", .summary = "the elements that max_pool2d chose" },
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_pool2d),
    .infer = infer_with_index,
    .grad = grad_of_pick,
};

eh_tensor *eh_max_pool2d(eh_graph *g, eh_tensor *x, eh_pool2d_opts opts)
{
    eh_attr_pool2d attr = eh_pool2d_attr(x, opts);
    return eh_graph_node(g, &eh_op_max_pool2d, &x, 1, &attr);
}
