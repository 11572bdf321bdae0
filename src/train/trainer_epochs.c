/* trainer_epochs.c - the loop over epochs and steps. */
#include "train/trainer.h"

#include "base/file.h"
#include "base/json.h"

#include <math.h>
#include <string.h>

#define CHECKPOINT_SECONDS 30.0

static bool checkpoint_is_due(const eh_trainer *t, bool epoch_ended)
{
    uint64_t every = (uint64_t)t->opts->checkpoint_steps;
    if (every)
        return epoch_ended || t->position.step % every == 0;
    return eh_seconds() - t->last_checkpoint >= CHECKPOINT_SECONDS;
}

/* ---- the log's event of an epoch ---- */

static json_t *score_json(const eh_score *s, const eh_groups *groups)
{
    json_t *list = json_array();
    for (size_t g = 0; g < s->groups; g++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "name", groups->name[g], "n",
                                              (json_int_t)s->group_n[g], "correct",
                                              (json_int_t)s->group_correct[g]));
    return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "n", (json_int_t)s->n, "correct",
                     (json_int_t)s->correct, "accuracy", eh_json_number(s->accuracy), "group_mean",
                     eh_json_number(s->group_mean), "worst", eh_json_number(s->worst), "worst_group",
                     s->worst_group >= 0 ? json_string(groups->name[s->worst_group]) : json_null(), "loss",
                     eh_json_number(s->loss), "groups", list);
}

static eh_status log_epoch(eh_trainer *t, const eh_score *valid, eh_error *err)
{
    const eh_position *p = &t->position;
    double steps = (double)p->steps_in_epoch, seconds = p->epoch_seconds;
    json_t *shown = json_object();
    for (size_t i = 0; i < t->training.tensors.shown_count; i++)
        eh_json_set(shown, t->training.tensors.shown[i].name, eh_json_number(p->shown_sum[i] / steps));
    json_t *event = json_pack("{s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "event", "epoch", "epoch",
                              (json_int_t)p->epochs_done + 1, "steps", (json_int_t)p->steps_in_epoch, "loss",
                              eh_json_number(p->loss_sum / steps), "lr",
                              eh_json_number(eh_training_rate(&t->training, p->step - 1, NULL)), "seconds",
                              eh_json_number(seconds), "images_per_s",
                              eh_json_number(seconds > 0 ? steps * (double)p->batch / seconds : 0),
                              "wait_seconds", eh_json_number(p->wait_seconds), "shown", shown);
    if (event && valid && valid->n > 0 && !eh_json_set(event, "valid", score_json(valid, t->data.groups))) {
        json_decref(event);
        event = NULL;
    }
    return eh_run_log_event(&t->log, event, err);
}

static void say_epoch(const eh_trainer *t, const eh_score *valid)
{
    const eh_position *p = &t->position;
    double loss = p->loss_sum / (double)p->steps_in_epoch;
    if (valid->n == 0)
        eh_progress_end(t->progress, "loss %.4f", loss);
    else
        eh_progress_end(t->progress,
                        "loss %.4f, validation: accuracy %.2f %%, worst group %.2f %% (%s, %llu of %llu)",
                        loss, 100 * valid->accuracy, 100 * valid->worst,
                        t->data.groups->name[valid->worst_group],
                        (unsigned long long)valid->group_correct[valid->worst_group],
                        (unsigned long long)valid->group_n[valid->worst_group]);
}

/* ---- one epoch ---- */

static eh_status begin_epoch(eh_trainer *t, eh_error *err)
{
    eh_position *p = &t->position;
    t->run.epoch = p->epochs_done;
    if (!p->inside_epoch) {
        /* The first epoch's order was drawn when the steps were counted. */
        if (p->epochs_done > 0 || !t->order.row)
            EH_TRY(eh_trainer_order(t, err));
        p->inside_epoch = true;
        p->steps_in_epoch = 0;
        p->loss_sum = p->epoch_seconds = p->wait_seconds = 0;
        memset(p->shown_sum, 0, sizeof p->shown_sum);
    }
    if (t->order.count < p->batch)
        return eh_fail(err, EH_ERR_NOT_ENOUGH,
                       "epoch %llu has only %zu images, fewer than the batch of %llu; make the batch smaller "
                       "(--batch)",
                       (unsigned long long)p->epochs_done + 1, t->order.count, (unsigned long long)p->batch);
    return eh_loader_begin(t->loader, t->order.row, t->order.count, p->epochs_done, p->steps_in_epoch, err);
}

/* The present step's clock and waiting time into the position; for checkpoints within the epoch and at its end. */
typedef struct epoch_clock {
    double began, seconds_before, total_before, wait_before;
} epoch_clock;

static void note_time(eh_trainer *t, const epoch_clock *c)
{
    double now = eh_seconds() - c->began;
    t->position.epoch_seconds = c->seconds_before + now;
    t->position.seconds = c->total_before + now;
    t->position.wait_seconds = c->wait_before + eh_loader_wait_seconds(t->loader);
}

static eh_status fail_loss(eh_trainer *t, double loss, eh_error *err)
{
    const eh_position *p = &t->position;
    char message[512];
    snprintf(message, sizeof message,
             "the loss is %s in epoch %llu, step %llu (learning rate %g); the last good checkpoint stays. "
             "Lower the learning rate (--lr) and "
             "train again",
             isnan(loss) ? "not a number" : "infinite", (unsigned long long)p->epochs_done + 1,
             (unsigned long long)p->steps_in_epoch + 1, eh_training_rate(&t->training, p->step, NULL));
    eh_status status =
        eh_run_log_event(&t->log, json_pack("{s:s, s:s}", "event", "warning", "message", message), err);
    return status == EH_OK ? eh_fail(err, EH_ERR_NUMERIC, "%s", message) : status;
}

static eh_status take_step(eh_trainer *t, eh_batch *batch, eh_error *err)
{
    eh_position *p = &t->position;
    const eh_train_hooks *hooks = &t->method->hooks;
    double loss = 0;
    t->run.step = p->step;
    if (hooks->batch)
        EH_TRY(hooks->batch(t->method_state, &t->run, batch, err));
    EH_TRY(eh_training_step(&t->training, batch, p->step, &loss, err));
    if (!isfinite(loss))
        return fail_loss(t, loss, err);
    if (hooks->after_step)
        EH_TRY(hooks->after_step(t->method_state, &t->run, batch, t->training.sample_loss, err));
    p->loss_sum += loss;
    for (size_t i = 0; i < t->training.tensors.shown_count; i++)
        p->shown_sum[i] += t->training.shown[i];
    p->step++;
    p->steps_in_epoch++;
    return EH_OK;
}

static eh_status stop_here(eh_trainer *t, eh_error *err)
{
    const eh_position *p = &t->position;
    EH_TRY(eh_trainer_checkpoint(t, err));
    return eh_fail(err, EH_ERR_INTERRUPTED,
                   "stopped after step %llu of %llu; a checkpoint was saved, continue with --resume",
                   (unsigned long long)p->step, (unsigned long long)p->total_steps);
}

static eh_status train_epoch(eh_trainer *t, eh_error *err)
{
    eh_position *p = &t->position;
    EH_TRY(begin_epoch(t, err));
    epoch_clock clock = { eh_seconds(), p->epoch_seconds, p->seconds, p->wait_seconds };
    for (;;) {
        eh_batch *batch;
        if (eh_progress_stop(t->progress)) {
            note_time(t, &clock);
            return stop_here(t, err);
        }
        EH_TRY(eh_loader_next(t->loader, &batch, err));
        if (!batch)
            break;
        EH_TRY(take_step(t, batch, err));
        eh_progress_update(t->progress, p->steps_in_epoch, "loss %.4f",
                           p->loss_sum / (double)p->steps_in_epoch);
        if (checkpoint_is_due(t, false)) {
            note_time(t, &clock);
            EH_TRY(eh_trainer_checkpoint(t, err));
        }
    }
    note_time(t, &clock);
    return EH_OK;
}

/* Keeps the weights when the rule likes them better than the best so far; of equals the higher group mean, then the earlier epoch. */
static eh_status keep_if_better(eh_trainer *t, const eh_score *valid, eh_error *err)
{
    eh_best *best = &t->position.best;
    eh_select rule = eh_trainer_rule(t);
    double value = rule == EH_SELECT_WORST_GROUP  ? valid->worst
                   : rule == EH_SELECT_GROUP_MEAN ? valid->group_mean
                                                  : valid->accuracy;
    if (rule == EH_SELECT_LAST)
        return EH_OK;
    if (best->epoch &&
        (value < best->value || (value == best->value && valid->group_mean <= best->group_mean)))
        return EH_OK;
    *best =
        (eh_best){ .epoch = t->position.epochs_done + 1, .value = value, .group_mean = valid->group_mean };
    return eh_snapshot_take(&t->best, t->params, err);
}

static eh_status end_epoch(eh_trainer *t, eh_error *err)
{
    eh_position *p = &t->position;
    eh_part_predictions predictions = { 0 };
    eh_score valid = { 0 };
    eh_status status = eh_evaluate(&predictions, &t->evaluation, EH_PART_VALID, NULL, t->progress, err);
    if (status == EH_ERR_INTERRUPTED) {
        status = stop_here(t, err);
        goto done;
    }
    if (status != EH_OK)
        goto done;
    EH_TRY_GOTO(status, eh_score_make(&valid, &predictions, &t->data, err));
    EH_TRY_GOTO(status, log_epoch(t, &valid, err));
    if (valid.n > 0)
        EH_TRY_GOTO(status, keep_if_better(t, &valid, err));
    say_epoch(t, &valid);
    p->epochs_done++;
    p->inside_epoch = false;
    if (p->epochs_done == (uint64_t)t->opts->epochs || checkpoint_is_due(t, true))
        status = eh_trainer_checkpoint(t, err);
done:
    eh_part_predictions_clear(&predictions);
    eh_score_clear(&valid);
    return status;
}

eh_status eh_trainer_epochs(eh_trainer *t, eh_error *err)
{
    while (t->position.epochs_done < (uint64_t)t->opts->epochs) {
        char title[64];
        snprintf(title, sizeof title, "epoch %llu/%lld", (unsigned long long)t->position.epochs_done + 1,
                 (long long)t->opts->epochs);
        eh_progress_begin(t->progress, title, t->position.steps_per_epoch, "steps");
        EH_TRY(train_epoch(t, err));
        EH_TRY(end_epoch(t, err));
    }
    return EH_OK;
}
