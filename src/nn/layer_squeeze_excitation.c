/* layer_squeeze_excitation.c - channels weighed by what the whole image says of them.
 *
 * Source  Hu, Shen and Sun 2018; with SiLU between and names as in torchvision's efficientnet_v2.
 */
#include "nn/layer.h"

eh_tensor *eh_layer_squeeze_excitation(eh_build *b, const char *name, eh_tensor *x, int squeeze)
{
    if (!x)
        return NULL;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(x);
    eh_tensor *s =
        eh_reshape(g, eh_global_avg_pool(g, x), eh_shape_of(4, in.dim[0], in.dim[1], (int64_t)1, (int64_t)1));
    eh_scope_push(g, "%s", name);
    s = eh_silu(g, eh_layer_conv2d(b, "fc1", s, (eh_conv_spec){ .out = squeeze, .kernel = 1, .bias = true }));
    s = eh_layer_conv2d(b, "fc2", s, (eh_conv_spec){ .out = (int)in.dim[1], .kernel = 1, .bias = true });
    eh_scope_pop(g);
    return eh_mul(g, x, eh_sigmoid(g, s));
}
