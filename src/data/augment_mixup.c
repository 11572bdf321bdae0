/* augment_mixup.c - each picture becomes a weighted mean of itself and another of its batch, and so does its label.
 *
 * Math     x_i = l x_i + (1 - l) x_j, the loss l L(y_i) + (1 - l) L(y_j), l = max(b, 1 - b), b ~ Beta(alpha, alpha), drawn for each sample.
 * Source   Zhang et al. 2018, "mixup: beyond empirical risk minimization"; fastai MixUp, which takes the larger share as here.
 */
#include "data/augment_map.h"

#include "base/rng.h"

typedef struct options {
    double alpha, probability;
} options;

#define AT(member) .offset = offsetof(options, member)

static const eh_opt option_table[] = {
    { .name = "alpha",
      .help = "of the Beta distribution: small, and most pictures stay almost as they are",
      .type = EH_OPT_FLOAT,
      AT(alpha),
      .def = "0.4",
      .min = 0.01,
      .max = 100 },
    EH_AUGMENT_PROBABILITY(options, "how often a picture is mixed", "1"),
    { 0 },
};

static void mix(const void *opts, eh_mix *m)
{
    const options *o = opts;
    size_t floats = (size_t)m->width * (size_t)m->height * (size_t)m->channels;
    for (size_t i = 0; i < m->count; i++) {
        if (eh_rng_uniform(m->rng) >= o->probability)
            continue;
        double b = eh_rng_beta(m->rng, o->alpha);
        const float share = (float)(b > 0.5 ? b : 1 - b), rest = 1 - share;
        float *restrict out = m->image + i * floats;
        const float *restrict other = m->before + m->partner[i] * floats;
        for (size_t k = 0; k < floats; k++)
            out[k] = share * out[k] + rest * other[k];
        m->lambda[i] = share;
    }
}

extern const eh_augment eh_augment_mixup;

const eh_augment eh_augment_mixup = {
    .entry = { .name = "mixup",
               .summary = "mixes pictures of a batch, and their labels",
               .source = "Zhang et al. 2018; fastai MixUp",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .mix = mix,
    .no_masks = true,
};
