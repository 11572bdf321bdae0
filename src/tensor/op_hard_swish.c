/* op_hard_swish.c - swish with a piecewise linear gate, composed.
 *
 * y = x clip(x + 3, 0, 6) / 6.
 * Source  Howard et al. 2019 (MobileNetV3). */
#include "tensor/shape.h"

eh_tensor *eh_hard_swish(eh_graph *g, eh_tensor *x)
{
    return eh_mul(g, eh_clip(g, eh_affine(g, x, 1.0 / 6, 0.5), 0, 1), x);
}
