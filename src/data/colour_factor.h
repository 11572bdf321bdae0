/* colour_factor.h - what augmentations that change a picture by a random factor about 1 share: options and draw. */
#ifndef EH_DATA_COLOUR_FACTOR_H
#define EH_DATA_COLOUR_FACTOR_H

#include "data/augment_map.h"

typedef struct eh_colour_factor {
    double by, probability;
} eh_colour_factor;

extern const eh_opt eh_colour_factor_options[];

/* With the probability of `opts` (eh_colour_factor) one of image/colour.h is done to the pixels, by a factor uniform in 1 - by (not below 0) .. 1 + by. */
void eh_sample_factor(const void *opts, eh_sample *sample,
                      void (*change)(uint8_t *samples, size_t pixels, int channels, double factor));

#endif
