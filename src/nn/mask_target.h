/* mask_target.h - what losses of masks share. Pixels without a class (-1) count nothing anywhere. */
#ifndef EH_NN_MASK_TARGET_H
#define EH_NN_MASK_TARGET_H

#include "nn/class_weights.h"

/* Classes of a target of masks with at least two, else 0: eh_loss.outputs of losses of masks alone. */
int64_t eh_mask_outputs(const void *opts, const eh_target *target);

/* A target in the form that sums over pixels need: out [N,K,H,W] and truth i32 [N,H,W] -> probabilities and ones [N,K,H,W], both 0 where the pixel has
 * no class. Both NULL when an error was recorded. */
typedef struct eh_mask_overlap {
    eh_tensor *probability, *truth;
} eh_mask_overlap;
eh_mask_overlap eh_mask_overlap_of(eh_graph *g, eh_tensor *out, eh_tensor *truth);

/* Weighted cross-entropy of each sample [N]: the sum over its pixels, divided by how many have a class (at least 1). */
eh_tensor *eh_mask_cross_entropy(eh_graph *g, const eh_target *target, eh_class_weighting weighting,
                                 double smoothing, eh_tensor *out, eh_tensor *truth);

/* out [N,K,H,W] -> probabilities of the same shape: eh_loss.predict. */
eh_tensor *eh_mask_predict(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out);

#endif
