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

typedef struct options {
    eh_mask_overlap_opts shared;
} options;

static const eh_opt option_table[] = {
    EH_MASK_OVERLAP_OPTIONS(options),
    { 0 },
};

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    const options *o = opts;
    eh_mask_overlap both = eh_mask_overlap_of(g, out, truth);
    eh_tensor *dice =
        eh_mean(g, eh_dice_loss(g, both.probability, both.truth, o->shared.smooth), 1u << 1, false); /* [N] */
    return eh_mask_add_cross_entropy(g, &o->shared, target, dice, out, truth);
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
