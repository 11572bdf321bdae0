/* op_soft_cross_entropy.c - cross entropy and divergence against distributions, one number per sample or pixel, composed.
 *
 *   soft_cross_entropy: - sum over k of target log softmax(logits)
 *   kl_divergence: sum over k of target (log target - log_probabilities), target > 0
 *   gaussian_kl: sum of (mean^2 + e^l - 1 - l) / 2, l the logarithm of the variance: the divergence of N(mean, e^l) from N(0, 1)
 * The gradients of the first two in the first argument are equal; the values differ by the entropy of the target.
 * Source Kullback and Leibler 1951; Kingma and Welling 2014, appendix B. */
#include "tensor/shape.h"

static bool fit(eh_graph *g, const char *name, const char *shape, const eh_tensor *a, const eh_tensor *b,
                int least)
{
    if (a->shape.rank >= least && eh_shape_equal(a->shape, b->shape))
        return true;
    eh_graph_fail(g, EH_ERR_USAGE, "%s: two tensors %s are needed, not %s and %s", name, shape,
                  eh_words(a->shape).text, eh_words(b->shape).text);
    return false;
}

/* Sum over the classes, now the last axis. */
static eh_tensor *over_classes(eh_graph *g, eh_tensor *x)
{
    return x ? eh_sum(g, x, 1u << (x->shape.rank - 1), false) : NULL;
}

eh_tensor *eh_soft_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *target)
{
    if (!logits || !target || !fit(g, "soft_cross_entropy", "[N,K] or [N,K,H,W]", logits, target, 2))
        return NULL;
    eh_tensor *logarithms = eh_log_softmax(g, eh_channels_last(g, logits));
    return eh_affine(g, over_classes(g, eh_mul(g, logarithms, eh_channels_last(g, target))), -1, 0);
}

eh_tensor *eh_kl_divergence(eh_graph *g, eh_tensor *log_probabilities, eh_tensor *target)
{
    if (!log_probabilities || !target || !fit(g, "kl_divergence", "[N,K]", log_probabilities, target, 2))
        return NULL;
    eh_tensor *ratio = eh_sub(g, eh_log(g, target), log_probabilities);
    return over_classes(g, eh_channels_last(g, eh_mul(g, ratio, target)));
}

eh_tensor *eh_gaussian_kl(eh_graph *g, eh_tensor *mean, eh_tensor *log_variance)
{
    if (!mean || !log_variance || !fit(g, "gaussian_kl", "[N,...]", mean, log_variance, 1))
        return NULL;
    eh_tensor *sum = eh_add(g, eh_square(g, mean), eh_sub(g, eh_exp(g, log_variance), log_variance));
    sum = eh_affine(g, sum, 0.5, -0.5);
    return mean->shape.rank > 1 ? eh_sum(g, sum, eh_axes_but(mean->shape.rank, 0), false) : sum;
}
