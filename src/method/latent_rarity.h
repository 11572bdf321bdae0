/* latent_rarity.h - how rare images are among their like, by histograms of their latent variables. */
#ifndef EH_METHOD_LATENT_RARITY_H
#define EH_METHOD_LATENT_RARITY_H

#include "evenhand/error.h"

#include <stddef.h>

typedef enum eh_rarity_rule { EH_RARITY_MAX, EH_RARITY_PRODUCT } eh_rarity_rule;

/* weight [count], each > 0, sum 1: of latent [count, width]. bins >= 1, smoothing > 0. */
eh_status eh_latent_rarity(float *weight, const float *latent, size_t count, size_t width, size_t bins,
                           double smoothing, eh_rarity_rule rule, eh_error *err);

#endif
