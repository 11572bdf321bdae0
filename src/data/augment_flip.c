/* augment_flip.c - mirrors the picture left-right with a probability. */
#include "evenhand/loader.h"

#include "base/rng.h"

typedef struct options {
    double probability;
} options;

static const eh_opt option_table[] = {
    { .name = "probability",
      .help = "how often a picture is mirrored",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, probability),
      .def = "0.5",
      .min = 0,
      .max = 1 },
    { 0 },
};

static void apply(const void *opts, uint8_t *pixels, uint8_t *spare, int width, int height, int channels,
                  struct eh_rng *rng)
{
    const options *o = opts;
    (void)spare;
    if (eh_rng_uniform(rng) >= o->probability)
        return;
    for (int y = 0; y < height; y++) {
        uint8_t *left = pixels + (size_t)y * (size_t)width * (size_t)channels;
        uint8_t *right = left + (size_t)(width - 1) * (size_t)channels;
        for (; left < right; left += channels, right -= channels)
            for (int c = 0; c < channels; c++) {
                uint8_t keep = left[c];
                left[c] = right[c];
                right[c] = keep;
            }
    }
}

extern const eh_augment eh_augment_flip;

const eh_augment eh_augment_flip = {
    .entry = { .name = "flip",
               .summary = "mirrors pictures left-right at random",
               .source = "torchvision RandomHorizontalFlip",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .apply = apply,
};
