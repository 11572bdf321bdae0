/* augment_brightness.c - makes the picture lighter or darker by a random factor. */
#include "data/colour_factor.h"

#include "image/colour.h"

static void apply(const void *opts, eh_sample *s)
{
    eh_sample_factor(opts, s, eh_colour_brightness);
}

extern const eh_augment eh_augment_brightness;

const eh_augment eh_augment_brightness = {
    .entry = { .name = "brightness",
               .summary = "makes pictures lighter or darker at random",
               .source = "torchvision ColorJitter(brightness)",
               .opts = eh_colour_factor_options,
               .opts_size = sizeof(eh_colour_factor) },
    .apply = apply,
};
