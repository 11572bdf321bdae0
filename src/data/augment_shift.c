/* augment_shift.c - moves the picture by a random share of its sides. */
#include "data/augment_map.h"

#include "base/rng.h"

typedef struct options {
    double share, probability;
    int fill;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "share",
      .help = "largest way, of width and of height",
      .type = EH_OPT_FLOAT,
      AT(share),
      .def = "0.1",
      .min = 0,
      .max = 1 },
    EH_AUGMENT_PROBABILITY(options, "how often a picture is moved", "0.75"),
    EH_AUGMENT_FILL(options),
    { 0 },
};

static void place(const void *opts, eh_sample *s)
{
    const options *o = opts;
    if (!eh_sample_placed(s, o->probability, o->fill))
        return;
    double x = eh_rng_range(s->rng, -o->share, o->share);
    eh_map_crop(s, x, eh_rng_range(s->rng, -o->share, o->share), 1, 1);
}

extern const eh_augment eh_augment_shift;

const eh_augment eh_augment_shift = {
    .entry = { .name = "shift",
               .summary = "moves pictures by a share of their sides",
               .source = "torchvision RandomAffine(translate)",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .place = place,
};
