/* training.c - one training step as a plan.
 *
 * Math    loss = 1/N sum_i w_i l_i unless the method says otherwise; then the optimiser's update of every trainable variable
 *         (training_updates.c).
 */
#include "train/training.h"

#include "evenhand/params.h"

#include <assert.h>
#include <string.h>

enum { EFFECT_LIMIT = 4096 };

/* Inputs and the default loss. */
static void build_loss(eh_training *t, const eh_run_data *data)
{
    eh_graph *g = t->graph;
    eh_train_graph *tg = &t->tensors;
    int64_t n = (int64_t)t->batch;
    eh_shape scalar = eh_shape_of(0), samples = eh_shape_of(1, n);
    tg->build = &t->build;
    tg->graph = g;
    tg->batch = t->batch;
    tg->images =
        eh_input(g, "images",
                 eh_shape_of(4, n, (int64_t)data->channels, (int64_t)data->height, (int64_t)data->width),
                 EH_F32);
    tg->group = eh_input(g, "group", samples, EH_I32);
    tg->weight = eh_input(g, "weight", samples, EH_F32);
    tg->epoch_progress = eh_input(g, "progress", scalar, EH_F32);
    t->lr = eh_input(g, "lr", scalar, EH_F32);
    t->step = eh_input(g, "step", scalar, EH_F32);
    t->momentum = eh_input(g, "momentum", scalar, EH_F32);
    t->inputs = (eh_update_inputs){ .lr = t->lr, .momentum = t->momentum, .step = t->step };
    t->draw = eh_input(g, "draw", scalar, EH_F32);
    t->build.step = t->draw;
    t->task_tensors = eh_task_build(t->task, &t->build, tg->images);
    tg->features = t->task_tensors.features.vector;
    tg->labels = t->task_tensors.head[0].truth;
    tg->output = t->task_tensors.head[0].output;
    tg->head_loss = t->task_tensors.head_loss;
    tg->own_loss = t->task_tensors.features.own_loss;
    tg->own_mask = t->task_tensors.own_mask;
    tg->sample_loss = t->task_tensors.sample_loss;
    tg->loss = eh_mean(g, eh_mul(g, tg->weight, tg->sample_loss), 0, false);
}

eh_plan_opts eh_training_plan_opts(const eh_training *t)
{
    return (eh_plan_opts){ .backend = t->opts->backend,
                           .precision = (eh_precision)t->opts->precision,
                           .max_memory = (uint64_t)t->opts->max_memory << 20,
                           .tuner = t->run->tuner };
}

/* Everything that a step computes. */
static eh_status compile(eh_training *t, eh_params *params, eh_error *err)
{
    const eh_train_graph *tg = &t->tensors;
    size_t targets = 0;
    /* Up to two effects for each variable, every effect of builders and of the method, the values that are read. */
    eh_tensor **target =
        eh_arena_alloc(t->run->arena, 2 * eh_params_count(params) + EFFECT_LIMIT + 128, sizeof *target);
    if (!target)
        return eh_fail_memory(err, "the targets of a training step", EFFECT_LIMIT, sizeof *target);
    target[targets++] = tg->loss;
    if (t->needs_sample_loss)
        target[targets++] = tg->sample_loss;
    for (size_t i = 0; i < tg->effects; i++)
        target[targets++] = tg->effect[i];
    EH_TRY(eh_training_updates(t, params, target, &targets, err));
    for (size_t i = 0; i < tg->shown_count; i++)
        target[targets++] = tg->shown[i].value;
    size_t effects = eh_graph_effects(t->graph, target + targets, EFFECT_LIMIT);
    assert(effects <= EFFECT_LIMIT);
    eh_plan_opts plan = eh_training_plan_opts(t);
    EH_TRY(eh_plan_new(&t->plan, t->graph, target, targets + effects, &plan, err));
    EH_TRY(eh_plan_guard(t->plan, tg->loss, err));
    return t->gradient_length ? eh_plan_guard(t->plan, t->gradient_length, err) : EH_OK;
}

/* A scalar for the log: the mean of `value` [N] where `mask` (NULL: everywhere) is 1. */
static void show(eh_training *t, const char *name, eh_tensor *value, eh_tensor *mask)
{
    enum { SHOWN = sizeof t->tensors.shown / sizeof *t->tensors.shown };
    eh_train_graph *tg = &t->tensors;
    eh_graph *g = t->graph;
    if (!name || tg->shown_count == SHOWN)
        return;
    eh_tensor *mean = eh_mean(g, value, 0, false);
    if (mask) {
        eh_tensor *one = eh_full(g, eh_shape_of(0), 1), *count = eh_sum(g, mask, 0, false);
        mean = eh_div(g, eh_sum(g, eh_mul(g, value, mask), 0, false), eh_maximum(g, count, one));
    }
    tg->shown[tg->shown_count].name = name;
    tg->shown[tg->shown_count++].value = mean;
}

/* What the loss is a sum of, where there is more than one summand. */
static void show_losses(eh_training *t)
{
    const eh_task_tensors *tensors = &t->task_tensors;
    const eh_features *f = &tensors->features;
    for (size_t k = 0; k < t->task->heads && (t->task->heads > 1 || f->own_loss); k++)
        show(t, eh_arena_printf(t->run->arena, "loss: %s", t->task->head[k].column->name),
             tensors->head[k].sample_loss, tensors->head[k].present);
    for (size_t i = 0; i < sizeof f->own_part / sizeof *f->own_part && f->own_part[i].name; i++)
        show(t, f->own_part[i].name, f->own_part[i].value, t->tensors.own_mask);
}

eh_status eh_training_make(eh_training *out, eh_run *run, const eh_task *task, const eh_method *method,
                           void *method_state, eh_params *params, const eh_run_data *data, size_t batch,
                           eh_error *err)
{
    memset(out, 0, sizeof *out);
    out->run = run;
    out->opts = run->opts;
    out->batch = batch;
    out->needs_sample_loss = method->hooks.after_step != NULL;
    out->task = task;
    out->scratch = eh_arena_alloc(run->arena,
                                  eh_task_truth_size(task, batch, (size_t)data->width * (size_t)data->height),
                                  sizeof *out->scratch);
    out->groups = eh_arena_alloc(run->arena, batch, sizeof *out->groups);
    out->sample_loss = eh_arena_alloc(run->arena, batch, sizeof *out->sample_loss);
    if (!out->scratch || !out->groups || !out->sample_loss)
        return eh_fail_memory(err, "a batch", batch, sizeof *out->scratch);
    EH_TRY(eh_graph_new(&out->graph, params, err));
    eh_graph_recompute(out->graph, run->opts->recompute_blocks);
    out->build = (eh_build){ .graph = out->graph, .training = true, .freeze = &run->opts->freeze };
    build_loss(out, data);
    EH_TRY(eh_graph_check(out->graph, err));
    out->model_variables = eh_params_count(params);
    if (method->hooks.build)
        EH_TRY(method->hooks.build(method_state, run, &out->tensors, err));
    show_losses(out);
    EH_TRY(eh_graph_check(out->graph, err));
    return compile(out, params, err);
}

static eh_status write_scalar(eh_plan *plan, const eh_tensor *input, double value, eh_error *err)
{
    float narrow = (float)value;
    return eh_plan_write(plan, input, &narrow, err);
}

/* What an update reads; updates count from 0. */
static eh_status write_update(const eh_training *t, eh_plan *plan, const eh_update_inputs *in,
                              uint64_t update, double rate, double momentum, eh_error *err)
{
    double n = (double)update, decay = t->opts->average;
    double early = (1 + n) / (10 + n);
    EH_TRY(write_scalar(plan, in->lr, rate, err));
    EH_TRY(write_scalar(plan, in->step, n + 1, err));
    EH_TRY(write_scalar(plan, in->momentum, momentum, err));
    return write_scalar(plan, in->blend, 1 - (early < decay ? early : decay), err);
}

double eh_training_rate(const eh_training *t, uint64_t step, double *momentum)
{
    const eh_optim *optim = (const eh_optim *)t->opts->optim.entry;
    double factor = 1, own = optim->momentum ? optim->momentum(t->opts->optim.opts) : 0;
    if (t->fixed_rate > 0) {
        if (momentum)
            *momentum = own;
        return t->fixed_rate;
    }
    ((const eh_schedule *)t->opts->schedule.entry)
        ->at(t->opts->schedule.opts, step, t->run->total_steps, &factor, &own);
    if (momentum)
        *momentum = own;
    return t->opts->lr * factor;
}

/* Runs the plan; numbers that are not finite go into t->bad. */
static eh_status run_unless_bad(eh_training *t, eh_plan *plan, eh_error *err)
{
    eh_status status = eh_plan_run(plan, &t->bad);
    if (status == EH_OK || status == EH_ERR_NUMERIC)
        return EH_OK;
    return eh_fail(err, status, "%s", t->bad.message);
}

eh_status eh_training_step(eh_training *t, const eh_batch *batch, uint64_t step, double *loss, eh_error *err)
{
    const eh_run *run = t->run;
    const eh_train_graph *tg = &t->tensors;
    double momentum, rate = eh_training_rate(t, step, &momentum);
    assert(batch->count == t->batch);
    for (size_t i = 0; i < t->batch; i++)
        t->groups[i] = run->groups ? run->groups->of_row[batch->row[i]] : -1;
    EH_TRY(eh_plan_write(t->plan, tg->images, batch->image, err));
    EH_TRY(eh_task_write_truth(t->task, &t->task_tensors, t->plan, batch, t->scratch, err));
    EH_TRY(eh_plan_write(t->plan, tg->group, t->groups, err));
    EH_TRY(eh_plan_write(t->plan, tg->weight, batch->weight, err));
    EH_TRY(write_scalar(t->plan, tg->epoch_progress, (double)step / (double)run->total_steps, err));
    uint64_t every = (uint64_t)t->opts->accumulate;
    EH_TRY(write_scalar(t->plan, t->draw, (double)(run->steps_before + step) + 1, err));
    if (every <= 1)
        EH_TRY(write_update(t, t->plan, &t->inputs, step, rate, momentum, err));
    t->bad = (eh_error){ 0 };
    EH_TRY(run_unless_bad(t, t->plan, err));
    if (!t->bad.status && every > 1 && (step + 1) % every == 0) {
        EH_TRY(write_update(t, t->apply, &t->apply_inputs, step / every, rate, momentum, err));
        EH_TRY(run_unless_bad(t, t->apply, err));
    }
    float value = 0;
    EH_TRY(eh_plan_read(t->plan, tg->loss, &value, err));
    *loss = (double)value;
    if (t->bad.status)
        return EH_OK;
    for (size_t i = 0; i < tg->shown_count; i++) {
        EH_TRY(eh_plan_read(t->plan, tg->shown[i].value, &value, err));
        t->shown[i] = (double)value;
    }
    return t->needs_sample_loss ? eh_plan_read(t->plan, tg->sample_loss, t->sample_loss, err) : EH_OK;
}

void eh_training_clear(eh_training *t)
{
    eh_plan_free(t->plan);
    eh_plan_free(t->apply);
    eh_graph_free(t->graph);
    eh_graph_free(t->apply_graph);
    t->plan = t->apply = NULL;
    t->graph = t->apply_graph = NULL;
}
