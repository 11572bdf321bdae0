/* batch_statistics.c - running statistics measured anew.
 *
 * Idea    the statistics that were gathered on the way belong to the weights of the way. Averaged weights have other activations, so their mean and
 *         variance are measured: r = 1/B sum over batches of (mean, unbiased variance).
 * Source  Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018, section 3.2; torch.optim.swa_utils.update_bn.
 * Cost    one forward pass over the training part.
 * Easy to get wrong: the momentum. With 1 each step leaves the batch's own statistics in the variables, which are added up here.
 */
#include "train/batch_statistics.h"

#include <string.h>

typedef struct statistics {
    eh_graph *graph;
    eh_plan *plan;
    eh_tensor *images, *draw;
    size_t *index; /* [count] of running means and variances in the store */
    double **sum;  /* [count][elements] */
    float **value;
    size_t count;
} statistics;

static bool is_statistic(const char *name)
{
    size_t length = strlen(name);
    static const char *const ends[] = { "running_mean", "running_var" };
    for (int i = 0; i < 2; i++)
        if (length >= strlen(ends[i]) && strcmp(name + length - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

static size_t elements(eh_params *params, size_t index)
{
    return (size_t)eh_shape_elements(eh_params_info(params, index).shape);
}

/* All running statistics; those of frozen layers keep their values in every step, and so does their mean. */
static eh_status find(statistics *s, eh_trainer *t, eh_error *err)
{
    size_t all = eh_params_count(t->params);
    s->index = eh_arena_alloc(t->arena, all + 1, sizeof *s->index);
    s->sum = eh_arena_alloc(t->arena, all + 1, sizeof *s->sum);
    s->value = eh_arena_alloc(t->arena, all + 1, sizeof *s->value);
    if (!s->index || !s->sum || !s->value)
        return eh_fail_memory(err, "running statistics", all, sizeof *s->sum);
    for (size_t i = 0; i < all; i++) {
        eh_param_info info = eh_params_info(t->params, i);
        if (info.role != EH_BUFFER || !is_statistic(info.name))
            continue;
        s->index[s->count] = i;
        s->sum[s->count] = eh_arena_alloc(t->arena, elements(t->params, i), sizeof **s->sum);
        s->value[s->count] = eh_arena_alloc(t->arena, elements(t->params, i), sizeof **s->value);
        if (!s->sum[s->count] || !s->value[s->count])
            return eh_fail_memory(err, info.name, elements(t->params, i), sizeof **s->sum);
        s->count++;
    }
    return EH_OK;
}

static eh_status compile(statistics *s, eh_trainer *t, eh_error *err)
{
    const eh_run_data *d = &t->data;
    EH_TRY(eh_graph_new(&s->graph, t->params, err));
    eh_build b = { .graph = s->graph, .training = true, .bn_momentum = 1, .freeze = &t->opts->freeze };
    s->images = eh_input(s->graph, "images",
                         eh_shape_of(4, (int64_t)t->position.batch, (int64_t)d->channels, (int64_t)d->height,
                                     (int64_t)d->width),
                         EH_F32);
    s->draw = b.step = eh_input(s->graph, "draw", eh_shape_of(0), EH_F32);
    eh_task_build(&t->task, &b, s->images);
    EH_TRY(eh_graph_check(s->graph, err));
    size_t effects = eh_graph_effects(s->graph, NULL, 0);
    eh_tensor **target = eh_arena_alloc(t->arena, effects + 1, sizeof *target);
    if (!target)
        return eh_fail_memory(err, "running statistics", effects, sizeof *target);
    eh_graph_effects(s->graph, target, effects);
    if (effects == 0)
        return EH_OK; /* nothing to measure */
    eh_plan_opts plan = eh_training_plan_opts(&t->training);
    return eh_plan_new(&s->plan, s->graph, target, effects, &plan, err);
}

static eh_status add_batch(statistics *s, eh_trainer *t, const eh_batch *batch, uint64_t step, eh_error *err)
{
    EH_TRY(eh_plan_write(s->plan, s->images, batch->image, err));
    EH_TRY(eh_plan_write(s->plan, s->draw, &(float){ (float)(t->position.step + step + 1) }, err));
    EH_TRY(eh_plan_run(s->plan, err));
    for (size_t k = 0; k < s->count; k++) {
        EH_TRY(eh_params_read(t->params, s->index[k], s->value[k], err));
        for (size_t i = 0; i < elements(t->params, s->index[k]); i++)
            s->sum[k][i] += (double)s->value[k][i];
    }
    return EH_OK;
}

/* One epoch, then the means into the variables. */
static eh_status measure(statistics *s, eh_trainer *t, eh_error *err)
{
    uint64_t step = 0;
    eh_batch *batch;
    t->run.epoch = t->position.epochs_done;
    EH_TRY(eh_trainer_order(t, err));
    eh_progress_begin(t->progress, "measure batch statistics", t->order.count / t->position.batch, "steps");
    EH_TRY(eh_loader_begin(t->loader, t->order.row, t->order.count, t->run.epoch, 0, err));
    for (;;) {
        EH_TRY(eh_loader_next(t->loader, &batch, err));
        if (!batch)
            break;
        if (eh_progress_stop(t->progress))
            return eh_fail(err, EH_ERR_INTERRUPTED,
                           "stopped while the batch statistics were measured; continue with --resume");
        EH_TRY(add_batch(s, t, batch, step, err));
        eh_progress_update(t->progress, ++step, NULL);
    }
    eh_progress_end(t->progress, NULL);
    for (size_t k = 0; k < s->count && step; k++) {
        for (size_t i = 0; i < elements(t->params, s->index[k]); i++)
            s->value[k][i] = (float)(s->sum[k][i] / (double)step);
        EH_TRY(eh_params_write(t->params, s->index[k], s->value[k], err));
    }
    return EH_OK;
}

eh_status eh_batch_statistics_measure(eh_trainer *t, eh_error *err)
{
    statistics s = { 0 };
    eh_status status = compile(&s, t, err);
    if (status == EH_OK)
        status = find(&s, t, err);
    if (status == EH_OK && s.plan && s.count)
        status = measure(&s, t, err);
    eh_plan_free(s.plan);
    eh_graph_free(s.graph);
    return status;
}
