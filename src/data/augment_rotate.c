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
    { .name = "probability",
      .help = "how often a picture is turned",
      .type = EH_OPT_FLOAT,
      AT(probability),
      .def = "0.75",
      .min = 0,
      .max = 1 },
    { .name = "fill",
      .help = "what comes into view beyond the edges",
      .type = EH_OPT_CHOICE,
      AT(fill),
      .def = "reflect",
      .choices = eh_fill_names },
    { 0 },
};

static void place(const void *opts, eh_sample *s)
{
    const options *o = opts;
    if (!eh_sample_chance(s, o->probability))
        return;
    s->fill = (eh_fill)o->fill;
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
