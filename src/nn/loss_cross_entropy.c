/* loss_cross_entropy.c - softmax cross-entropy.
 *
 * Math    l = -sum_k w_k t_k log softmax(z)_k with t = (1-s) on the label y and s/K everywhere (s = smoothing). Weights of classes, with
 *         n_k images of class k among n: inverse n / (K n_k), median median_j(n_j) / n_k, enet 1 / ln(1.02 + n_k / n); classes without images weigh 0. Of masks the n count pixels, and l is the
 *         mean over the pixels that have a class.
 * Source  Szegedy et al. 2016 for the smoothing; King and Zeng 2001 for inverse, Eigen and Fergus 2015 for median frequencies; the
 *         convention of torch.nn.CrossEntropyLoss(reduction="none").
 * Easy to get wrong: a smoothed share weighs as the class that it goes to, not as the label. The weights multiply, and the batch's mean is not divided by their sum (torch's reduction="mean" does that).
 */
#include "nn/class_weights.h"
#include "nn/mask_target.h"

static int64_t outputs(const void *opts, const eh_target *target)
{
    (void)opts;
    return target->kind != EH_TARGET_NUMBER && target->classes >= 2 ? (int64_t)target->classes : 0;
}

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    const eh_class_loss_options *o = opts;
    if (target->kind == EH_TARGET_MASK)
        return eh_mask_cross_entropy(g, target, (eh_class_weighting)o->weights, o->smoothing, out, truth);
    return eh_weighted_cross_entropy(g, out, truth,
                                     (eh_cross_entropy_opts){
                                         .smoothing = o->smoothing,
                                         .class_weights =
                                             eh_class_weights(g, (eh_class_weighting)o->weights, target) });
}

static eh_tensor *predict(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out)
{
    (void)opts;
    return target->kind == EH_TARGET_MASK ? eh_mask_predict(g, NULL, target, out) : eh_softmax(g, out);
}

const eh_loss eh_loss_cross_entropy = {
    .entry = { .name = "cross-entropy",
               .summary = "softmax cross-entropy, for two or more classes, of an image or of every pixel",
               .source = "Szegedy et al. 2016 (label smoothing); Eigen and Fergus 2015 (median frequencies); "
                         "Paszke "
                         "et al. 2016 (enet)",
               .opts = eh_class_loss_option_table,
               .opts_size = sizeof(eh_class_loss_options) },
    .outputs = outputs,
    .build = build,
    .predict = predict,
};
