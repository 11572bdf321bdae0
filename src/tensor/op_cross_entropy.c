/* op_cross_entropy.c - cross entropy of classes, one number per label, composed of simple ops.
 *
 *   loss = - sum over k of target[k] log softmax(logits)[k],  target = w[k] ((1 - s) onehot(label)[k] + s / K)
 *
 * Source  Szegedy et al. 2016 for label smoothing; PyTorch's cross_entropy(reduction="none") for the convention s / K and for class weights w.
 * Traps   log_softmax, never log(softmax). A label that is ignored or outside [0, K) gives a loss (and a gradient) of zero, with smoothing too. Pixels' classes
 *         are moved to the last axis: logits [N,K,H,W] are not [N,H,W,K]. */
#include "tensor/shape.h"

/* One-hot rows of the labels [..., K]; zeros where they do not count. */
static eh_tensor *target_of(eh_graph *g, eh_tensor *labels, int64_t classes,
                            const eh_cross_entropy_opts *opts)
{
    eh_tensor *target = eh_one_hot(g, labels, classes);
    if (!opts->has_ignored || opts->ignored < 0 || opts->ignored >= classes)
        return target;
    float *kept = eh_alloc((size_t)classes, sizeof *kept);
    if (!kept) {
        eh_error err = { 0 };
        eh_fail_memory(&err, "the classes of a loss", (size_t)classes, sizeof *kept);
        return eh_graph_fail(g, err.status, "%s", err.message);
    }
    for (int64_t k = 0; k < classes; k++)
        kept[k] = k == opts->ignored ? 0 : 1;
    target = eh_mul(g, target, eh_constant(g, eh_shape_of(1, classes), kept));
    eh_free(kept);
    return target;
}

static unsigned last_axis(const eh_tensor *t)
{
    return t ? 1u << (t->shape.rank - 1) : 1;
}

static bool check_weights(eh_graph *g, const eh_cross_entropy_opts *opts, int64_t classes)
{
    if (!(opts->smoothing >= 0 && opts->smoothing < 1))
        eh_graph_fail(g, EH_ERR_USAGE, "cross_entropy: label smoothing must be in [0, 1), not %g",
                      opts->smoothing);
    else if (opts->class_weights && !eh_shape_equal(opts->class_weights->shape, eh_shape_of(1, classes)))
        eh_graph_fail(g, EH_ERR_USAGE, "cross_entropy: %d classes need as many class weights, not %s",
                      (int)classes, eh_words(opts->class_weights->shape).text);
    else
        return true;
    return false;
}

/* labels has the shape of logits without axis 1. */
static bool fit(const eh_tensor *logits, const eh_tensor *labels)
{
    eh_shape expected = logits->shape;
    if (expected.rank < 2)
        return false;
    for (int i = 1; i + 1 < expected.rank; i++)
        expected.dim[i] = expected.dim[i + 1];
    expected.rank--;
    return eh_shape_equal(labels->shape, expected);
}

eh_tensor *eh_weighted_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *labels,
                                     eh_cross_entropy_opts opts)
{
    if (!logits || !labels)
        return NULL;
    if (!fit(logits, labels))
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "cross_entropy: logits [N,K] and labels [N], or logits [N,K,H,W] and labels "
                             "[N,H,W], are needed, not %s and %s",
                             eh_words(logits->shape).text, eh_words(labels->shape).text);
    int64_t classes = logits->shape.dim[1];
    if (!check_weights(g, &opts, classes))
        return NULL;
    eh_tensor *target = target_of(g, labels, classes, &opts);
    if (opts.smoothing > 0) {
        eh_tensor *valid = eh_sum(g, target, last_axis(target), true);
        target = eh_add(g, eh_affine(g, target, 1 - opts.smoothing, 0),
                        eh_affine(g, valid, opts.smoothing / (double)classes, 0));
    }
    if (opts.class_weights)
        target = eh_mul(g, target, opts.class_weights);
    eh_tensor *logarithms = eh_log_softmax(g, eh_channels_last(g, logits));
    return eh_affine(g, eh_sum(g, eh_mul(g, logarithms, target), last_axis(target), false), -1, 0);
}

eh_tensor *eh_cross_entropy(eh_graph *g, eh_tensor *logits, eh_tensor *labels, double smoothing)
{
    return eh_weighted_cross_entropy(g, logits, labels, (eh_cross_entropy_opts){ .smoothing = smoothing });
}

eh_tensor *eh_label_weights(eh_graph *g, eh_tensor *labels, int64_t classes, eh_cross_entropy_opts opts)
{
    if (!labels || !check_weights(g, &opts, classes))
        return NULL;
    eh_tensor *target = target_of(g, labels, classes, &opts);
    if (opts.class_weights)
        target = eh_mul(g, target, opts.class_weights);
    return eh_sum(g, target, last_axis(target), false);
}
