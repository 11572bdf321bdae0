/* layer_linear.c - fully connected layer with its variables. */
#include "nn/layer.h"

#include <assert.h>
#include <math.h>

eh_tensor *eh_layer_linear(eh_build *b, const char *name, eh_tensor *x, int64_t out, bool bias)
{
    if (!x)
        return NULL;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(x);
    assert(out > 0);
    if (in.rank < 2) {
        char text[64];
        return eh_graph_fail(g, EH_ERR_USAGE, "%s.%s: a linear layer needs [...,K], not %s", eh_scope(g),
                             name, eh_shape_text(in, text, sizeof text));
    }
    int64_t inputs = in.dim[in.rank - 1];
    eh_init uniform = { EH_INIT_UNIFORM, 1.0 / sqrt((double)inputs),
                        false }; /* PyTorch's default for nn.Linear */

    eh_scope_push(g, "%s", name);
    eh_tensor *weight =
        eh_variable(g, "weight", eh_shape_of(2, out, inputs), EH_TRAINABLE, uniform); /* [O,K] */
    eh_tensor *shift = bias ? eh_variable(g, "bias", eh_shape_of(1, out), EH_TRAINABLE, uniform) : NULL;
    eh_tensor *y =
        weight && (shift || !bias) ? eh_linear(g, x, weight, shift) : NULL; /* [...,K] -> [...,O] */
    eh_scope_pop(g);
    return y;
}
