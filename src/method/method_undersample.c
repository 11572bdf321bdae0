/* method_undersample.c - every group is cut to the size of the smallest.
 *
 * Idea    with equally large groups no group can be ignored: the shortcut that separates large from small ones is gone.
 * Math    an epoch visits min(n_g, cap) images of each group g; cap = min over groups of n_g unless it is given.
 * Source  "SUBG" in Idrissi et al., "Simple data balancing achieves competitive worst-group-accuracy", CLeaR 2022.
 * Cost    less than plain training: an epoch is as short as groups x smallest group.
 * Differs with `redraw` every epoch chooses other images of the large groups, so that all are seen in time; the paper chooses once.
 * Easy to get wrong: an epoch here is much shorter than one of plain training; to compare methods by steps, raise --epochs.
 */
#include "train/hooks.h"

#include <stddef.h>
#include <stdio.h>

typedef struct options {
    int64_t cap;
    bool redraw;
} options;

typedef struct undersample_state {
    void *sampler; /* options of eh_sampler_capped */
} undersample_state;

static const eh_opt option_table[] = {
    { .name = "cap",
      .help = "most images of one group in an epoch; 0: as many as the smallest group has",
      .type = EH_OPT_INT,
      .offset = offsetof(options, cap),
      .def = "0",
      .min = 0,
      .max = 1e12 },
    { .name = "redraw",
      .help = "choose other images in every epoch",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, redraw),
      .def = "false" },
    { 0 },
};

static eh_status begin(void *state, const void *opts, eh_run *run, eh_error *err)
{
    undersample_state *s = state;
    const options *o = opts;
    const eh_entry *sampler = &eh_sampler_capped.entry;
    char cap[32];
    snprintf(cap, sizeof cap, "%lld", (long long)o->cap);
    s->sampler = eh_arena_alloc(run->arena, 1, sampler->opts_size);
    if (!s->sampler)
        return eh_fail_memory(err, "the options of a sampler", 1, sampler->opts_size);
    EH_TRY(eh_opts_defaults(sampler->opts, s->sampler, run->arena, err));
    EH_TRY(eh_opts_set(sampler->opts, s->sampler, "cap", cap, "undersample", run->arena, err));
    return eh_opts_set(sampler->opts, s->sampler, "redraw", o->redraw ? "true" : "false", "undersample",
                       run->arena, err);
}

static eh_status epoch(void *state, eh_run *run, eh_epoch_order *order, eh_error *err)
{
    undersample_state *s = state;
    return eh_run_draw(run, &eh_sampler_capped, s->sampler, NULL, order, err);
}

const eh_method eh_method_undersample = {
    .entry = { .name = "undersample",
               .summary = "cuts every group to the size of the smallest",
               .source = "Idrissi et al. 2022, Simple data balancing achieves competitive "
                         "worst-group-accuracy (SUBG)",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .needs = EH_NEEDS_GROUPS,
    .state_size = sizeof(undersample_state),
    .hooks = { .begin = begin, .epoch = epoch },
};
