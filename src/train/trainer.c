/* trainer.c - a training from its options to its end: what is set up, and in which order.
 *
 * Resuming sets up exactly the same things and then moves to the position of the checkpoint, so a resumed run takes the same steps on the same
 * numbers as one that was never stopped.
 */
#include "train/trainer.h"

#include "base/config.h"
#include "base/file.h"
#include "train/stages.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

eh_select eh_trainer_rule(const eh_trainer *t)
{
    return eh_select_rule_of(t->opts, &t->data);
}

uint64_t eh_trainer_kept_epoch(const eh_trainer *t)
{
    const eh_position *p = &t->position;
    return eh_trainer_rule(t) == EH_SELECT_LAST || !p->best.epoch ? p->epochs_done : p->best.epoch;
}

const char *eh_trainer_rule_text(const eh_trainer *t)
{
    eh_select rule = eh_trainer_rule(t);
    return rule == EH_SELECT_MEAN ? "average-last" : rule == EH_SELECT_LAST ? "last" : t->opts->select;
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
                                  .catalog_hash = t->data_hash,
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
    t->checkpoint_step = t->position.step;
    eh_checkpoint_name(t->checkpoint_name, &t->position);
    return EH_OK;
}

/* ---- setting up ---- */

/* What the table of options cannot check; callers of the library may leave members out. */
static eh_status check_options(const eh_train_opts *o, eh_error *err)
{
    const eh_method *method = (const eh_method *)o->method.entry;
    if (!o->model.entry || !o->method.entry || !o->optim.entry || !o->schedule.entry)
        return eh_fail(err, EH_ERR_USAGE, "train: model, method, optim and schedule must each be chosen");
    if (o->epochs < 1 || o->batch < 2 || !(o->lr > 0))
        return eh_fail(err, EH_ERR_USAGE,
                       "train: there must be at least 1 epoch, 2 images in a batch, and a learning rate "
                       "above 0");
    if ((method->needs & EH_NEEDS_GROUPS) && o->groups.count == 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "the method %s needs to know the groups; name the columns that make them with "
                       "--groups; a label of classes will do",
                       method->entry.name);
    return EH_OK;
}

/* Whether the checkpoint in the folder belongs to this run and may be continued. */
static eh_status check_checkpoint(const eh_trainer *t, const eh_checkpoint *checkpoint, bool finished,
                                  eh_error *err)
{
    const eh_position *p = eh_checkpoint_position(checkpoint);
    char stage[48] = "";
    if (t->stages > 1)
        snprintf(stage, sizeof stage, " of stage %llu", (unsigned long long)p->stage + 1);
    if (!t->opts->resume && finished)
        return eh_fail(err, EH_ERR_USAGE, "%s already holds a finished run; choose another folder with --out",
                       t->folder.path);
    if (!t->opts->resume)
        return eh_fail(err, EH_ERR_USAGE,
                       "%s already holds a run, stopped after step %llu of %llu%s; continue it with "
                       "--resume, "
                       "or choose another folder with --out",
                       t->folder.path, (unsigned long long)(p->step - p->stage_step),
                       (unsigned long long)p->total_steps, stage);
    if (strcmp(eh_checkpoint_recipe_hash(checkpoint), t->folder.recipe_hash) != 0)
        return eh_run_home_other_recipe(&t->folder, t->base, err);
    if (strcmp(eh_checkpoint_catalog_hash(checkpoint), t->data_hash) != 0)
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
        EH_TRY(eh_run_home_write_recipe(&t->folder, t->base, err));
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

/* Opens the folder and what is in it. *checkpoint stays with the caller; NULL: the run begins. *done: it had finished before. */
static eh_status open_folder(eh_trainer *t, eh_checkpoint **checkpoint, bool *done, eh_error *err)
{
    EH_TRY(eh_run_home_open(&t->folder, t->base, err));
    EH_TRY(eh_checkpoint_open(checkpoint, &t->folder, err));
    if (!*checkpoint)
        return EH_OK;
    *done = eh_run_is_finished(&t->folder);
    EH_TRY(check_checkpoint(t, *checkpoint, *done, err));
    if (*done)
        eh_progress_warn(t->progress, "the run in %s has finished already; nothing is left to do",
                         t->folder.path);
    return EH_OK;
}

/* Goes to the stage in which the checkpoint was made. */
static eh_status take_position(eh_trainer *t, const eh_checkpoint *checkpoint, eh_error *err)
{
    uint64_t loaded = t->position.stage;
    t->position = *eh_checkpoint_position(checkpoint);
    if (t->position.stage >= t->stages)
        return eh_fail(err, EH_ERR_INPUT, "the checkpoint in %s is of stage %llu, and there are %zu stages",
                       t->folder.path, (unsigned long long)t->position.stage + 1, t->stages);
    if (t->position.stage == loaded)
        return EH_OK;
    eh_trainer_clear_stage(t);
    return eh_trainer_load_stage(t, err);
}

static eh_status begin_run(eh_trainer *t, eh_error *err)
{
    EH_TRY(eh_trainer_begin_stage(t, true, err));
    EH_TRY(eh_tuner_save(t->run.tuner, t->folder.tuning, err));
    EH_TRY(eh_trainer_initial_weights(t, err));
    EH_TRY(eh_training_begin_average(t->params, err));
    EH_TRY(eh_trainer_log_stage(t, err));
    return eh_trainer_describe(t, false, err);
}

static eh_status go_on(eh_trainer *t, eh_checkpoint *checkpoint, eh_error *err)
{
    EH_TRY(eh_trainer_begin_stage(t, false, err));
    EH_TRY(eh_tuner_save(t->run.tuner, t->folder.tuning, err));
    eh_checkpoint_parts parts = checkpoint_parts(t);
    t->resumed = true;
    t->checkpoint_step = t->position.step;
    eh_checkpoint_name(t->checkpoint_name, &t->position);
    EH_TRY(eh_checkpoint_restore(checkpoint, &parts, &t->restored_order, &t->order.count, err));
    t->order.row = t->restored_order;
    return EH_OK;
}

/* A run that is refused before its first step leaves nothing behind. */
static eh_status begin_or_withdraw(eh_trainer *t, eh_error *err)
{
    eh_status status = begin_run(t, err);
    if (status != EH_OK)
        eh_run_home_withdraw(&t->folder);
    return status;
}

/* From options to a position. */
static eh_status set_up(eh_trainer *t, eh_checkpoint **checkpoint, bool *done, eh_error *err)
{
    EH_TRY(eh_trainer_load_stage(t, err));
    EH_TRY(eh_trainer_check_stages(t, err));
    EH_TRY(open_folder(t, checkpoint, done, err));
    if (*done)
        return EH_OK;
    EH_TRY(open_log(t, *checkpoint, err));
    EH_TRY(eh_tuner_new(&t->run.tuner, (eh_tune)t->base->tune, err));
    if (!*checkpoint)
        return begin_or_withdraw(t, err);
    EH_TRY(take_position(t, *checkpoint, err));
    if (eh_tuner_load(t->run.tuner, t->folder.tuning, err) == EH_ERR_MEMORY)
        return EH_ERR_MEMORY;
    return go_on(t, *checkpoint, err);
}

eh_status eh_trainer_without_folder(eh_trainer *t, eh_error *err)
{
    EH_TRY(eh_trainer_load_stage(t, err));
    EH_TRY(eh_tuner_new(&t->run.tuner, (eh_tune)t->base->tune, err));
    EH_TRY(eh_trainer_begin_stage(t, true, err));
    EH_TRY(eh_trainer_initial_weights(t, err));
    return eh_training_begin_average(t->params, err);
}

eh_status eh_trainer_new(eh_trainer **out, const eh_train_opts *opts, eh_progress *progress, eh_error *err)
{
    eh_trainer *t = *out = eh_alloc(1, sizeof *t);
    if (!t)
        return eh_fail_memory(err, "a training", 1, sizeof *t);
    t->folder.lock = -1;
    t->progress = progress;
    t->arena = eh_arena_new();
    eh_train_opts *base = t->arena ? eh_arena_alloc(t->arena, 1, sizeof *base) : NULL;
    if (!base)
        return eh_fail_memory(err, "a training", 1, sizeof *t);
    *base = *opts;
    base->precision = (int)eh_precision_resolve((eh_precision)opts->precision, opts->backend);
    t->chosen_precision = opts->precision == EH_PRECISION_AUTO;
    t->base = base;
    EH_TRY(eh_opts_check_required(eh_train_option_table, base, "train", err));
    EH_TRY(eh_train_stages(&t->stage, &t->stages, base, t->arena, err));
    for (size_t i = 0; i < t->stages; i++)
        EH_TRY(check_options(&t->stage[i], err));
    if (base->average_last > t->stage[t->stages - 1].epochs)
        return eh_fail(err, EH_ERR_USAGE,
                       "--average-last takes the mean of %lld epochs, and there are %lld%s",
                       (long long)base->average_last, (long long)t->stage[t->stages - 1].epochs,
                       t->stages > 1 ? " in the last stage" : "");
    t->opts = &t->stage[0];
    return EH_OK;
}

void eh_trainer_free(eh_trainer *t)
{
    if (!t)
        return;
    eh_trainer_clear_stage(t);
    eh_tuner_free(t->run.tuner);
    eh_append_close(&t->log);
    eh_append_close(&t->events);
    eh_run_home_close(&t->folder);
    eh_free(t->run.drawn);
    eh_free(t->restored_order);
    eh_arena_free(t->arena);
    eh_free(t);
}

eh_status eh_train(const eh_train_opts *opts, eh_progress *progress, eh_error *err)
{
    eh_checkpoint *checkpoint = NULL;
    bool done = false;
    eh_trainer *t = NULL;
    eh_status status = eh_trainer_new(&t, opts, progress, err);
    if (status == EH_OK)
        status = set_up(t, &checkpoint, &done, err);
    eh_checkpoint_close(checkpoint);
    if (status != EH_OK || done)
        goto done;
    t->last_checkpoint = eh_seconds();
    for (;;) {
        EH_TRY_GOTO(status, eh_trainer_epochs(t, err));
        if (t->position.stage + 1 == t->stages)
            break;
        EH_TRY_GOTO(status, eh_trainer_next_stage(t, err));
    }
    status = eh_trainer_finish(t, err);
done:
    eh_trainer_free(t);
    return status;
}
