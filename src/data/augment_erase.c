/* augment_erase.c - covers a random rectangle.
 *
 * Math     area = uniform share of the picture's, log(height / width) uniform; ten tries to place such a rectangle, else nothing happens.
 * Source   Zhong et al. 2020, "Random erasing data augmentation"; torchvision RandomErasing.
 * Masks    stay as they are: what is covered is to be guessed.
 */
#include "data/augment_map.h"

#include "base/rng.h"

#include <math.h>

typedef struct options {
    double least, most, ratio, probability;
    int with;
} options;

#define AT(member) .offset = offsetof(options, member)

enum { MEAN, NOISE, BLACK };

static const char *const covers[] = { "mean", "noise", "black", NULL };

static const eh_opt option_table[] = {
    { .name = "least",
      .help = "smallest share of the area",
      .type = EH_OPT_FLOAT,
      AT(least),
      .def = "0.02",
      .min = 0.0001,
      .max = 1 },
    { .name = "most",
      .help = "largest share of the area",
      .type = EH_OPT_FLOAT,
      AT(most),
      .def = "0.33",
      .min = 0.0001,
      .max = 1 },
    { .name = "ratio",
      .help = "largest height over width, and width over height",
      .type = EH_OPT_FLOAT,
      AT(ratio),
      .def = "3.3",
      .min = 1,
      .max = 20 },
    { .name = "with",
      .help = "what covers: the colour that becomes 0 for the network, noise, or black",
      .type = EH_OPT_CHOICE,
      AT(with),
      .def = "mean",
      .choices = covers },
    EH_AUGMENT_PROBABILITY(options, "how often a part is covered", "0.5"),
    { 0 },
};

static void cover(const options *o, eh_sample *s, int left, int top, int width, int height)
{
    for (int y = top; y < top + height; y++) {
        uint8_t *p = s->pixels + ((size_t)y * (size_t)s->width + (size_t)left) * (size_t)s->channels;
        for (int x = 0; x < width; x++)
            for (int c = 0; c < s->channels; c++)
                *p++ = o->with == MEAN    ? s->mean[c]
                       : o->with == NOISE ? (uint8_t)(eh_rng_u32(s->rng) >> 24)
                                          : 0;
    }
}

static void apply(const void *opts, eh_sample *s)
{
    const options *o = opts;
    if (!eh_sample_chance(s, o->probability))
        return;
    for (int i = 0; i < 10; i++) {
        double area = (double)s->width * s->height * eh_rng_range(s->rng, o->least, o->most),
               shape = exp(eh_rng_range(s->rng, -log(o->ratio), log(o->ratio)));
        long height = lround(sqrt(area * shape)), width = lround(sqrt(area / shape));
        if (width >= s->width || height >= s->height)
            continue;
        int left = (int)eh_rng_below(s->rng, (uint64_t)(s->width - width + 1));
        int top = (int)eh_rng_below(s->rng, (uint64_t)(s->height - height + 1));
        cover(o, s, left, top, (int)width, (int)height);
        return;
    }
}

static eh_status check(const void *opts, eh_error *err)
{
    const options *o = opts;
    return eh_augment_check_order("erase", "least", o->least, "most", o->most, err);
}

extern const eh_augment eh_augment_erase;

const eh_augment eh_augment_erase = {
    .entry = { .name = "erase",
               .summary = "covers a random rectangle of pictures",
               .source = "Zhong et al. 2020; torchvision RandomErasing",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .apply = apply,
    .check = check,
};
