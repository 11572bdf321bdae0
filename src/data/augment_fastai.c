/* augment_fastai.c - what fastai's aug_transforms does, with its defaults, in one.
 *
 * How      flip, warp, rotate, zoom, one resampling, lighting; each by the same draws as the augmentation of that name.
 * Source   fastai, vision/augment.py, aug_transforms.
 * Deviates A picture is turned in pixels, where fastai turns in halves of the sides, which skews pictures that are not square. Mirrored edges do
 *          not repeat the edge pixel. Every picture has its own draws (fastai: batch=False).
 */
#include "data/augment_map.h"

#include "base/rng.h"

typedef struct options {
    bool flip;
    double rotate, zoom, warp, lighting, affine_probability, lighting_probability;
    int fill;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "flip", .help = "mirror half of the pictures", .type = EH_OPT_BOOL, AT(flip), .def = "true" },
    { .name = "rotate",
      .help = "largest angle in degrees",
      .type = EH_OPT_FLOAT,
      AT(rotate),
      .def = "10",
      .min = 0,
      .max = 180 },
    { .name = "zoom",
      .help = "largest factor",
      .type = EH_OPT_FLOAT,
      AT(zoom),
      .def = "1.1",
      .min = 1,
      .max = 10 },
    { .name = "warp",
      .help = "how far corners move at most, of half the side",
      .type = EH_OPT_FLOAT,
      AT(warp),
      .def = "0.2",
      .min = 0,
      .max = 0.45 },
    { .name = "lighting",
      .help = "largest change of brightness and of contrast",
      .type = EH_OPT_FLOAT,
      AT(lighting),
      .def = "0.2",
      .min = 0,
      .max = 0.99 },
    { .name = "p-affine",
      .help = "how often a picture is turned, zoomed, tilted",
      .type = EH_OPT_FLOAT,
      AT(affine_probability),
      .def = "0.75",
      .min = 0,
      .max = 1 },
    { .name = "p-lighting",
      .help = "how often brightness and contrast are changed",
      .type = EH_OPT_FLOAT,
      AT(lighting_probability),
      .def = "0.75",
      .min = 0,
      .max = 1 },
    EH_AUGMENT_FILL(options),
    { 0 },
};

static void place(const void *opts, eh_sample *s)
{
    const options *o = opts;
    s->fill = (eh_fill)o->fill;
    if (o->flip && eh_sample_chance(s, 0.5))
        eh_map_mirror(s);
    if (eh_sample_chance(s, o->affine_probability)) {
        double x = eh_rng_range(s->rng, -o->warp, o->warp);
        eh_map_tilt(s, x, eh_rng_range(s->rng, -o->warp, o->warp));
    }
    if (eh_sample_chance(s, o->affine_probability))
        eh_map_rotate(s, eh_rng_range(s->rng, -o->rotate, o->rotate));
    if (eh_sample_chance(s, o->affine_probability))
        eh_map_zoom(s, 1, o->zoom);
}

static void apply(const void *opts, eh_sample *s)
{
    const options *o = opts;
    eh_sample_lighting(s, o->lighting, o->lighting_probability);
}

extern const eh_augment eh_augment_fastai;

const eh_augment eh_augment_fastai = {
    .entry = { .name = "fastai",
               .summary = "flip, warp, rotate, zoom and lighting with fastai's defaults",
               .source = "fastai aug_transforms",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .place = place,
    .apply = apply,
};
