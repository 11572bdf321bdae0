/* op_soft_cross_entropy.c - cross entropy and divergence against distributions, one number per sample, composed.
 *
 *   soft_cross_entropy: - sum over k of target log softmax(logits)
 *   kl_divergence: sum over k of target (log target - log_probabilities), target > 0
 * Their gradients in the first argument are equal; the values differ by the entropy of the target. */
#include "tensor/shape.h"

static bool fit(eh_graph *g, const char *name, const eh_tensor *a, const eh_tensor *b)
{
    if (a->shape.rank == 2 && eh_shape_equal(a->shape, b->shape))
        return true;
    eh_graph_fail(g, EH_ERR_USAGE, "%s: two tensors [N,K] are needed, not %s and %s", name,
                  eh_words(a->shape).text, eh_words(b->shape).text);
    return false;
}

eh_tensor *eh_soft_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *target)
{
    if (!logits || !target || !fit(g, "soft_cross_entropy", logits, target))
        return NULL;
    return eh_affine(g, eh_sum(g, eh_mul(g, eh_log_softmax(g, logits), target), 1u << 1, false), -1, 0);
}

eh_tensor *eh_kl_divergence(eh_graph *g, eh_tensor *log_probabilities, eh_tensor *target)
{
    if (!log_probabilities || !target || !fit(g, "kl_divergence", log_probabilities, target))
        return NULL;
    return eh_sum(g, eh_mul(g, eh_sub(g, eh_log(g, target), log_probabilities), target), 1u << 1, false);
}
