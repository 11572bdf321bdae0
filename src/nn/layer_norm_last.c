/* layer_norm_last.c - layer normalisation over the last axis with its variables. */
#include "nn/layer.h"

eh_tensor *eh_layer_norm_last(eh_build *b, const char *name, eh_tensor *x, double epsilon)
{
    if (!x)
        return NULL;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(x), last = eh_shape_of(1, in.dim[in.rank - 1]);
    eh_scope_push(g, "%s", name);
    eh_tensor *scale =
        eh_variable(g, "weight", last, EH_TRAINABLE, (eh_init){ .kind = EH_INIT_CONSTANT, .a = 1 });
    eh_tensor *shift = eh_variable(g, "bias", last, EH_TRAINABLE, (eh_init){ .kind = EH_INIT_CONSTANT });
    eh_scope_pop(g);
    return eh_layer_norm(g, x, scale, shift, epsilon);
}
