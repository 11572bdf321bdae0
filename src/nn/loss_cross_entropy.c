/* loss_cross_entropy.c - softmax cross-entropy.
 *
 * Math    l = -w_y sum_k t_k log softmax(z)_k with t = (1-s) on the label y and s/K everywhere (s = smoothing). Weights of classes, with
 *         n_k images of class k among n: inverse n / (K n_k), median median_j(n_j) / n_k, enet 1 / ln(1.02 + n_k / n); classes without images weigh 0. Of masks the n count pixels, and l is the
 *         mean over the pixels that have a class.
 * Source  Szegedy et al. 2016 for the smoothing; King and Zeng 2001 for inverse, Eigen and Fergus 2015 for median frequencies; the
 *         convention of torch.nn.CrossEntropyLoss(reduction="none").
 * Easy to get wrong: the weights multiply, and the batch's mean is not divided by their sum (torch's reduction="mean" does that).
 */
#include "nn/mask_target.h"

#include <stddef.h>

typedef struct options {
    double smoothing;
    int weights; /* eh_class_weighting */
} options;

static const eh_opt option_table[] = {
    { .name = "smoothing",
      .help = "label smoothing: this share of the target is spread over all classes",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, smoothing),
      .def = "0",
      .min = 0,
      .max = 0.999 },
    { .name = "weights",
      .help = "weigh classes by their rarity in the training part",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, weights),
      .def = "none",
      .choices = eh_class_weighting_names },
    { 0 },
};

static int64_t outputs(const void *opts, const eh_target *target)
{
    (void)opts;
    return target->kind != EH_TARGET_NUMBER && target->classes >= 2 ? (int64_t)target->classes : 0;
}

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    const options *o = opts;
    if (target->kind == EH_TARGET_MASK)
        return eh_mask_cross_entropy(g, target, (eh_class_weighting)o->weights, o->smoothing, out, truth);
    eh_tensor *loss = eh_cross_entropy(g, out, truth, o->smoothing);
    eh_tensor *weight = eh_class_weights(g, (eh_class_weighting)o->weights, target);
    return weight ? eh_mul(g, loss, eh_gather(g, weight, truth)) : loss;
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
               .opts = option_table,
               .opts_size = sizeof(options) },
    .outputs = outputs,
    .build = build,
    .predict = predict,
};
