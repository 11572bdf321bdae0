/* augment_lighting.c - brightness and contrast as fastai changes them. */
#include "data/augment_map.h"

typedef struct options {
    double by, probability;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "by",
      .help = "largest change",
      .type = EH_OPT_FLOAT,
      AT(by),
      .def = "0.2",
      .min = 0,
      .max = 0.99 },
    EH_AUGMENT_PROBABILITY(options, "how often each of the two is changed", "0.75"),
    { 0 },
};

static void apply(const void *opts, eh_sample *s)
{
    const options *o = opts;
    eh_sample_lighting(s, o->by, o->probability);
}

extern const eh_augment eh_augment_lighting;

const eh_augment eh_augment_lighting = {
    .entry = { .name = "lighting",
               .summary = "changes brightness and contrast of pictures at random",
               .source = "fastai Brightness and Contrast",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .apply = apply,
};
