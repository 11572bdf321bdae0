/* op_batch_norm_fixed.c - batch normalisation with given statistics: inference, and training with frozen statistics.
 *
 *   i = 1 / sqrt(var + epsilon);  y = scale (x - mean) i + shift
 *   dx = dy scale i;  dscale = sum dy (x - mean) i;  dshift = sum dy
 *   dmean = -dshift scale i;  dvar = -dscale scale / (2 (var + epsilon))
 *
 * Cost   one read and a write; in inference the plan folds it into the convolution before it. */
#include "tensor/shape.h"

enum { NUMBER_OF_GRADIENTS = 3 };

static eh_status infer(eh_node *node, eh_error *err)
{
    EH_TRY(eh_infer_unary(node, err));
    return eh_check_channels(node, 0, err);
}

static eh_status infer_grad(eh_node *node, eh_error *err)
{
    eh_shape x = node->input[1]->shape;
    EH_TRY(eh_infer_unary(node, err));
    EH_TRY(eh_check_channels(node, 1, err));
    if (!eh_shape_equal(node->input[0]->shape, x))
        return eh_fail(err, EH_ERR_USAGE, "the gradient %s and the input %s must have one shape",
                       eh_words(node->input[0]->shape).text, eh_words(x).text);
    eh_node_output(node, 1, eh_shape_of(1, x.dim[1]), EH_F32);
    eh_node_output(node, 2, eh_shape_of(1, x.dim[1]), EH_F32);
    return EH_OK;
}

static eh_tensor *inverse_deviation(eh_graph *g, eh_tensor *var, double epsilon)
{
    return eh_div(g, eh_full(g, eh_shape_of(0), 1), eh_sqrt(g, eh_affine(g, var, 1, epsilon)));
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    const eh_attr_epsilon *attr = node->attr;
    eh_tensor *scale = node->input[1], *var = node->input[4];
    eh_tensor *input[] = { dy[0], node->input[0], scale, node->input[3], var };
    eh_tensor *all = eh_graph_node(g, &eh_op_batch_norm_fixed_grad, input, 5, node->attr);
    EH_TRY(eh_graph_check(g, err));
    for (int i = 0; i < NUMBER_OF_GRADIENTS; i++)
        if (want[i])
            dx[i] = all->node->output[i];
    if (want[3])
        dx[3] = eh_affine(g,
                          eh_mul(g, eh_mul(g, all->node->output[2], scale),
                                 inverse_deviation(g, var, attr->epsilon)),
                          -1, 0);
    if (want[4])
        dx[4] = eh_div(g, eh_affine(g, eh_mul(g, all->node->output[1], scale), -0.5, 0),
                       eh_affine(g, var, 1, attr->epsilon));
    return EH_OK;
}

/* batch_norm_fixed_grad in simple ops, differentiated by the general walk; see grad_of_grad in op_batch_norm.c. */
static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *seed, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    const eh_attr_epsilon *attr = node->attr;
    eh_tensor *wrt[5], *found[5] = { 0 };
    eh_tensor *output[NUMBER_OF_GRADIENTS], *seeds[NUMBER_OF_GRADIENTS];
    unsigned axes = eh_axes_but(node->input[1]->shape.rank, 1);
    size_t outputs = 0;
    for (int i = 0; i < 5; i++)
        wrt[i] = eh_reshape(g, node->input[i], node->input[i]->shape);
    EH_TRY(eh_graph_check(g, err));
    eh_tensor *dy = wrt[0], *x = wrt[1];
    eh_tensor *inverse = eh_as_channels(g, inverse_deviation(g, wrt[4], attr->epsilon), x);
    eh_tensor *normal = eh_mul(g, eh_sub(g, x, eh_as_channels(g, wrt[3], x)), inverse);
    eh_tensor *all[NUMBER_OF_GRADIENTS] = { eh_mul(g, dy, eh_mul(g, eh_as_channels(g, wrt[2], x), inverse)),
                                            eh_sum(g, eh_mul(g, dy, normal), axes, false),
                                            eh_sum(g, dy, axes, false) };
    EH_TRY(eh_graph_check(g, err));
    for (int i = 0; i < NUMBER_OF_GRADIENTS; i++) {
        if (!seed[i])
            continue;
        output[outputs] = all[i];
        seeds[outputs++] = seed[i];
    }
    EH_TRY(eh_graph_backward(g, output, seeds, outputs, wrt, 5, found, err));
    for (int i = 0; i < 5; i++)
        if (want[i])
            dx[i] = found[i];
    return EH_OK;
}

const eh_op eh_op_batch_norm_fixed = {
    .entry = { .name = "batch_norm_fixed",
               .summary = "batch normalisation with given statistics",
               .source = "Ioffe and Szegedy 2015" },
    .flags = EH_OP_IN_PLACE,
    .min_inputs = 5,
    .max_inputs = 5,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_epsilon),
    .infer = infer,
    .grad = grad,
};

const eh_op eh_op_batch_norm_fixed_grad = {
    .entry = { .name = "batch_norm_fixed_grad",
               .summary = "gradients of batch_norm_fixed with respect to input, scale and shift" },
    .min_inputs = 5,
    .max_inputs = 5,
    .outputs = NUMBER_OF_GRADIENTS,
    .attr_size = sizeof(eh_attr_epsilon),
    .infer = infer_grad,
    .grad = grad_of_grad,
};

eh_tensor *eh_batch_norm_fixed(eh_graph *g, eh_tensor *x, eh_tensor *scale, eh_tensor *shift, eh_tensor *mean,
                               eh_tensor *var, double epsilon)
{
    eh_tensor *input[] = { x, scale, shift, mean, var };
    return eh_graph_node(g, &eh_op_batch_norm_fixed, input, 5, &(eh_attr_epsilon){ .epsilon = epsilon });
}
