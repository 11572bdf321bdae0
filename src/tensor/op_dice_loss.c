/* op_dice_loss.c - overlap of masks, one number per sample and class, composed.
 *
 *   loss = 1 - (2 sum p t + smooth) / (sum p + sum t + smooth), sums over the pixels
 * Source  Milletari, Navab and Ahmadi 2016 (there with squares in the divisor; this is the usual form without).
 * Trap    smooth 0 with a class that is in neither p nor t is 0 / 0. */
#include "tensor/shape.h"

eh_tensor *eh_dice_loss(eh_graph *g, eh_tensor *probabilities, eh_tensor *target, double smooth)
{
    if (!probabilities || !target)
        return NULL;
    eh_shape shape = probabilities->shape;
    if (shape.rank < 3 || !eh_shape_equal(shape, target->shape))
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "dice_loss: probabilities and targets [N,K,H,W] of one shape are needed, not %s "
                             "and %s",
                             eh_words(shape).text, eh_words(target->shape).text);
    unsigned pixels = eh_axes_all(shape.rank) & ~3u;
    eh_tensor *both = eh_sum(g, eh_mul(g, probabilities, target), pixels, false);
    eh_tensor *all = eh_add(g, eh_sum(g, probabilities, pixels, false), eh_sum(g, target, pixels, false));
    return eh_affine(g, eh_div(g, eh_affine(g, both, 2, smooth), eh_affine(g, all, 1, smooth)), -1, 1);
}
