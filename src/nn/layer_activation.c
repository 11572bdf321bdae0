/* layer_activation.c - the activation that an option names. */
#include "nn/layer.h"

#include <assert.h>

eh_tensor *eh_layer_activation(eh_build *b, eh_tensor *x, eh_activation activation)
{
    switch (activation) {
    case EH_ACT_RELU:
        return eh_relu(b->graph, x);
    case EH_ACT_GELU:
        return eh_gelu(b->graph, x);
    case EH_ACT_SILU:
        return eh_silu(b->graph, x);
    case EH_ACT_NONE:
        return x;
    }
    assert(!"unknown activation");
    return NULL;
}
