/* op_binary_cross_entropy.c - cross entropy of two classes from one logit, one number per sample, composed of simple ops.
 *
 *   loss = y softplus(-z) + (1 - y) softplus(z)  =  max(z, 0) - z y + log(1 + e^-|z|)
 *
 * The first form is built: its terms never cancel, and its gradient sigmoid(z) - y is right at z = 0 too, where the second one's
 * max and |z| have kinks that automatic differentiation gets wrong (zero-initialised heads start there).
 * sigmoid_cross_entropy is the same for targets y in [0,1] and any number of logits per sample, p y softplus(-z) with weights p of positives.
 * Trap   A label other than 0 and 1 gives a loss (and a gradient) of zero. */
#include "tensor/shape.h"

/* Column `k` of onehot [N,2], as [N]. */
static eh_tensor *column(eh_graph *g, eh_tensor *onehot, int k)
{
    eh_tensor *chosen =
        eh_constant(g, eh_shape_of(1, 2), k ? (const float[]){ 0, 1 } : (const float[]){ 1, 0 });
    return eh_sum(g, eh_mul(g, onehot, chosen), 1u << 1, false);
}

eh_tensor *eh_binary_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *labels)
{
    eh_tensor *z = NULL, *onehot = NULL, *negative = NULL, *positive = NULL;
    if (!logits || !labels)
        return NULL;
    if (labels->shape.rank != 1 || logits->shape.rank < 1 || logits->shape.rank > 2 ||
        eh_shape_elements(logits->shape) != labels->shape.dim[0] ||
        logits->shape.dim[0] != labels->shape.dim[0])
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "binary_cross_entropy: logits [N,1] or [N] and labels [N] are needed, not %s "
                             "and %s",
                             eh_words(logits->shape).text, eh_words(labels->shape).text);
    z = eh_reshape(g, logits, labels->shape);
    onehot = eh_one_hot(g, labels, 2);
    positive = eh_mul(g, column(g, onehot, 1), eh_softplus(g, eh_affine(g, z, -1, 0)));
    negative = eh_mul(g, column(g, onehot, 0), eh_softplus(g, z));
    return eh_add(g, positive, negative);
}

eh_tensor *eh_sigmoid_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *target,
                                    eh_tensor *positive_weights)
{
    if (!logits || !target)
        return NULL;
    if (!eh_shape_equal(logits->shape, target->shape))
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "sigmoid_cross_entropy: logits and targets of one shape are needed, not %s and "
                             "%s",
                             eh_words(logits->shape).text, eh_words(target->shape).text);
    eh_tensor *positive = eh_mul(g, target, eh_softplus(g, eh_affine(g, logits, -1, 0)));
    eh_tensor *negative = eh_mul(g, eh_affine(g, target, -1, 1), eh_softplus(g, logits));
    if (positive_weights)
        positive = eh_mul(g, positive, positive_weights);
    if (positive_weights && positive && !eh_shape_equal(positive->shape, logits->shape))
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "sigmoid_cross_entropy: the weights %s do not broadcast to the logits %s",
                             eh_words(positive_weights->shape).text, eh_words(logits->shape).text);
    return eh_add(g, positive, negative);
}
