/* op_batch_norm.c - batch normalisation with the statistics of the batch.
 *
 *   per channel c, over all n elements of the batch: mean, var (biased: divided by n), i = 1 / sqrt(var + epsilon)
 *   y = scale (x - mean) i + shift
 *   dshift = sum dy;  dscale = sum dy xhat, xhat = (x - mean) i
 *   dx = scale i (dy - dshift / n - xhat dscale / n)
 *   running = (1 - momentum) running + momentum batch, with var n / (n - 1)
 *
 * Source  Ioffe and Szegedy 2015; PyTorch's BatchNorm2d for the running statistics.
 * Cost    two reads and a write forward; two reads of dy and x and a write backward.
 * Traps   The batch is normalised with the biased variance, the running variance takes the unbiased one. One element per channel has
 *         no variance: an error, as in PyTorch. Sums in f32 over many elements need care: kernels use at least pairwise or f64 sums. */
#include "tensor/shape.h"

enum { NUMBER_OF_GRADIENTS = 3 };

static eh_status infer(eh_node *node, eh_error *err)
{
    eh_shape x = node->input[0]->shape;
    EH_TRY(eh_infer_unary(node, err));
    EH_TRY(eh_check_channels(node, 0, err));
    if (eh_shape_elements(x) / x.dim[1] < 2)
        return eh_fail(err, EH_ERR_USAGE,
                       "the input %s has one value per channel, which has no variance; use a batch of at "
                       "least 2",
                       eh_words(x).text);
    eh_node_output(node, 1, eh_shape_of(1, x.dim[1]), EH_F32);
    eh_node_output(node, 2, eh_shape_of(1, x.dim[1]), EH_F32);
    return EH_OK;
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

static eh_status infer_update(eh_node *node, eh_error *err)
{
    for (int i = 1; i < node->inputs; i++)
        if (!eh_shape_equal(node->input[i]->shape, node->input[0]->shape))
            return eh_fail(err, EH_ERR_USAGE,
                           "running statistics %s and batch statistics %s must have one shape",
                           eh_words(node->input[0]->shape).text, eh_words(node->input[i]->shape).text);
    eh_node_output(node, 0, eh_shape_of(0), EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    eh_tensor *x = node->input[0], *mean = node->output[1], *var = node->output[2];
    double n = (double)eh_axes_elements(x->shape, eh_axes_but(x->shape.rank, 1));
    (void)err;
    if (dy[0]) {
        eh_tensor *input[] = { dy[0], x, node->input[1], mean, var };
        eh_tensor *all = eh_graph_node(g, &eh_op_batch_norm_grad, input, 5, node->attr);
        for (int i = 0; all && i < NUMBER_OF_GRADIENTS; i++)
            if (want[i])
                dx[i] = all->node->output[i];
    }
    if (dy[1] && want[0]) { /* the statistics themselves were used: d mean / dx = 1 / n */
        eh_tensor *part = eh_broadcast_to(g, eh_as_channels(g, eh_affine(g, dy[1], 1 / n, 0), x), x->shape);
        dx[0] = dx[0] ? eh_add(g, dx[0], part) : part;
    }
    if (dy[2] && want[0]) { /* d var / dx = 2 (x - mean) / n */
        eh_tensor *centred = eh_sub(g, x, eh_as_channels(g, mean, x));
        eh_tensor *part = eh_mul(g, centred, eh_as_channels(g, eh_affine(g, dy[2], 2 / n, 0), x));
        dx[0] = dx[0] ? eh_add(g, dx[0], part) : part;
    }
    return EH_OK;
}

/* batch_norm_grad written in simple ops, with mean and variance as functions of x, differentiated by the general walk. The copies of dy, x and
 * scale (a reshape to the same shape) keep the walk from going further back than these three. */
static eh_status grad_of_grad(eh_graph *g, const eh_node *node, eh_tensor *const *seed, const bool *want,
                              eh_tensor **dx, eh_error *err)
{
    const eh_attr_epsilon *attr = node->attr;
    eh_tensor *dy = eh_reshape(g, node->input[0], node->input[0]->shape);
    eh_tensor *x = eh_reshape(g, node->input[1], node->input[1]->shape);
    eh_tensor *scale = eh_reshape(g, node->input[2], node->input[2]->shape);
    eh_tensor *wrt[NUMBER_OF_GRADIENTS] = { dy, x, scale }, *found[NUMBER_OF_GRADIENTS] = { 0 };
    eh_tensor *output[NUMBER_OF_GRADIENTS], *seeds[NUMBER_OF_GRADIENTS];
    unsigned axes = eh_axes_but(node->input[1]->shape.rank, 1);
    size_t outputs = 0;
    eh_tensor *centred = eh_sub(g, x, eh_mean(g, x, axes, true));
    eh_tensor *var = eh_mean(g, eh_square(g, centred), axes, true);
    eh_tensor *inverse =
        eh_div(g, eh_full(g, eh_shape_of(0), 1), eh_sqrt(g, eh_affine(g, var, 1, attr->epsilon)));
    eh_tensor *normal = eh_mul(g, centred, inverse);
    eh_tensor *product = eh_mul(g, dy, normal);
    eh_tensor *inner = eh_sub(g, eh_sub(g, dy, eh_mean(g, dy, axes, true)),
                              eh_mul(g, normal, eh_mean(g, product, axes, true)));
    eh_tensor *all[NUMBER_OF_GRADIENTS] = { eh_mul(g, eh_mul(g, inner, inverse), eh_as_channels(g, scale, x)),
                                            eh_sum(g, product, axes, false), eh_sum(g, dy, axes, false) };
    EH_TRY(eh_graph_check(g, err));
    for (int i = 0; i < NUMBER_OF_GRADIENTS; i++) {
        if (!seed[i])
            continue;
        output[outputs] = all[i];
        seeds[outputs++] = seed[i];
    }
    EH_TRY(eh_graph_backward(g, output, seeds, outputs, wrt, NUMBER_OF_GRADIENTS, found, err));
    for (int i = 0; i < NUMBER_OF_GRADIENTS; i++)
        if (want[i])
            dx[i] = found[i];
    return EH_OK;
}

const eh_op eh_op_batch_norm = {
    .entry = { .name = "batch_norm",
               .summary = "batch normalisation with the batch's statistics",
               .source = "Ioffe and Szegedy 2015" },
    .min_inputs = 3,
    .max_inputs = 3,
    .outputs = 3,
    .attr_size = sizeof(eh_attr_epsilon),
    .infer = infer,
    .grad = grad,
};

const eh_op eh_op_batch_norm_grad = {
    .entry = { .name = "batch_norm_grad",
               .summary = "gradients of batch_norm with respect to input, scale and shift" },
    .min_inputs = 5,
    .max_inputs = 5,
    .outputs = NUMBER_OF_GRADIENTS,
    .attr_size = sizeof(eh_attr_epsilon),
    .infer = infer_grad,
    .grad = grad_of_grad,
};

const eh_op eh_op_batch_norm_update = {
    .entry = { .name = "batch_norm_update",
               .summary = "moves running mean and variance towards the batch's" },
    .flags = EH_OP_EFFECT,
    .min_inputs = 4,
    .max_inputs = 4,
    .outputs = 1,
    .changes = 2,
    .attr_size = sizeof(eh_attr_batch_norm_update),
    .infer = infer_update,
};

eh_tensor *eh_batch_norm(eh_graph *g, eh_tensor *x, eh_tensor *scale, eh_tensor *shift,
                         eh_tensor *running_mean, eh_tensor *running_var, double momentum, double epsilon)
{
    eh_tensor *input[] = { x, scale, shift };
    eh_tensor *y = eh_graph_node(g, &eh_op_batch_norm, input, 3, &(eh_attr_epsilon){ .epsilon = epsilon });
    if (y) {
        double n = (double)eh_axes_elements(x->shape, eh_axes_but(x->shape.rank, 1));
        eh_tensor *statistics[] = { running_mean, running_var, y->node->output[1], y->node->output[2] };
        eh_attr_batch_norm_update attr = { .momentum = momentum, .unbiased = n / (n - 1) };
        if (!eh_graph_record_effect(g, eh_graph_node(g, &eh_op_batch_norm_update, statistics, 4, &attr)))
            return NULL;
    }
    return y;
}
