/* op_attention.c - scaled dot-product attention, composed.
 *
 *   y = softmax(q k' / sqrt D) v,  q [B,T,D], k [B,S,D], v [B,S,E]
 * Cost   2 B T S (D + E) operations, and the [B,T,S] weights are kept for the gradient.
 * Source Vaswani et al. 2017. */
#include "tensor/shape.h"

#include <math.h>

eh_tensor *eh_attention(eh_graph *g, eh_tensor *q, eh_tensor *k, eh_tensor *v)
{
    if (!q || !k || !v)
        return NULL;
    if (q->shape.rank != 3 || k->shape.rank != 3 || v->shape.rank != 3)
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "attention: q [B,T,D], k [B,S,D] and v [B,S,E] are needed, not %s, %s and %s",
                             eh_words(q->shape).text, eh_words(k->shape).text, eh_words(v->shape).text);
    q = eh_affine(g, q, 1 / sqrt((double)q->shape.dim[2]), 0);
    return eh_matmul(g, eh_softmax(g, eh_matmul(g, q, k, false, true)), v, false, false);
}
