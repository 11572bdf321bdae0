/* op_minimum.c - the smaller of two, element by element, composed.
 *
 * y = -max(-a, -b): NaN where either is NaN, ties give a the whole gradient. */
#include "tensor/shape.h"

eh_tensor *eh_minimum(eh_graph *g, eh_tensor *a, eh_tensor *b)
{
    return eh_affine(g, eh_maximum(g, eh_affine(g, a, -1, 0), eh_affine(g, b, -1, 0)), -1, 0);
}
