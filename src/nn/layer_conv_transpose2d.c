/* layer_conv_transpose2d.c - transposed convolution with its variables. */
#include "nn/layer.h"

#include <math.h>

eh_tensor *eh_layer_conv_transpose2d(eh_build *b, const char *name, eh_tensor *x, eh_conv_transpose_spec spec)
{
    if (!x)
        return NULL;
    eh_graph *g = b->graph;
    int64_t in = eh_tensor_shape(x).dim[1], out = spec.out, k = spec.kernel;
    /* PyTorch takes the fan of dim[1], which are the outputs here. */
    eh_init uniform = { EH_INIT_UNIFORM, 1.0 / sqrt((double)(out * k * k)), false };
    eh_scope_push(g, "%s", name);
    eh_tensor *weight = eh_variable(g, "weight", eh_shape_of(4, in, out, k, k), EH_TRAINABLE, uniform);
    eh_tensor *bias = eh_variable(g, "bias", eh_shape_of(1, out), EH_TRAINABLE, uniform);
    eh_tensor *y = eh_conv_transpose2d(g, x, weight, bias,
                                       (eh_conv2d_opts){ .stride = { spec.stride, spec.stride },
                                                         .pad = { spec.pad, spec.pad } },
                                       (const int[2]){ spec.extra, spec.extra });
    eh_scope_pop(g);
    return y;
}
