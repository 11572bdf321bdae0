/* loss_focal_dice.c - overlap in which misses weigh more than false alarms, and classes that are badly found more than others.
 *
 * Math    T_k = (P + s) / (P + a M + b F + s): P = sum p_k t_k found, M = sum (1 - p_k) t_k missed, F = sum p_k (1 - t_k) wrongly seen, over the pixels of an image
 *         that have a class; l = mean_k (1 - T_k)^(1/gamma) + c CE. With a = b = 1/2 and gamma = 1 it is the Dice loss with twice the s.
 * Source  Abraham and Khan 2019, "A novel focal Tversky loss function with improved attention U-Net for lesion segmentation": a = 0.7, b = 0.3,
 *         gamma = 4/3.
 * Differs 1e-6 is added to 1 - T_k, because the slope of the root is infinite at 0.
 * Easy to get wrong: the exponent is 1 / gamma, so gamma above 1 weighs classes with little error less steeply than the paper's text suggests.
 */
#include "nn/mask_target.h"

#define ABOVE_ZERO 1e-6

typedef struct options {
    double misses, alarms, gamma;
    eh_mask_overlap_opts shared;
} options;

static const eh_opt option_table[] = {
    { .name = "misses",
      .help = "weight of pixels of the class that were not found",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, misses),
      .def = "0.7",
      .min = 0.001,
      .max = 1000 },
    { .name = "alarms",
      .help = "weight of other pixels that were taken for the class",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, alarms),
      .def = "0.3",
      .min = 0.001,
      .max = 1000 },
    { .name = "gamma",
      .help = "the loss of a class is taken to the power 1 / gamma",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, gamma),
      .def = "1.3333333333333333",
      .min = 0.1,
      .max = 10 },
    EH_MASK_OVERLAP_OPTIONS(options),
    { 0 },
};

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    const options *o = opts;
    eh_mask_overlap both = eh_mask_overlap_of(g, out, truth);
    if (!both.truth)
        return NULL;
    unsigned pixels = 1u << 2 | 1u << 3;
    eh_tensor *found = eh_sum(g, eh_mul(g, both.probability, both.truth), pixels, false); /* [N,K] */
    eh_tensor *missed = eh_sub(g, eh_sum(g, both.truth, pixels, false), found);
    eh_tensor *wrong = eh_sub(g, eh_sum(g, both.probability, pixels, false), found);
    eh_tensor *errors = eh_add(g, eh_affine(g, missed, o->misses, 0), eh_affine(g, wrong, o->alarms, 0));
    /* 1 - T = errors / (found + errors + s) */
    eh_tensor *loss = eh_div(g, errors, eh_affine(g, eh_add(g, found, errors), 1, o->shared.smooth));
    eh_tensor *focal =
        eh_mean(g, eh_power(g, eh_affine(g, loss, 1, ABOVE_ZERO), 1 / o->gamma), 1u << 1, false);
    return eh_mask_add_cross_entropy(g, &o->shared, target, focal, out, truth);
}

const eh_loss eh_loss_focal_dice = {
    .entry = { .name = "focal-dice",
               .summary = "overlap of masks in which misses weigh more than false alarms, rooted",
               .source = "Abraham and Khan 2019, focal Tversky loss",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .outputs = eh_mask_outputs,
    .build = build,
    .predict = eh_mask_predict,
};
