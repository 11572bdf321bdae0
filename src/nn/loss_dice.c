/* loss_dice.c - how little predicted and true regions overlap.
 *
 * Idea    each class counts the same, however few pixels it has: small things are not drowned by road and sky.
 * Math    l = mean_k (1 - (2 sum p_k t_k + s) / (sum p_k + sum t_k + s)) + c CE, sums over the pixels of an image that have a class, s = smooth, CE the weighted
 *         cross-entropy.
 * Source  Milletari, Navab and Ahmadi 2016 (there with squares in the divisor); the sum with cross-entropy: Isensee et al. 2021, nnU-Net.
 * Easy to get wrong: pixels without a class must vanish from both sums; a class that is not in the image still counts (s / (sum p_k + s)), which is what
 *         keeps the network from seeing it everywhere.
 */
#include "nn/mask_target.h"

#include <stddef.h>

typedef struct options {
    double smooth, ce;
    int weights; /* eh_class_weighting */
} options;

static const eh_opt option_table[] = {
    { .name = "smooth",
      .help = "added to both sides of the fraction, in pixels",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, smooth),
      .def = "1",
      .min = 1e-6,
      .max = 1e6 },
    { .name = "ce",
      .help = "so much cross-entropy is added",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, ce),
      .def = "0",
      .min = 0,
      .max = 1e6 },
    { .name = "weights",
      .help = "of the classes in the cross-entropy, by their rarity in the training part",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, weights),
      .def = "none",
      .choices = eh_class_weighting_names },
    { 0 },
};

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    const options *o = opts;
    eh_mask_overlap both = eh_mask_overlap_of(g, out, truth);
    eh_tensor *dice =
        eh_mean(g, eh_dice_loss(g, both.probability, both.truth, o->smooth), 1u << 1, false); /* [N] */
    if (o->ce <= 0)
        return dice;
    eh_tensor *ce = eh_mask_cross_entropy(g, target, (eh_class_weighting)o->weights, 0, out, truth);
    return eh_add(g, dice, eh_affine(g, ce, o->ce, 0));
}

const eh_loss eh_loss_dice = {
    .entry = { .name = "dice",
               .summary = "overlap of masks, every class alike; with cross-entropy by ce=",
               .source = "Milletari et al. 2016, V-Net",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .outputs = eh_mask_outputs,
    .build = build,
    .predict = eh_mask_predict,
};
