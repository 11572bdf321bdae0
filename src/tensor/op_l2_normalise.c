/* op_l2_normalise.c - vectors of length one, composed.
 *
 * y = x / max(|x|, epsilon), |x| the Euclidean length over the axes, as PyTorch's normalize.
 * Trap    The root's gradient is infinite at 0: the square is bounded below, before the root, so that a zero vector gets the gradient
 *         dy / epsilon and not NaN. */
#include "tensor/shape.h"

eh_tensor *eh_l2_normalise(eh_graph *g, eh_tensor *x, unsigned axes, double epsilon)
{
    eh_tensor *square = eh_sum(g, eh_square(g, x), axes, true);
    if (!(epsilon > 0))
        return eh_graph_fail(g, EH_ERR_USAGE, "l2_normalise: epsilon must be positive, not %g", epsilon);
    square = eh_maximum(g, square, eh_full(g, eh_shape_of(0), epsilon * epsilon));
    return eh_div(g, x, eh_sqrt(g, square));
}
