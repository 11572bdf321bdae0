/* op_avg_pool2d.c - average of each window.
 *
 *   y = (1 / n) sum over the window; n = kh kw, so padding counts as zeros (PyTorch's count_include_pad), or with exclude_pad (and in adaptive
 *       windows) the number of elements inside the image. What a window of ceil_mode reaches behind the padding never counts.
 *   avg_pool2d_grad(dy): dx = sum over the windows that hold the element of dy / n; its adjoint is avg_pool2d. */
#include "tensor/pool_shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_pool2d *attr = node->attr;
    eh_shape y = { 0 };
    EH_TRY(eh_infer_unary(node, err));
    EH_TRY(eh_pool2d_shape(&y, node->input[0]->shape, attr, err));
    eh_node_output(node, 0, y, EH_F32);
    return EH_OK;
}

static eh_status infer_grad(eh_node *node, eh_error *err)
{
    const eh_attr_pool2d *attr = node->attr;
    eh_shape y = { 0 };
    EH_TRY(eh_infer_unary(node, err));
    EH_TRY(eh_pool2d_shape(&y, attr->shape, attr, err));
    if (!eh_shape_equal(node->input[0]->shape, y))
        return eh_fail(err, EH_ERR_USAGE, "pooling %s gives %s, not %s", eh_words(attr->shape).text,
                       eh_words(y).text, eh_words(node->input[0]->shape).text);
    eh_node_output(node, 0, attr->shape, EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_graph_node(g, &eh_op_avg_pool2d_grad, dy, 1, node->attr);
    return EH_OK;
}

static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_graph_node(g, &eh_op_avg_pool2d, dy, 1, node->attr);
    return EH_OK;
}

const eh_op eh_op_avg_pool2d = {
    .entry = { .name = "avg_pool2d", .summary = "average of each window" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_pool2d),
    .infer = infer,
    .grad = grad,
};

const eh_op eh_op_avg_pool2d_grad = {
    .entry = { .name = "avg_pool2d_grad", .summary = "gradient of avg_pool2d" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_pool2d),
    .infer = infer_grad,
    .grad = grad_of_grad,
};

eh_tensor *eh_avg_pool2d(eh_graph *g, eh_tensor *x, eh_pool2d_opts opts)
{
    eh_attr_pool2d attr = eh_pool2d_attr(x, opts);
    return eh_graph_node(g, &eh_op_avg_pool2d, &x, 1, &attr);
}
