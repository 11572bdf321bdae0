/* augment_hue.c - turns the circle of colours by a random angle. */
#include "data/augment_map.h"

#include "base/rng.h"
#include "image/colour.h"

typedef struct options {
    double by, probability;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "by",
      .help = "largest turn in both directions; 0.5 is half the circle",
      .type = EH_OPT_FLOAT,
      AT(by),
      .def = "0.05",
      .min = 0,
      .max = 0.5 },
    EH_AUGMENT_PROBABILITY(options, "how often colours are changed", "1"),
    { 0 },
};

static void apply(const void *opts, eh_sample *s)
{
    const options *o = opts;
    if (eh_sample_chance(s, o->probability))
        eh_colour_hue(s->pixels, (size_t)s->width * (size_t)s->height, s->channels,
                      eh_rng_range(s->rng, -o->by, o->by));
}

extern const eh_augment eh_augment_hue;

const eh_augment eh_augment_hue = {
    .entry = { .name = "hue",
               .summary = "changes the colours of pictures at random",
               .source = "torchvision ColorJitter(hue)",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .apply = apply,
};
