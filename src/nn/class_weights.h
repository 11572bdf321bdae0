/* class_weights.h - weights of classes by their rarity in the training part. */
#ifndef EH_NN_CLASS_WEIGHTS_H
#define EH_NN_CLASS_WEIGHTS_H

#include "evenhand/model.h"

typedef enum eh_class_weighting {
    EH_CLASS_WEIGHTS_NONE,
    EH_CLASS_WEIGHTS_INVERSE, /* n / (K n_k) */
    EH_CLASS_WEIGHTS_MEDIAN,  /* median of the n_j above 0, / n_k */
    EH_CLASS_WEIGHTS_ENET     /* 1 / ln(1.02 + n_k / n): at most 50 (Paszke et al. 2016, ENet) */
} eh_class_weighting;

extern const char *const eh_class_weighting_names[]; /* "none", "inverse", "median", "enet", NULL */

/* A constant [classes]; NULL without an error where nothing is to be weighed or the counts are not known. */
eh_tensor *eh_class_weights(eh_graph *g, eh_class_weighting weighting, const eh_target *target);

/* What the losses of classes take. */
typedef struct eh_class_loss_options {
    double smoothing; /* this share of the target is spread over all classes */
    int weights;      /* eh_class_weighting */
} eh_class_loss_options;

extern const eh_opt eh_class_loss_option_table[];

#endif
