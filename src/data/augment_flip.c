/* augment_flip.c - mirrors the picture left-right with a probability. */
#include "data/augment_map.h"

typedef struct options {
    double probability;
} options;

static const eh_opt option_table[] = {
    EH_AUGMENT_PROBABILITY(options, "how often a picture is mirrored", "0.5"),
    { 0 },
};

static void place(const void *opts, eh_sample *s)
{
    const options *o = opts;
    if (eh_sample_chance(s, o->probability))
        eh_map_mirror(s);
}

extern const eh_augment eh_augment_flip;

const eh_augment eh_augment_flip = {
    .entry = { .name = "flip",
               .summary = "mirrors pictures left-right at random",
               .source = "torchvision RandomHorizontalFlip",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .place = place,
};
