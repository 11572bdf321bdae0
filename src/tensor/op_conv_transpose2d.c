/* op_conv_transpose2d.c - transposed convolution, composed: it is conv2d's adjoint, which exists as conv2d_input_grad.
 *
 *   H' = (H - 1) stride - 2 pad + dilation (kh - 1) + 1 + extra
 * Source PyTorch's ConvTranspose2d. Cost as the convolution [N,O,H',W'] -> [N,C,H,W].
 * Trap   The weight is [C, O/groups, kh, kw]: input channels first. */
#include "tensor/shape.h"

eh_tensor *eh_conv_transpose2d(eh_graph *g, eh_tensor *x, eh_tensor *w, eh_tensor *bias, eh_conv2d_opts opts,
                               const int extra[2])
{
    eh_attr_conv2d attr = { .opts = opts };
    eh_tensor *input[] = { x, w };
    eh_tensor *y = NULL;
    if (!x || !w)
        return NULL;
    if (x->shape.rank != 4 || w->shape.rank != 4 || x->shape.dim[1] != w->shape.dim[0])
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "conv_transpose2d: an input [N,C,H,W] and a weight [C,O/groups,kh,kw] are "
                             "needed, not %s and %s",
                             eh_words(x->shape).text, eh_words(w->shape).text);
    attr.opts.groups = opts.groups ? opts.groups : 1;
    attr.shape = eh_shape_of(4, x->shape.dim[0], w->shape.dim[1] * attr.opts.groups, 0, 0);
    for (int i = 0; i < 2; i++) {
        int more = extra ? extra[i] : 0;
        attr.opts.stride[i] = opts.stride[i] ? opts.stride[i] : 1;
        attr.opts.dilation[i] = opts.dilation[i] ? opts.dilation[i] : 1;
        if (attr.opts.stride[i] < 1 || attr.opts.dilation[i] < 1 || opts.pad[i] < 0 || attr.opts.groups < 1 ||
            more < 0 || more >= attr.opts.stride[i])
            return eh_graph_fail(g, EH_ERR_USAGE,
                                 "conv_transpose2d: stride, dilation and groups must be positive, padding "
                                 "not negative, and the extra rows "
                                 "(%d) fewer than the stride (%d)",
                                 more, attr.opts.stride[i]);
        attr.shape.dim[2 + i] = (x->shape.dim[2 + i] - 1) * attr.opts.stride[i] - 2 * (int64_t)opts.pad[i] +
                                attr.opts.dilation[i] * (w->shape.dim[2 + i] - 1) + 1 + more;
    }
    y = eh_graph_node(g, &eh_op_conv2d_input_grad, input, 2, &attr);
    return bias ? eh_add(g, y, eh_as_channels(g, bias, y)) : y;
}
