/* op_silu.c - sigmoid linear unit, also called swish, composed.
 *
 * y = x sigmoid(x).
 * Source  Elfwing, Uchibe and Doya 2018; Ramachandran, Zoph and Le 2017. */
#include "tensor/shape.h"

eh_tensor *eh_silu(eh_graph *g, eh_tensor *x)
{
    return eh_mul(g, eh_sigmoid(g, x), x);
}
