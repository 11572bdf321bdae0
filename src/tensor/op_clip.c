/* op_clip.c - values held between two bounds, composed.
 *
 * y = min(max(x, low), high);  the gradient passes where low <= x <= high, as in PyTorch. NaN stays NaN. */
#include "tensor/shape.h"

eh_tensor *eh_clip(eh_graph *g, eh_tensor *x, double low, double high)
{
    if (!(low <= high))
        return eh_graph_fail(g, EH_ERR_USAGE, "clip: the lower bound %g is above the upper bound %g", low,
                             high);
    x = eh_maximum(g, x, eh_full(g, eh_shape_of(0), low));
    return eh_minimum(g, x, eh_full(g, eh_shape_of(0), high));
}
