/* method_reweight.c - each image weighs 1 / (size of its group).
 *
 * Idea    every group carries the same total loss, whatever its size.
 * Math    w_g = N / (G n_g), G = groups with training images, N = training images: proportional to 1 / n_g, with mean 1 over the training set.
 *         loss = mean over the batch of w_g(i) l_i.
 * Source  "RWG/RWY by loss" in Idrissi et al. 2022; ReWeight of SubpopBench, which scales to sum G over groups: the same weights, scaled by a constant.
 * Cost    one pass over the groups; nothing per step.
 * Differs the clip (max-weight) is ours.
 * Easy to get wrong: large networks that fit every image end up as without weights (Byrd and Lipton 2019); early stopping or weight decay is
 *         what makes it work. A group without training images must not count in G.
 */
#include "train/hooks.h"

#include <stddef.h>

typedef struct options {
    double max_weight;
} options;

typedef struct reweight_state {
    float *weight; /* [groups] */
} reweight_state;

static const eh_opt option_table[] = {
    { .name = "max-weight",
      .help = "clip weights at this value; 0: no clip",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, max_weight),
      .def = "0",
      .min = 0,
      .max = 1e9 },
    { 0 },
};

static eh_status begin(void *state, const void *opts, eh_run *run, eh_error *err)
{
    reweight_state *s = state;
    const options *o = opts;
    size_t present = 0;
    s->weight = eh_arena_alloc(run->arena, run->groups->count, sizeof *s->weight);
    if (!s->weight)
        return eh_fail_memory(err, "the weights of groups", run->groups->count, sizeof *s->weight);
    for (size_t g = 0; g < run->groups->count; g++)
        present += run->group_rows[g] > 0;
    for (size_t g = 0; g < run->groups->count; g++) {
        if (run->group_rows[g] == 0)
            continue; /* never asked for */
        double w = (double)run->train_rows / ((double)present * (double)run->group_rows[g]);
        s->weight[g] = (float)(o->max_weight > 0 && w > o->max_weight ? o->max_weight : w);
    }
    return EH_OK;
}

static eh_status batch(void *state, eh_run *run, eh_batch *b, eh_error *err)
{
    (void)err;
    const reweight_state *s = state;
    for (size_t i = 0; i < b->count; i++)
        b->weight[i] *= s->weight[run->groups->of_row[b->row[i]]];
    return EH_OK;
}

const eh_method eh_method_reweight = {
    .entry = { .name = "reweight",
               .summary = "weighs each image by 1 / (size of its group)",
               .source =
                   "Idrissi et al. 2022, Simple data balancing achieves competitive worst-group-accuracy",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .needs = EH_NEEDS_GROUPS,
    .state_size = sizeof(reweight_state),
    .hooks = { .begin = begin, .batch = batch },
};
