/* op_gelu_tanh.c - the tanh approximation of GELU, composed.
 *
 * y = x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
 * Source  Hendrycks and Gimpel 2016. Differs from the exact form by up to 5e-4: take the one that the weights were trained with. */
#include "tensor/shape.h"

eh_tensor *eh_gelu_tanh(eh_graph *g, eh_tensor *x)
{
    const double root = 0.79788456080286535588; /* sqrt(2 / pi) */
    eh_tensor *inner = eh_mul(g, x, eh_affine(g, eh_square(g, x), root * 0.044715, root));
    return eh_mul(g, x, eh_affine(g, eh_tanh(g, inner), 0.5, 0.5));
}
