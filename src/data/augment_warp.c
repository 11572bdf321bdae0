/* augment_warp.c - tilts the picture at random, as if seen from the side or from above. */
#include "data/augment_map.h"

#include "base/rng.h"

typedef struct options {
    double magnitude, probability;
    int fill;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "magnitude",
      .help = "how far corners move at most, of half the side",
      .type = EH_OPT_FLOAT,
      AT(magnitude),
      .def = "0.2",
      .min = 0,
      .max = 0.45 },
    EH_AUGMENT_PROBABILITY(options, "how often a picture is tilted", "0.75"),
    EH_AUGMENT_FILL(options),
    { 0 },
};

static void place(const void *opts, eh_sample *s)
{
    const options *o = opts;
    if (!eh_sample_placed(s, o->probability, o->fill))
        return;
    double x = eh_rng_range(s->rng, -o->magnitude, o->magnitude);
    eh_map_tilt(s, x, eh_rng_range(s->rng, -o->magnitude, o->magnitude));
}

extern const eh_augment eh_augment_warp;

const eh_augment eh_augment_warp = {
    .entry = { .name = "warp",
               .summary = "tilts pictures at random",
               .source = "fastai Warp; torchvision RandomPerspective is another distribution",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .place = place,
};
