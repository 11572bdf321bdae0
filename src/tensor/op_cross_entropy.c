/* op_cross_entropy.c - cross entropy of classes, one number per sample, composed of simple ops.
 *
 *   loss[n] = - sum over k of target[n,k] log softmax(logits)[n,k],  target = (1 - s) onehot(label) + s / K
 *
 * Source  Szegedy et al. 2016 for label smoothing; PyTorch's cross_entropy(reduction="none") for the convention s / K.
 * Traps   log_softmax, never log(softmax). A label outside [0, K) gives a loss (and a gradient) of zero, with smoothing too. */
#include "tensor/shape.h"

eh_tensor *eh_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *labels, double smoothing)
{
    eh_tensor *target = NULL;
    int64_t classes = 0;
    if (!logits || !labels)
        return NULL;
    if (logits->shape.rank != 2 || !eh_shape_equal(labels->shape, eh_shape_of(1, logits->shape.dim[0])))
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "cross_entropy: logits [N,K] and labels [N] are needed, not %s and %s",
                             eh_words(logits->shape).text, eh_words(labels->shape).text);
    if (!(smoothing >= 0 && smoothing < 1))
        return eh_graph_fail(g, EH_ERR_USAGE, "cross_entropy: label smoothing must be in [0, 1), not %g",
                             smoothing);
    classes = logits->shape.dim[1];
    target = eh_one_hot(g, labels, classes);
    if (smoothing > 0) {
        eh_tensor *valid = eh_sum(g, target, 1u << 1, true);
        target = eh_add(g, eh_affine(g, target, 1 - smoothing, 0),
                        eh_affine(g, valid, smoothing / (double)classes, 0));
    }
    return eh_affine(g, eh_sum(g, eh_mul(g, eh_log_softmax(g, logits), target), 1u << 1, false), -1, 0);
}
