/* augment_saturation.c - makes colours stronger or weaker by a random factor. */
#include "data/colour_factor.h"

#include "image/colour.h"

static void apply(const void *opts, eh_sample *s)
{
    eh_sample_factor(opts, s, eh_colour_saturation);
}

extern const eh_augment eh_augment_saturation;

const eh_augment eh_augment_saturation = {
    .entry = { .name = "saturation",
               .summary = "makes colours stronger or weaker at random",
               .source = "torchvision ColorJitter(saturation)",
               .opts = eh_colour_factor_options,
               .opts_size = sizeof(eh_colour_factor) },
    .apply = apply,
};
