/* colour_factor.c - a random factor about 1; see colour_factor.h. */
#include "data/colour_factor.h"

#include "base/rng.h"

const eh_opt eh_colour_factor_options[] = {
    { .name = "by",
      .help = "the factor is between 1 - by (not below 0) and 1 + by",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(eh_colour_factor, by),
      .def = "0.2",
      .min = 0,
      .max = 10 },
    EH_AUGMENT_PROBABILITY(eh_colour_factor, "how often it is changed", "1"),
    { 0 },
};

void eh_sample_factor(const void *opts, eh_sample *s,
                      void (*change)(uint8_t *samples, size_t pixels, int channels, double factor))
{
    const eh_colour_factor *o = opts;
    if (eh_sample_chance(s, o->probability))
        change(s->pixels, (size_t)s->width * (size_t)s->height, s->channels,
               eh_rng_range(s->rng, o->by < 1 ? 1 - o->by : 0, 1 + o->by));
}
