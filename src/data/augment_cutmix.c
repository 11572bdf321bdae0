/* augment_cutmix.c - a rectangle of each picture is replaced by that of another of its batch, and as large a share of its label.
 *
 * Math     b ~ Beta(alpha, alpha); a rectangle of sqrt(1 - b) of the sides about a uniform pixel, cut off at the edges; its share of the area is the share of
 *          the other label. Drawn for each sample.
 * Source   Yun et al. 2019, "CutMix"; torchvision CutMix.
 * Masks    are cut as the pictures are.
 */
#include "data/augment_map.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

typedef struct options {
    double alpha, probability;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "alpha",
      .help = "of the Beta distribution; 1: every area is as likely",
      .type = EH_OPT_FLOAT,
      AT(alpha),
      .def = "1",
      .min = 0.01,
      .max = 100 },
    EH_AUGMENT_PROBABILITY(options, "how often a picture is mixed", "1"),
    { 0 },
};

/* First pixel and number of them of `side`, cut off at the edges. */
static void cut(eh_rng *rng, int side, double share, int *first, int *count)
{
    int middle = (int)eh_rng_below(rng, (uint64_t)side), half = (int)(side * share / 2);
    *first = middle - half > 0 ? middle - half : 0;
    *count = (middle + half < side ? middle + half : side) - *first;
}

static void mix(const void *opts, eh_mix *m)
{
    const options *o = opts;
    size_t plane = (size_t)m->width * (size_t)m->height, floats = plane * (size_t)m->channels;
    for (size_t i = 0; i < m->count; i++) {
        if (eh_rng_uniform(m->rng) >= o->probability)
            continue;
        double share = sqrt(1 - eh_rng_beta(m->rng, o->alpha));
        int left, top, width, height;
        cut(m->rng, m->width, share, &left, &width);
        cut(m->rng, m->height, share, &top, &height);
        for (int c = 0; c < m->channels; c++)
            for (int y = top; y < top + height; y++) {
                size_t at = (size_t)c * plane + (size_t)y * (size_t)m->width + (size_t)left;
                memcpy(m->image + i * floats + at, m->before + m->partner[i] * floats + at,
                       (size_t)width * sizeof(float));
            }
        for (int y = top; m->mask && y < top + height; y++) {
            size_t at = (size_t)y * (size_t)m->width + (size_t)left;
            memcpy(m->mask + i * plane + at, m->mask_before + m->partner[i] * plane + at, (size_t)width);
        }
        m->lambda[i] = 1 - (float)(width * height) / (float)plane;
    }
}

extern const eh_augment eh_augment_cutmix;

const eh_augment eh_augment_cutmix = {
    .entry = { .name = "cutmix",
               .summary = "puts a rectangle of one picture of a batch into another, and mixes their labels",
               .source = "Yun et al. 2019; torchvision CutMix",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .mix = mix,
};
