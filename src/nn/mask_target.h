/* mask_target.h - what losses of masks share. Pixels without a class (-1) count nothing anywhere. */
#ifndef EH_NN_MASK_TARGET_H
#define EH_NN_MASK_TARGET_H

#include "nn/class_weights.h"

#include <stddef.h>

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

/* What losses of overlap have in common: a member `shared` of their option structs, its rows in their tables, and the cross-entropy that is added. */
typedef struct eh_mask_overlap_opts {
    double smooth, ce;
    int weights; /* eh_class_weighting */
} eh_mask_overlap_opts;

#define EH_MASK_OVERLAP_OPTIONS(struct_type)                                                   \
    { .name = "smooth",                                                                        \
      .help = "added to both sides of the fraction, in pixels",                                \
      .type = EH_OPT_FLOAT,                                                                    \
      .offset = offsetof(struct_type, shared.smooth),                                          \
      .def = "1",                                                                              \
      .min = 1e-6,                                                                             \
      .max = 1e6 },                                                                            \
        { .name = "ce",                                                                        \
          .help = "so much cross-entropy is added",                                            \
          .type = EH_OPT_FLOAT,                                                                \
          .offset = offsetof(struct_type, shared.ce),                                          \
          .def = "0",                                                                          \
          .min = 0,                                                                            \
          .max = 1e6 },                                                                        \
    {                                                                                          \
        .name = "weights",                                                                     \
        .help = "of the classes in the cross-entropy, by their rarity in the training part",   \
        .type = EH_OPT_CHOICE, .offset = offsetof(struct_type, shared.weights), .def = "none", \
        .choices = eh_class_weighting_names                                                    \
    }

/* overlap [N] and, where opts->ce is above 0, so much weighted cross-entropy. */
eh_tensor *eh_mask_add_cross_entropy(eh_graph *g, const eh_mask_overlap_opts *opts, const eh_target *target,
                                     eh_tensor *overlap, eh_tensor *out, eh_tensor *truth);

/* out [N,K,H,W] -> probabilities of the same shape: eh_loss.predict. */
eh_tensor *eh_mask_predict(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out);

#endif
