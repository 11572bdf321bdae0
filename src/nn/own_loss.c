/* own_loss.c - which images a model's own loss counts for.
 *
 * Math    l_i = class loss_i + [y_i = c] own_i: a DB-VAE learns to draw faces only.
 * Source  Amini, Soleimany, Schwarting, Bhatia and Rus 2019, equation 4 and below; MIT 6.S191, lab 2.
 * Easy to get wrong: the mask belongs to the model's loss, never to that of the classes; the lab's PyTorch version of 2025 has it there.
 */
#include "nn/own_loss.h"

eh_tensor *eh_own_loss_mask(eh_graph *g, eh_tensor *labels, int64_t classes, int64_t only)
{
    if (!labels)
        return NULL;
    eh_tensor *column = eh_slice(g, eh_one_hot(g, labels, classes), 1, only, 1); /* [N,1] */
    return eh_reshape(g, column, eh_shape_of(1, eh_tensor_shape(labels).dim[0]));
}

eh_tensor *eh_own_loss_add(eh_graph *g, eh_tensor *heads, eh_tensor *own, eh_tensor *mask)
{
    eh_tensor *counted = own && mask ? eh_mul(g, own, mask) : own;
    return heads && counted ? eh_add(g, heads, counted) : heads ? heads : counted;
}
