/* augment_resized_crop.c - a random part of the picture fills the result.
 *
 * Math     area = uniform share of the picture's, log(width / height) uniform; ten tries to place such a rectangle, then the largest centred one with a
 *          shape within the limits.
 * Source   torchvision RandomResizedCrop.get_params; Szegedy et al. 2015.
 * Deviates The rectangle is not rounded to whole pixels. With --presize its pixels are those of the larger picture.
 */
#include "data/augment_map.h"

#include "base/rng.h"

#include <math.h>

typedef struct options {
    double least, most, narrow, wide, probability;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "least",
      .help = "smallest share of the area",
      .type = EH_OPT_FLOAT,
      AT(least),
      .def = "0.08",
      .min = 0.0001,
      .max = 1 },
    { .name = "most",
      .help = "largest share of the area",
      .type = EH_OPT_FLOAT,
      AT(most),
      .def = "1",
      .min = 0.0001,
      .max = 1 },
    { .name = "narrow",
      .help = "smallest width over height of the part, measured in widths and heights of the picture",
      .type = EH_OPT_FLOAT,
      AT(narrow),
      .def = "0.75",
      .min = 0.05,
      .max = 20 },
    { .name = "wide",
      .help = "largest",
      .type = EH_OPT_FLOAT,
      AT(wide),
      .def = "1.3333333333333333",
      .min = 0.05,
      .max = 20 },
    EH_AUGMENT_PROBABILITY(options, "how often a part is taken", "1"),
    { 0 },
};

static void place(const void *opts, eh_sample *s)
{
    const options *o = opts;
    if (!eh_sample_chance(s, o->probability))
        return;
    for (int i = 0; i < 10; i++) {
        double area = eh_rng_range(s->rng, o->least, o->most),
               shape = exp(eh_rng_range(s->rng, log(o->narrow), log(o->wide))), width = sqrt(area * shape),
               height = sqrt(area / shape);
        if (width > 1 || height > 1)
            continue;
        double left = eh_rng_range(s->rng, 0, 1 - width);
        eh_map_crop(s, left, eh_rng_range(s->rng, 0, 1 - height), width, height);
        return;
    }
    double width = o->wide < 1 ? o->wide : 1, height = o->narrow > 1 ? 1 / o->narrow : 1;
    eh_map_crop(s, (1 - width) / 2, (1 - height) / 2, width, height);
}

static eh_status check(const void *opts, eh_error *err)
{
    const options *o = opts;
    EH_TRY(eh_augment_check_order("resized-crop", "least", o->least, "most", o->most, err));
    return eh_augment_check_order("resized-crop", "narrow", o->narrow, "wide", o->wide, err);
}

extern const eh_augment eh_augment_resized_crop;

const eh_augment eh_augment_resized_crop = {
    .entry = { .name = "resized-crop",
               .summary = "shows a random part of pictures",
               .source = "torchvision RandomResizedCrop; Szegedy et al. 2015",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .place = place,
    .check = check,
};
