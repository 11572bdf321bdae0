/* augment_contrast.c - raises or lowers contrast by a random factor. */
#include "data/augment_map.h"

#include "base/rng.h"
#include "image/colour.h"

typedef struct options {
    double by, probability;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "by",
      .help = "the factor is between 1 - by (not below 0) and 1 + by",
      .type = EH_OPT_FLOAT,
      AT(by),
      .def = "0.2",
      .min = 0,
      .max = 10 },
    { .name = "probability",
      .help = "how often contrast is changed",
      .type = EH_OPT_FLOAT,
      AT(probability),
      .def = "1",
      .min = 0,
      .max = 1 },
    { 0 },
};

static void apply(const void *opts, eh_sample *s)
{
    const options *o = opts;
    if (eh_sample_chance(s, o->probability))
        eh_colour_contrast(s->pixels, (size_t)s->width * (size_t)s->height, s->channels,
                           eh_rng_range(s->rng, o->by < 1 ? 1 - o->by : 0, 1 + o->by));
}

extern const eh_augment eh_augment_contrast;

const eh_augment eh_augment_contrast = {
    .entry = { .name = "contrast",
               .summary = "raises or lowers contrast at random",
               .source = "torchvision ColorJitter(contrast)",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .apply = apply,
};
