/* op_global_avg_pool.c - average over each image plane.
 *
 *   y[n,c] = mean over h, w of x[n,c,h,w];  global_avg_pool_grad(dy): dx = dy / (H W) everywhere in the plane. Each is the other's adjoint. */
#include "tensor/shape.h"

static eh_status infer(eh_node *node, eh_error *err)
{
    eh_shape x = node->input[0]->shape;
    EH_TRY(eh_infer_unary(node, err));
    if (x.rank != 4)
        return eh_fail(err, EH_ERR_USAGE, "images [N,C,H,W] are needed, not %s", eh_words(x).text);
    eh_node_output(node, 0, eh_shape_of(2, x.dim[0], x.dim[1]), EH_F32);
    return EH_OK;
}

static eh_status infer_grad(eh_node *node, eh_error *err)
{
    const eh_attr_shape *attr = node->attr;
    EH_TRY(eh_infer_unary(node, err));
    if (!eh_shape_equal(node->input[0]->shape, eh_shape_of(2, attr->shape.dim[0], attr->shape.dim[1])))
        return eh_fail(err, EH_ERR_USAGE, "averages %s do not belong to images %s",
                       eh_words(node->input[0]->shape).text, eh_words(attr->shape).text);
    eh_node_output(node, 0, attr->shape, EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    (void)want;
    (void)err;
    dx[0] = eh_graph_node(g, &eh_op_global_avg_pool_grad, dy, 1,
                          &(eh_attr_shape){ .shape = node->input[0]->shape });
    return EH_OK;
}

static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    (void)node;
    (void)want;
    (void)err;
    dx[0] = eh_global_avg_pool(g, dy[0]);
    return EH_OK;
}

const eh_op eh_op_global_avg_pool = {
    .entry = { .name = "global_avg_pool",
               .summary = "average over each image plane",
               .source = "Lin, Chen and Yan 2014" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .infer = infer,
    .grad = grad,
};

const eh_op eh_op_global_avg_pool_grad = {
    .entry = { .name = "global_avg_pool_grad", .summary = "gradient of global_avg_pool" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_shape),
    .infer = infer_grad,
    .grad = grad_of_grad,
};

eh_tensor *eh_global_avg_pool(eh_graph *g, eh_tensor *x)
{
    return eh_graph_node(g, &eh_op_global_avg_pool, &x, 1, NULL);
}
