/* op_group_norm.c - group normalisation, composed of batch_norm.
 *
 * Idea   A group of one sample is a "channel" of batch_norm when x [N,C,...] is seen as [1, N groups, C / groups * places]: the kernels
 *        (and the gradients of any order) are batch_norm's. Then y = normal scale + shift per channel.
 * Source Wu and He 2018.
 * Trap   The view needs row-major memory: after a convolution it costs one reorder. */
#include "tensor/shape.h"

/* x with each of `groups` equal runs of elements normalised; x's shape. */
static eh_tensor *normalise(eh_graph *g, eh_tensor *x, int64_t groups, double epsilon)
{
    eh_tensor *input[3], *y = NULL;
    if (!x)
        return NULL;
    if (eh_shape_elements(x->shape) / groups < 2)
        return eh_graph_fail(g, EH_ERR_USAGE, "normalisation of %s in %d groups: one value has no variance",
                             eh_words(x->shape).text, (int)groups);
    input[0] = eh_reshape(g, x, eh_shape_of(3, 1, groups, -1));
    input[1] = eh_full(g, eh_shape_of(1, groups), 1);
    input[2] = eh_full(g, eh_shape_of(1, groups), 0);
    y = eh_graph_node(g, &eh_op_batch_norm, input, 3, &(eh_attr_epsilon){ .epsilon = epsilon });
    return eh_reshape(g, y, x->shape);
}

eh_tensor *eh_group_norm(eh_graph *g, eh_tensor *x, eh_tensor *scale, eh_tensor *shift, int64_t groups,
                         double epsilon)
{
    if (!x || !scale || !shift)
        return NULL;
    if (x->shape.rank < 2 || groups < 1 || x->shape.dim[1] % groups != 0)
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "group_norm: the channels of %s cannot be cut into %d equal groups",
                             eh_words(x->shape).text, (int)groups);
    eh_shape channels = eh_shape_of(1, x->shape.dim[1]);
    if (!eh_shape_equal(scale->shape, channels) || !eh_shape_equal(shift->shape, channels))
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "group_norm: scale %s and shift %s must have one number for each channel of %s",
                             eh_words(scale->shape).text, eh_words(shift->shape).text,
                             eh_words(x->shape).text);
    eh_tensor *y = normalise(g, x, x->shape.dim[0] * groups, epsilon);
    return eh_add(g, eh_mul(g, y, eh_as_channels(g, scale, x)), eh_as_channels(g, shift, x));
}
