/* op_layer_norm.c - layer normalisation over the last axis, composed of group_norm.
 *
 * y = scale (x - mean) / sqrt(var + epsilon) + shift, statistics of each row: the rows [R,D] are samples with D channels in one group.
 * Source  Ba, Kiros and Hinton 2016. */
#include "tensor/shape.h"

eh_tensor *eh_layer_norm(eh_graph *g, eh_tensor *x, eh_tensor *scale, eh_tensor *shift, double epsilon)
{
    if (!x || !scale || !shift)
        return NULL;
    if (x->shape.rank == 0)
        return eh_graph_fail(g, EH_ERR_USAGE, "layer_norm: a scalar has no axis to normalise");
    eh_shape last = eh_shape_of(1, x->shape.dim[x->shape.rank - 1]);
    if (!eh_shape_equal(scale->shape, last) || !eh_shape_equal(shift->shape, last))
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "layer_norm: scale %s and shift %s must have the size of the last axis of %s",
                             eh_words(scale->shape).text, eh_words(shift->shape).text,
                             eh_words(x->shape).text);
    eh_tensor *rows = eh_reshape(g, x, eh_shape_of(2, -1, last.dim[0]));
    return eh_reshape(g, eh_group_norm(g, rows, scale, shift, 1, epsilon), x->shape);
}
