/* augment_flip.c - mirrors the picture left-right with a probability. */
#include "data/augment_map.h"

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
