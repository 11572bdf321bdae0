/* augment_contrast.c - raises or lowers contrast by a random factor. */
#include "data/colour_factor.h"

#include "image/colour.h"

static void apply(const void *opts, eh_sample *s)
{
    eh_sample_factor(opts, s, eh_colour_contrast);
}

extern const eh_augment eh_augment_contrast;

const eh_augment eh_augment_contrast = {
    .entry = { .name = "contrast",
               .summary = "raises or lowers contrast at random",
               .source = "torchvision ColorJitter(contrast)",
               .opts = eh_colour_factor_options,
               .opts_size = sizeof(eh_colour_factor) },
    .apply = apply,
};
