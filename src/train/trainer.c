/* trainer.c - a training from its options to its end: what is set up, and in which order.
 *
 * Resuming sets up exactly the same things and then moves to the position of the checkpoint, so a resumed run takes the same steps on the same
 * numbers as one that was never stopped.
 */
#include "train/trainer.h"

#include "base/config.h"
#include "base/file.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

eh_select eh_trainer_rule(const eh_trainer *t)
{
    return t->data.rows[EH_PART_VALID] ? (eh_select)t->opts->select : EH_SELECT_LAST;
}

const char *eh_select_name(eh_select rule)
{
    for (const eh_opt *opt = eh_train_option_table; opt->name; opt++)
        if (strcmp(opt->name, "select") == 0)
            return opt->choices[rule];
    assert(!"the table has no option 'select'");
    return "";
}

void eh_run_warn(eh_run *run, const char *format, ...)
{
    eh_trainer *t = (eh_trainer *)run;
    char message[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    eh_progress_warn(t->progress, "%s", message);
    if (t->log
            .stream) /* a remark that cannot be logged is not worth ending the run; the next event will fail if the disk does */
        (void)eh_run_log_event(&t->log, json_pack("{s:s, s:s}", "event", "warning", "message", message),
                               NULL);
}

eh_status eh_run_draw(eh_run *run, const eh_sampler *sampler, const void *opts, const float *weight,
                      eh_epoch_order *order, eh_error *err)
{
    eh_sampler_input in = { .row = run->train_row,
                            .rows = run->train_rows,
                            .group = run->groups ? run->groups->of_row : NULL,
                            .groups = run->groups ? run->groups->count : 0,
                            .weight = weight,
                            .seed = run->opts->seed,
                            .epoch = run->epoch };
    uint32_t *drawn = NULL;
    size_t count = 0;
    EH_TRY(sampler->order(opts, &in, &drawn, &count, err));
    eh_free(run->drawn);
    run->drawn = drawn;
    *order = (eh_epoch_order){ .row = drawn, .count = count };
    return EH_OK;
}

eh_status eh_trainer_order(eh_trainer *t, eh_error *err)
{
    EH_TRY(eh_run_draw(&t->run, &eh_sampler_uniform, NULL, NULL, &t->order, err));
    if (t->method->hooks.epoch)
        EH_TRY(t->method->hooks.epoch(t->method_state, &t->run, &t->order, err));
    return EH_OK;
}

static eh_checkpoint_parts checkpoint_parts(eh_trainer *t)
{
    return (eh_checkpoint_parts){ .folder = &t->folder,
                                  .catalog_hash = t->data.hash,
                                  .params = t->params,
                                  .method = t->method,
                                  .method_state = t->method_state,
                                  .best = &t->best };
}

eh_status eh_trainer_checkpoint(eh_trainer *t, eh_error *err)
{
    eh_checkpoint_parts parts = checkpoint_parts(t);
    EH_TRY(eh_append_sync(&t->log, &t->position.log_bytes, err));
    t->position.event_bytes = 0;
    if (t->events.stream)
        EH_TRY(eh_append_sync(&t->events, &t->position.event_bytes, err));
    EH_TRY(eh_checkpoint_save(&parts, &t->position, t->order.row, t->order.count, err));
    t->last_checkpoint = eh_seconds();
    return EH_OK;
}

/* ---- setting up ---- */

/* What the table of options cannot check; callers of the library may leave members out. */
static eh_status check_options(const eh_train_opts *o, eh_error *err)
{
    const eh_method *method = (const eh_method *)o->method.entry;
    EH_TRY(eh_opts_check_required(eh_train_option_table, o, "train", err));
    if (!o->model.entry || !o->method.entry || !o->optim.entry || !o->schedule.entry)
        return eh_fail(err, EH_ERR_USAGE, "train: model, method, optim and schedule must each be chosen");
    if (o->epochs < 1 || o->batch < 2 || !(o->lr > 0))
        return eh_fail(err, EH_ERR_USAGE,
                       "train: there must be at least 1 epoch, 2 images in a batch, and a learning rate "
                       "above 0");
    if ((method->needs & EH_NEEDS_GROUPS) && o->groups.count == 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "the method %s needs to know the groups; name the columns that make them with "
                       "--groups (%s alone balances the classes)",
                       method->entry.name, o->label.item[0]);
    return EH_OK;
}

static eh_status parse_augments(eh_trainer *t, eh_error *err)
{
    const eh_str_list *list = &t->opts->augment;
    t->augment = eh_arena_alloc(t->arena, list->count + 1, sizeof *t->augment);
    if (!t->augment)
        return eh_fail_memory(err, "augmentations", list->count, sizeof *t->augment);
    for (size_t i = 0; i < list->count; i++)
        EH_TRY(eh_thing_parse(&t->augment[i], "augment", list->item[i], "--augment", t->arena, err));
    return EH_OK;
}

/* The state of the method, and what it sees of the run. */
static eh_status begin_method(eh_trainer *t, eh_error *err)
{
    t->run.opts = t->opts;
    t->run.frame = t->data.frame;
    t->run.groups = t->data.groups;
    t->run.label = t->data.head[0];
    t->run.train_row = t->data.row[EH_PART_TRAIN];
    t->run.train_rows = t->data.rows[EH_PART_TRAIN];
    t->run.group_rows = t->data.group_rows[EH_PART_TRAIN];
    t->run.arena = t->arena;
    t->run.progress = t->progress;
    t->method_state = eh_arena_alloc(t->arena, 1, t->method->state_size + 1);
    if (!t->method_state)
        return eh_fail_memory(err, "the state of a method", 1, t->method->state_size);
    return t->method->hooks.begin
               ? t->method->hooks.begin(t->method_state, t->opts->method.opts, &t->run, err)
               : EH_OK;
}

/* The first epoch's order tells how large a batch can be and how many steps there are. */
static eh_status plan_steps(eh_trainer *t, eh_error *err)
{
    eh_position *p = &t->position;
    EH_TRY(eh_trainer_order(t, err));
    p->batch = (uint64_t)t->opts->batch;
    if (t->order.count < 2)
        return eh_fail(err, EH_ERR_NOT_ENOUGH, "an epoch has %zu image; training takes at least two",
                       t->order.count);
    if (t->order.count < p->batch) {
        p->batch = t->order.count;
        eh_run_warn(&t->run,
                    "an epoch has only %zu images, fewer than a batch of %lld (--batch): the batch is that "
                    "small",
                    t->order.count, (long long)t->opts->batch);
    }
    p->steps_per_epoch = t->order.count / p->batch;
    p->total_steps = p->steps_per_epoch * (uint64_t)t->opts->epochs;
    return EH_OK;
}

static eh_status make_graphs(eh_trainer *t, eh_error *err)
{
    const eh_train_opts *o = t->opts;
    size_t batch = (size_t)t->position.batch;
    eh_plan_opts plan = { .backend = o->backend,
                          .precision = (eh_precision)o->precision,
                          .max_memory = (uint64_t)o->max_memory << 20,
                          .tuner = t->run.tuner };
    t->run.steps_per_epoch = t->position.steps_per_epoch;
    t->run.total_steps = t->position.total_steps;
    EH_TRY(eh_params_new(&t->params, o->seed, err));
    EH_TRY(eh_training_make(&t->training, &t->run, &t->task, t->method, t->method_state, t->params, &t->data,
                            batch, err));
    EH_TRY(eh_evaluation_make(&t->evaluation, &t->task, t->params, &t->data, batch, &plan, err));
    eh_loader_opts loader = { .batch = batch,
                              .augment = t->augment,
                              .augments = o->augment.count,
                              .masks = t->data.masks,
                              .drop_last = true,
                              .seed = o->seed };
    memcpy(loader.mean, t->data.mean, sizeof loader.mean);
    memcpy(loader.std, t->data.std, sizeof loader.std);
    return eh_loader_new(&t->loader, t->data.pack, &loader, err);
}

/* Weights from a file; what does not fit is said. */
static eh_status load_initial_weights(eh_trainer *t, eh_error *err)
{
    eh_weights_report r;
    const char *path = t->opts->weights;
    if (!path)
        return EH_OK;
    EH_TRY(eh_weights_load(t->params, path, false, &r, err));
    if (r.matched == 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: none of its tensors fits the model %s; the model's first variable is '%s'", path,
                       t->opts->model.entry->name, r.missing ? r.first_missing : r.first_reshaped);
    if (r.not_finite)
        return eh_fail(err, EH_ERR_NUMERIC, "%s: '%s' holds NaN or infinity", path, r.first_not_finite);
    if (r.missing)
        eh_run_warn(&t->run, "%s: %zu variables are not in it and start at random, '%s' first", path,
                    r.missing, r.first_missing);
    if (r.reshaped)
        eh_run_warn(&t->run, "%s: %zu variables have another shape there and start at random, '%s' first",
                    path, r.reshaped, r.first_reshaped);
    if (r.left_over)
        eh_run_warn(&t->run, "%s: %zu of its tensors are not in the model, '%s' first", path, r.left_over,
                    r.first_left_over);
    return EH_OK;
}

/* Whether the checkpoint in the folder belongs to this run and may be continued. */
static eh_status check_checkpoint(const eh_trainer *t, const eh_checkpoint *checkpoint, bool finished,
                                  eh_error *err)
{
    const eh_position *p = eh_checkpoint_position(checkpoint);
    if (!t->opts->resume && finished)
        return eh_fail(err, EH_ERR_USAGE, "%s already holds a finished run; choose another folder with --out",
                       t->folder.path);
    if (!t->opts->resume)
        return eh_fail(err, EH_ERR_USAGE,
                       "%s already holds a run, stopped after step %llu of %llu; continue it with --resume, "
                       "or choose another folder with --out",
                       t->folder.path, (unsigned long long)p->step, (unsigned long long)p->total_steps);
    if (strcmp(eh_checkpoint_recipe_hash(checkpoint), t->folder.recipe_hash) != 0)
        return eh_run_home_other_recipe(&t->folder, t->opts, err);
    if (strcmp(eh_checkpoint_catalog_hash(checkpoint), t->data.hash) != 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "the run in %s was begun with other data: images, labels or parts of %s have changed "
                       "since; begin anew with another --out",
                       t->folder.path, t->opts->data);
    return EH_OK;
}

/* Opens the log where the run begins or goes on, and says what there is to say. */
static eh_status open_log(eh_trainer *t, const eh_checkpoint *checkpoint, eh_error *err)
{
    uint64_t keep = checkpoint ? eh_checkpoint_position(checkpoint)->log_bytes : 0;
    if (!checkpoint) {
        EH_TRY(eh_checkpoint_remove_all(&t->folder, err));
        EH_TRY(eh_run_home_write_recipe(&t->folder, t->opts, err));
    }
    EH_TRY(eh_append_open(&t->log, t->folder.log, keep, err));
    EH_TRY(eh_trainer_events_open(t, checkpoint ? eh_checkpoint_position(checkpoint) : NULL, err));
    if (checkpoint) {
        json_int_t step = (json_int_t)eh_checkpoint_position(checkpoint)->step;
        return eh_run_log_event(&t->log, json_pack("{s:s, s:I}", "event", "resumed", "step", step), err);
    }
    for (size_t i = 0; i < t->data.remarks.count; i++)
        eh_run_warn(&t->run, "%s", t->data.remarks.text[i]);
    if (t->chosen_precision)
        eh_run_warn(&t->run, "--precision auto takes %s: this processor has %sinstructions for bf16",
                    eh_precision_name((eh_precision)t->opts->precision),
                    t->opts->precision == EH_PRECISION_BF16 ? "" : "no ");
    return EH_OK;
}

/* From options to a position; *checkpoint stays with the caller. *done: the run had finished before. */
static eh_status set_up(eh_trainer *t, eh_checkpoint **checkpoint, bool *done, eh_error *err)
{
    const eh_train_opts *o = t->opts;
    EH_TRY(check_options(o, err));
    EH_TRY(parse_augments(t, err));
    EH_TRY(eh_run_data_load(&t->data, o, err));
    EH_TRY(eh_task_init(&t->task, o, &t->data, t->arena, err));
    if (o->patience && eh_trainer_rule(t) == EH_SELECT_LAST)
        return eh_fail(err, EH_ERR_USAGE,
                       "--patience waits for a better epoch, which takes a validation part and another "
                       "--select than "
                       "last");
    EH_TRY(eh_run_home_open(&t->folder, o, err));
    EH_TRY(eh_checkpoint_open(checkpoint, &t->folder, err));
    if (*checkpoint) {
        *done = eh_run_is_finished(&t->folder);
        EH_TRY(check_checkpoint(t, *checkpoint, *done, err));
        if (*done) {
            eh_progress_warn(t->progress, "the run in %s has finished already; nothing is left to do",
                             t->folder.path);
            return EH_OK;
        }
    }
    EH_TRY(open_log(t, *checkpoint, err));
    size_t said = t->data.remarks.count;
    EH_TRY(eh_run_data_pixels(&t->data, t->progress, err));
    EH_TRY(eh_task_count_pixels(&t->task, &t->data, t->arena, err));
    for (size_t i = said; i < t->data.remarks.count && !*checkpoint; i++)
        eh_run_warn(&t->run, "%s", t->data.remarks.text[i]);
    EH_TRY(begin_method(t, err));
    if (*checkpoint)
        t->position = *eh_checkpoint_position(*checkpoint);
    else
        EH_TRY(plan_steps(t, err));
    EH_TRY(eh_tuner_new(&t->run.tuner, (eh_tune)o->tune, err));
    if (*checkpoint && eh_tuner_load(t->run.tuner, t->folder.tuning, err) == EH_ERR_MEMORY)
        return EH_ERR_MEMORY;
    EH_TRY(make_graphs(t, err));
    EH_TRY(eh_tuner_save(t->run.tuner, t->folder.tuning, err));
    if (!*checkpoint) {
        EH_TRY(load_initial_weights(t, err));
        EH_TRY(eh_training_begin_average(t->params, err));
        return eh_trainer_describe(t, false, err);
    }
    eh_checkpoint_parts parts = checkpoint_parts(t);
    t->resumed = true;
    EH_TRY(eh_checkpoint_restore(*checkpoint, &parts, &t->restored_order, &t->order.count, err));
    t->order.row = t->restored_order;
    return EH_OK;
}

eh_status eh_train(const eh_train_opts *opts, eh_progress *progress, eh_error *err)
{
    eh_status status = EH_OK;
    eh_checkpoint *checkpoint = NULL;
    bool done = false;
    eh_train_opts resolved = *opts;
    eh_trainer *t = eh_alloc(1, sizeof *t);
    if (!t)
        return eh_fail_memory(err, "a training", 1, sizeof *t);
    resolved.precision = (int)eh_precision_resolve((eh_precision)opts->precision, opts->backend);
    t->opts = &resolved;
    t->chosen_precision = opts->precision == EH_PRECISION_AUTO;
    t->progress = progress;
    t->method = (const eh_method *)opts->method.entry;
    t->folder.lock = -1;
    t->arena = eh_arena_new();
    if (!t->arena) {
        status = eh_fail_memory(err, "a training", 1, sizeof *t);
        goto done;
    }
    EH_TRY_GOTO(status, set_up(t, &checkpoint, &done, err));
    if (done)
        goto done;
    t->last_checkpoint = eh_seconds();
    EH_TRY_GOTO(status, eh_trainer_epochs(t, err));
    status = eh_trainer_finish(t, err);
done:
    eh_checkpoint_close(checkpoint);
    eh_loader_free(t->loader);
    eh_training_clear(&t->training);
    eh_evaluation_clear(&t->evaluation);
    eh_snapshot_clear(&t->best);
    eh_params_free(t->params);
    eh_tuner_free(t->run.tuner);
    eh_append_close(&t->log);
    eh_append_close(&t->events);
    eh_run_home_close(&t->folder);
    eh_run_data_clear(&t->data);
    eh_free(t->run.drawn);
    eh_free(t->restored_order);
    eh_arena_free(t->arena);
    eh_free(t);
    return status;
}
