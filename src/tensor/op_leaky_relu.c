/* op_leaky_relu.c - ReLU that lets a little through below zero, composed.
 *
 * y = slope x + (1 - slope) max(x, 0): x where x > 0, else slope x; the derivative at 0 is slope, as in PyTorch.
 * Source  Maas, Hannun and Ng 2013. */
#include "tensor/shape.h"

eh_tensor *eh_leaky_relu(eh_graph *g, eh_tensor *x, double slope)
{
    return eh_add(g, eh_affine(g, eh_relu(g, x), 1 - slope, 0), eh_affine(g, x, slope, 0));
}
