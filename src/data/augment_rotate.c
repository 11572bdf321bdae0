/* augment_rotate.c - turns the picture by a random angle. */
#include "data/augment_map.h"

#include "base/rng.h"

typedef struct options {
    double degrees, probability;
    int fill;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "degrees",
      .help = "largest angle, in both directions",
      .type = EH_OPT_FLOAT,
      AT(degrees),
      .def = "10",
      .min = 0,
      .max = 180 },
    EH_AUGMENT_PROBABILITY(options, "how often a picture is turned", "0.75"),
    EH_AUGMENT_FILL(options),
    { 0 },
};

static void place(const void *opts, eh_sample *s)
{
    const options *o = opts;
    if (!eh_sample_placed(s, o->probability, o->fill))
        return;
    eh_map_rotate(s, eh_rng_range(s->rng, -o->degrees, o->degrees));
}

extern const eh_augment eh_augment_rotate;

const eh_augment eh_augment_rotate = {
    .entry = { .name = "rotate",
               .summary = "turns pictures by a random angle",
               .source = "fastai Rotate; torchvision RandomRotation",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .place = place,
};
