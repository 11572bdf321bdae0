/* op_conv2d.c - two-dimensional convolution (cross-correlation) and the two ops of its gradient.
 *
 *   y[n,o,i,j] = bias[o] + sum over c,p,q of w[o,c,p,q] x[n, c + group(o) C/G, i s_h - pad_h + p d_h, j s_w - pad_w + q d_w]
 *
 * conv2d_input_grad(dy, w) is the adjoint in x (the transposed convolution), conv2d_weight_grad(x, dy) the adjoint in w. Each of the
 * three is bilinear, and the adjoints of each are the other two, so gradients of any order exist:
 *
 *   op            d first input                d second input
 *   conv2d(x,w)         input_grad(g, w)             weight_grad(x, g)
 *   input_grad(dy,w)    conv2d(g, w)                 weight_grad(g, dy)
 *   weight_grad(x,dy)   input_grad(dy, g)            conv2d(x, g)
 *
 * Cost   2 N O H' W' (C/G) kh kw floating-point operations for each of the three.
 * Source PyTorch's Conv2d for the shape rule.
 * Traps  With a stride, several input heights give one output height: the gradients carry the shape that the formula cannot recover. */
#include "tensor/shape.h"

static eh_tensor *input_grad(eh_graph *g, eh_tensor *dy, eh_tensor *w, eh_conv2d_opts opts, eh_shape shape)
{
    eh_tensor *input[] = { dy, w };
    return eh_graph_node(g, &eh_op_conv2d_input_grad, input, 2,
                         &(eh_attr_conv2d){ .opts = opts, .shape = shape });
}

static eh_tensor *weight_grad(eh_graph *g, eh_tensor *x, eh_tensor *dy, eh_conv2d_opts opts, eh_shape shape)
{
    eh_tensor *input[] = { x, dy };
    return eh_graph_node(g, &eh_op_conv2d_weight_grad, input, 2,
                         &(eh_attr_conv2d){ .opts = opts, .shape = shape });
}

/* The shape of y for x and w, or the sentence that says why there is none. */
static eh_status output_shape(eh_shape *y, eh_shape x, eh_shape w, const eh_conv2d_opts *opts, eh_error *err)
{
    if (x.rank != 4 || w.rank != 4)
        return eh_fail(err, EH_ERR_USAGE,
                       "images [N,C,H,W] and a weight [O,C,kh,kw] are needed, not %s and %s",
                       eh_words(x).text, eh_words(w).text);
    if (w.dim[1] * opts->groups != x.dim[1] || w.dim[0] % opts->groups != 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "the input %s has %d channels, which a weight %s with %d group%s does not fit",
                       eh_words(x).text, (int)x.dim[1], eh_words(w).text, opts->groups,
                       opts->groups == 1 ? "" : "s");
    *y = (eh_shape){ .rank = 4, .dim = { x.dim[0], w.dim[0] } };
    for (int i = 0; i < 2; i++) {
        int64_t room = x.dim[2 + i] + 2 * (int64_t)opts->pad[i] - opts->dilation[i] * (w.dim[2 + i] - 1) - 1;
        if (room < 0)
            return eh_fail(err, EH_ERR_USAGE,
                           "the input %s with padding %d x %d is smaller than the kernel of %s",
                           eh_words(x).text, opts->pad[0], opts->pad[1], eh_words(w).text);
        y->dim[2 + i] = room / opts->stride[i] + 1;
    }
    return EH_OK;
}

static eh_status check_bias(const eh_node *node, int64_t channels, eh_error *err)
{
    const eh_tensor *bias = node->inputs > 2 ? node->input[2] : NULL;
    if (bias && (bias->shape.rank != 1 || bias->shape.dim[0] != channels))
        return eh_fail(err, EH_ERR_USAGE,
                       "the bias %s must have one number for each of the %d output channels",
                       eh_words(bias->shape).text, (int)channels);
    return EH_OK;
}

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_conv2d *attr = node->attr;
    eh_shape y = { 0 };
    EH_TRY(eh_infer_unary(node, err));
    EH_TRY(output_shape(&y, node->input[0]->shape, node->input[1]->shape, &attr->opts, err));
    EH_TRY(check_bias(node, y.dim[1], err));
    eh_node_output(node, 0, y, EH_F32);
    return EH_OK;
}

static eh_status infer_input_grad(eh_node *node, eh_error *err)
{
    const eh_attr_conv2d *attr = node->attr;
    eh_shape y = { 0 };
    EH_TRY(eh_infer_unary(node, err));
    EH_TRY(output_shape(&y, attr->shape, node->input[1]->shape, &attr->opts, err));
    if (!eh_shape_equal(y, node->input[0]->shape))
        return eh_fail(err, EH_ERR_USAGE, "an input %s and a weight %s give %s, not %s",
                       eh_words(attr->shape).text, eh_words(node->input[1]->shape).text, eh_words(y).text,
                       eh_words(node->input[0]->shape).text);
    eh_node_output(node, 0, attr->shape, EH_F32);
    return EH_OK;
}

static eh_status infer_weight_grad(eh_node *node, eh_error *err)
{
    const eh_attr_conv2d *attr = node->attr;
    eh_shape y = { 0 };
    EH_TRY(eh_infer_unary(node, err));
    EH_TRY(output_shape(&y, node->input[0]->shape, attr->shape, &attr->opts, err));
    if (!eh_shape_equal(y, node->input[1]->shape))
        return eh_fail(err, EH_ERR_USAGE, "an input %s and a weight %s give %s, not %s",
                       eh_words(node->input[0]->shape).text, eh_words(attr->shape).text, eh_words(y).text,
                       eh_words(node->input[1]->shape).text);
    eh_node_output(node, 0, attr->shape, EH_F32);
    return EH_OK;
}

static eh_status grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                      eh_tensor **dx, eh_error *err)
{
    const eh_attr_conv2d *attr = node->attr;
    (void)err;
    if (want[0])
        dx[0] = input_grad(g, dy[0], node->input[1], attr->opts, node->input[0]->shape);
    if (want[1])
        dx[1] = weight_grad(g, node->input[0], dy[0], attr->opts, node->input[1]->shape);
    if (node->inputs > 2 && want[2])
        dx[2] = eh_sum(g, dy[0], eh_axes_but(4, 1), false);
    return EH_OK;
}

static eh_status grad_of_input_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                                    eh_tensor **dx, eh_error *err)
{
    const eh_attr_conv2d *attr = node->attr;
    (void)err;
    if (want[0])
        dx[0] = eh_conv2d(g, dy[0], node->input[1], NULL, attr->opts);
    if (want[1])
        dx[1] = weight_grad(g, dy[0], node->input[0], attr->opts, node->input[1]->shape);
    return EH_OK;
}

static eh_status grad_of_weight_grad(eh_graph *g, const eh_node *node, eh_tensor *const *dy, const bool *want,
                                     eh_tensor **dx, eh_error *err)
{
    const eh_attr_conv2d *attr = node->attr;
    (void)err;
    if (want[0])
        dx[0] = input_grad(g, node->input[1], dy[0], attr->opts, node->input[0]->shape);
    if (want[1])
        dx[1] = eh_conv2d(g, node->input[0], dy[0], NULL, attr->opts);
    return EH_OK;
}

const eh_op eh_op_conv2d = {
    .entry = { .name = "conv2d",
               .summary = "two-dimensional convolution with stride, padding, dilation, groups and bias" },
    .min_inputs = 2,
    .max_inputs = 3,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_conv2d),
    .infer = infer,
    .grad = grad,
};

const eh_op eh_op_conv2d_input_grad = {
    .entry = { .name = "conv2d_input_grad",
               .summary = "gradient of conv2d with respect to its input; the transposed convolution" },
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_conv2d),
    .infer = infer_input_grad,
    .grad = grad_of_input_grad,
};

const eh_op eh_op_conv2d_weight_grad = {
    .entry = { .name = "conv2d_weight_grad", .summary = "gradient of conv2d with respect to its weight" },
    .min_inputs = 2,
    .max_inputs = 2,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_conv2d),
    .infer = infer_weight_grad,
    .grad = grad_of_weight_grad,
};

eh_tensor *eh_conv2d(eh_graph *g, eh_tensor *x, eh_tensor *w, eh_tensor *bias, eh_conv2d_opts opts)
{
    eh_tensor *input[] = { x, w, bias };
    for (int i = 0; i < 2; i++) {
        opts.stride[i] = opts.stride[i] ? opts.stride[i] : 1;
        opts.dilation[i] = opts.dilation[i] ? opts.dilation[i] : 1;
        if (opts.stride[i] < 1 || opts.dilation[i] < 1 || opts.pad[i] < 0)
            return eh_graph_fail(g, EH_ERR_USAGE,
                                 "conv2d: stride and dilation must be positive and padding not negative");
    }
    opts.groups = opts.groups ? opts.groups : 1;
    if (opts.groups < 1)
        return eh_graph_fail(g, EH_ERR_USAGE, "conv2d: the number of groups must be positive, not %d",
                             opts.groups);
    return eh_graph_node(g, &eh_op_conv2d, input, bias ? 3 : 2, &(eh_attr_conv2d){ .opts = opts });
}
