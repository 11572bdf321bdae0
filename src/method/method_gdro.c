/* method_gdro.c - group DRO: makes the loss of the worst group small.
 *
 * Idea    a game: an adversary moves weight q to the groups whose loss is high, the model answers with a step on the loss so weighted.
 * Math    L_g = mean loss of the batch's images of group g. Where g is in the batch: q_g <- q_g exp(eta (L_g + C / sqrt(n_g))); then q <- q / sum q;
 *         loss = sum_g q_g L_g with the new q. q starts at 1 / G; n_g = training images of g.
 * Source  Sagawa, Koh, Hashimoto, Liang, "Distributionally robust neural networks for group shifts: on the importance of regularization for
 *         worst-case generalization", ICLR 2020, algorithm 1 and section 3.3 (C); the code kohpangwei/group_DRO, loss.py.
 * Cost    per step a product [1,N] x [N,G] and a few operations on G numbers; G numbers of state.
 * Differs the adjustment C / sqrt(n_g) is added only to groups that are in the batch: their code adds it to all, so a group that happens to be
 *         absent grows too. Groups without training images take no part (q = 0).
 * Easy to get wrong: q belongs to the model's state: it must be saved with a checkpoint. No gradient flows through q. With plain sampling a small
 *         group is seldom in a batch and its q hardly moves: hence `balance`, as --reweight_groups of their code. Without strong
 *         regularisation a large network fits every group and gains nothing.
 */
#include "train/hooks.h"

#include <math.h>
#include <stddef.h>

typedef struct options {
    double step_size, adjustment;
    bool balance;
} options;

typedef struct gdro_state {
    const options *opts;
} gdro_state;

static const eh_opt option_table[] = {
    { .name = "step-size",
      .help = "eta: how fast weight moves to groups with a high loss",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, step_size),
      .def = "0.01",
      .min = 1e-9,
      .max = 10 },
    { .name = "adjustment",
      .help = "C: adds C / sqrt(group size) to a group's loss when weights move",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, adjustment),
      .def = "0",
      .min = 0,
      .max = 1000 },
    { .name = "balance",
      .help = "draw images so that every group comes equally often",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, balance),
      .def = "true" },
    { 0 },
};

static eh_status begin(void *state, const void *opts, eh_run *run, eh_error *err)
{
    (void)run;
    (void)err;
    ((gdro_state *)state)->opts = opts;
    return EH_OK;
}

static eh_status epoch(void *state, eh_run *run, eh_epoch_order *order, eh_error *err)
{
    const gdro_state *s = state;
    return s->opts->balance ? eh_run_draw(run, &eh_sampler_weighted, NULL, NULL, order, err) : EH_OK;
}

/* Constants per group: 1 where it has training images, and eta C / sqrt(n_g). */
static eh_status group_constants(float **has_images, float **adjustment, size_t *present, const options *o,
                                 const eh_run *run, eh_error *err)
{
    size_t groups = run->groups->count;
    *has_images = eh_arena_alloc(run->arena, groups, sizeof **has_images);
    *adjustment = eh_arena_alloc(run->arena, groups, sizeof **adjustment);
    if (!*has_images || !*adjustment)
        return eh_fail_memory(err, "the constants of groups", groups, sizeof **has_images);
    *present = 0;
    for (size_t g = 0; g < groups; g++) {
        if (run->group_rows[g] == 0)
            continue;
        (*present)++;
        (*has_images)[g] = 1;
        (*adjustment)[g] = (float)(o->adjustment / sqrt((double)run->group_rows[g]));
    }
    return EH_OK;
}

/* Each group's weight, for the log. */
static eh_status show_weights(eh_train_graph *tg, eh_tensor *q, const eh_run *run, eh_error *err)
{
    enum { SHOWN = sizeof tg->shown / sizeof *tg->shown };
    size_t groups = run->groups->count;
    if (groups > SHOWN - tg->shown_count)
        return EH_OK;
    for (size_t g = 0; g < groups; g++) {
        float *only = eh_arena_alloc(run->arena, groups, sizeof *only);
        const char *name = eh_arena_printf(run->arena, "q: %s", run->groups->name[g]);
        if (!only || !name)
            return eh_fail_memory(err, "the weights of groups", groups, sizeof *only);
        only[g] = 1;
        tg->shown[tg->shown_count].name = name;
        tg->shown[tg->shown_count++].value =
            eh_sum(tg->graph,
                   eh_mul(tg->graph, q, eh_constant(tg->graph, eh_shape_of(1, (int64_t)groups), only)), 0,
                   false);
    }
    return EH_OK;
}

static eh_status build(void *state, eh_run *run, eh_train_graph *tg, eh_error *err)
{
    const options *o = ((gdro_state *)state)->opts;
    eh_graph *g = tg->graph;
    int64_t n = (int64_t)tg->batch, groups = (int64_t)run->groups->count;
    eh_shape per_group = eh_shape_of(1, groups);
    float *has_images, *adjustment;
    size_t present = 0;
    EH_TRY(group_constants(&has_images, &adjustment, &present, o, run, err));

    eh_tensor *member = eh_one_hot(g, tg->group, groups);         /* [N,G] */
    eh_tensor *weighted = eh_mul(g, tg->weight, tg->sample_loss); /* [N] */
    eh_tensor *sums = eh_matmul(g, eh_reshape(g, weighted, eh_shape_of(2, (int64_t)1, n)), member, false,
                                false);                    /* [1,G] */
    eh_tensor *counts = eh_sum(g, member, 1u << 0, false); /* [G] */
    eh_tensor *loss = eh_div(g, eh_reshape(g, sums, per_group),
                             eh_maximum(g, counts, eh_full(g, per_group, 1))); /* [G] L_g; 0 where absent */
    eh_tensor *in_batch = eh_greater(g, counts, eh_full(g, per_group, 0));     /* [G] 0 or 1 */

    eh_tensor *q = eh_variable(g, "gdro.q", per_group, EH_BUFFER,
                               (eh_init){ EH_INIT_CONSTANT, 1.0 / (double)present, false });
    eh_tensor *raised = eh_add(g, eh_stop_gradient(g, loss), eh_constant(g, per_group, adjustment));
    eh_tensor *grown = eh_mul(g, eh_mul(g, q, eh_constant(g, per_group, has_images)),
                              eh_exp(g, eh_affine(g, eh_mul(g, in_batch, raised), o->step_size, 0)));
    eh_tensor *new_q = eh_stop_gradient(g, eh_div(g, grown, eh_sum(g, grown, 0, true)));
    tg->loss = eh_sum(g, eh_mul(g, new_q, loss), 0, false);
    tg->effect[tg->effects++] = eh_assign(g, q, new_q);
    EH_TRY(show_weights(tg, new_q, run, err));
    return eh_graph_check(g, err);
}

const eh_method eh_method_gdro = {
    .entry = { .name = "gdro",
               .summary = "group DRO: makes the loss of the worst group small",
               .source = "Sagawa et al. 2020, Distributionally robust neural networks for group shifts",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .needs = EH_NEEDS_GROUPS,
    .state_size = sizeof(gdro_state),
    .hooks = { .begin = begin, .build = build, .epoch = epoch },
};
