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
    /* The first epoch's end always, so that a run that fails later leaves something to go on from. */
    return (epoch_ended && !t->checkpoint_name[0]) || eh_seconds() - t->last_checkpoint >= CHECKPOINT_SECONDS;
}

/* ---- the log's event of an epoch ---- */

/* Keys of classes are correct and accuracy, of numbers mae, of masks miou. */
static json_t *score_json(const eh_score *s, const eh_groups *groups)
{
    bool classes = s->kind == EH_TARGET_CLASS;
    const char *key = eh_score_key(s->kind);
    json_t *list = json_array();
    for (size_t g = 0; g < s->groups; g++) {
        json_t *group = json_pack("{s:s, s:I}", "name", groups->name[g], "n", (json_int_t)s->group_n[g]);
        if (classes)
            eh_json_set(group, "correct", json_integer((json_int_t)s->group_correct[g]));
        else
            eh_json_set(group, key, eh_json_number(s->group_value[g]));
        json_array_append_new(list, group);
    }
    json_t *json = json_pack("{s:I}", "n", (json_int_t)s->n);
    if (classes)
        eh_json_set(json, "correct", json_integer((json_int_t)s->correct));
    eh_json_set(json, key, eh_json_number(s->overall));
    eh_json_set(json, "group_mean", eh_json_number(s->group_mean));
    eh_json_set(json, "worst", eh_json_number(s->worst));
    eh_json_set(json, "worst_group",
                s->worst_group >= 0 ? json_string(groups->name[s->worst_group]) : json_null());
    eh_json_set(json, "loss", eh_json_number(s->loss));
    eh_json_set(json, "groups", list);
    return json;
}

/* The first head's score, those of the others below "heads". */
static json_t *scores_json(const eh_trainer *t, const eh_score *valid)
{
    json_t *json = score_json(&valid[0], t->data.groups), *others = json_object();
    for (size_t k = 1; k < t->task.heads; k++)
        eh_json_set(others, t->task.head[k].column->name, score_json(&valid[k], t->data.groups));
    if (t->task.heads > 1)
        eh_json_set(json, "heads", others);
    else
        json_decref(others);
    return json;
}

static eh_status log_epoch(eh_trainer *t, const eh_score *valid, eh_error *err)
{
    const eh_position *p = &t->position;
    double steps = (double)p->steps_in_epoch, seconds = p->epoch_seconds;
    json_t *shown = json_object();
    for (size_t i = 0; i < t->training.tensors.shown_count; i++)
        eh_json_set(shown, t->training.tensors.shown[i].name, eh_json_number(p->shown_sum[i] / steps));
    json_t *event =
        json_pack("{s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "event", "epoch", "epoch",
                  (json_int_t)p->epochs_done + 1, "steps", (json_int_t)p->steps_in_epoch, "loss",
                  eh_json_number(p->loss_sum / steps), "lr",
                  eh_json_number(eh_training_rate(&t->training, eh_trainer_stage_step(t) - 1, NULL)),
                  "seconds", eh_json_number(seconds), "images_per_s",
                  eh_json_number(seconds > 0 ? steps * (double)p->batch / seconds : 0), "wait_seconds",
                  eh_json_number(p->wait_seconds), "shown", shown);
    eh_json_set(event, "cpu_use", eh_json_number(seconds > 0 ? p->epoch_cpu / seconds : NAN));
    eh_json_set(event, "peak_memory_bytes", json_integer((json_int_t)eh_peak_memory()));
    if (t->stages > 1)
        eh_json_set(event, "stage", json_integer((json_int_t)p->stage + 1));
    if (event && valid && valid->n > 0 && !eh_json_set(event, "valid", scores_json(t, valid))) {
        json_decref(event);
        event = NULL;
    }
    return eh_run_log_event(&t->log, event, err);
}

/* ", worst group 81.25 % (Blond Male, 13 of 16)" or ", worst group 6.21 (Male)". */
static void append_score(eh_str *out, const eh_trainer *t, const eh_score *s)
{
    const char *worst = t->data.groups->name[s->worst_group];
    if (s->kind == EH_TARGET_MASK)
        eh_str_appendf(out, "%s %.2f %%, worst group %.2f %% (%s)", eh_score_metric(s->kind),
                       100 * s->overall, 100 * s->worst, worst);
    else if (s->kind == EH_TARGET_NUMBER)
        eh_str_appendf(out, "%s %.4g, worst group %.4g (%s)", eh_score_metric(s->kind), s->overall, s->worst,
                       worst);
    else
        eh_str_appendf(out, "%s %.2f %%, worst group %.2f %% (%s, %llu of %llu)", eh_score_metric(s->kind),
                       100 * s->overall, 100 * s->worst, worst,
                       (unsigned long long)s->group_correct[s->worst_group],
                       (unsigned long long)s->group_n[s->worst_group]);
}

static void say_epoch(const eh_trainer *t, const eh_score *valid)
{
    const eh_position *p = &t->position;
    eh_str text = { 0 };
    eh_str_appendf(&text, "loss %.4f", p->loss_sum / (double)p->steps_in_epoch);
    for (size_t k = 0; k < t->task.heads; k++) {
        if (valid[k].n == 0)
            continue;
        eh_str_append(&text, k ? "; " : ", validation: ");
        if (t->task.heads > 1)
            eh_str_appendf(&text, "%s ", t->task.head[k].column->name);
        append_score(&text, t, &valid[k]);
    }
    eh_progress_end(t->progress, "%s", eh_str_text(&text));
    eh_str_clear(&text);
}

/* ---- one epoch ---- */

static eh_status begin_epoch(eh_trainer *t, eh_error *err)
{
    eh_position *p = &t->position;
    t->run.epoch = p->epochs_done;
    if (!p->inside_epoch) {
        if (!t->order_is_fresh)
            EH_TRY(eh_trainer_order(t, err));
        t->order_is_fresh = false;
        p->inside_epoch = true;
        p->steps_in_epoch = 0;
        p->loss_sum = p->epoch_seconds = p->wait_seconds = p->epoch_cpu = 0;
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
    double cpu_began, cpu_before, cpu_total_before;
} epoch_clock;

static void note_time(eh_trainer *t, const epoch_clock *c)
{
    double now = eh_seconds() - c->began;
    t->position.epoch_seconds = c->seconds_before + now;
    t->position.seconds = c->total_before + now;
    t->position.wait_seconds = c->wait_before + eh_loader_wait_seconds(t->loader);
    double cpu = eh_cpu_seconds() - c->cpu_began;
    t->position.epoch_cpu = c->cpu_before + cpu;
    t->position.cpu_seconds = c->cpu_total_before + cpu;
}

/* The sentence of a training that stopped after or in `step` of the epoch: what is wrong, and how to go on. */
static eh_status fail_numeric(eh_trainer *t, const char *what, const char *where, uint64_t step, double rate,
                              eh_error *err)
{
    const eh_position *p = &t->position;
    char message[4096], remedy[1024];
    if (t->checkpoint_name[0] && t->stages > 1)
        snprintf(remedy, sizeof remedy,
                 "the weights after step %llu are kept; go on from them with a lower rate in what is left of "
                 "the stages: "
                 "evenhand train --config %s --weights %s/%s --stages '...' --out OTHER-FOLDER (this was "
                 "stage %llu: %s)",
                 (unsigned long long)t->checkpoint_step, t->folder.recipe, t->folder.checkpoints,
                 t->checkpoint_name, (unsigned long long)p->stage + 1, t->base->stages.item[p->stage]);
    else if (t->checkpoint_name[0])
        snprintf(remedy, sizeof remedy,
                 "the weights after step %llu are kept; go on from them with a lower rate: evenhand train "
                 "--config "
                 "%s --weights %s/%s --lr %g --out OTHER-FOLDER",
                 (unsigned long long)t->checkpoint_step, t->folder.recipe, t->folder.checkpoints,
                 t->checkpoint_name, t->opts->lr / 10);
    else
        snprintf(remedy, sizeof remedy,
                 "it is the first epoch, so there is nothing to keep. Lower the learning rate (--lr %g) and "
                 "train "
                 "again; evenhand find-lr suggests one",
                 t->opts->lr / 10);
    snprintf(message, sizeof message, "%s in epoch %llu, step %llu (learning rate %g)%s%s; %s", what,
             (unsigned long long)p->epochs_done + p->inside_epoch, (unsigned long long)step, rate,
             where[0] ? ": " : "", where, remedy);
    eh_status status =
        eh_run_log_event(&t->log, json_pack("{s:s, s:s}", "event", "warning", "message", message), err);
    return status == EH_OK ? eh_fail(err, EH_ERR_NUMERIC, "%s", message) : status;
}

/* Of a step. Unless updates have been made, it can be run again to find where it began. */
static eh_status fail_step(eh_trainer *t, double loss, eh_error *err)
{
    char what[64];
    eh_error found = { 0 };
    if (!isfinite(loss) || t->training.gradient_length)
        eh_plan_find_bad(t->training.plan, &found);
    const char *where = found.message[0] ? found.message : isfinite(loss) ? t->training.bad.message : "";
    if (isfinite(loss))
        snprintf(what, sizeof what, "the loss is %.4g but its gradients are not finite", loss);
    else
        snprintf(what, sizeof what, "the loss is %s", isnan(loss) ? "not a number" : "infinite");
    return fail_numeric(t, what, where, t->position.steps_in_epoch + 1,
                        eh_training_rate(&t->training, eh_trainer_stage_step(t), NULL), err);
}

/* A checkpoint of numbers that are not finite is not written: running statistics can be so while the loss still is a number. */
static eh_status save(eh_trainer *t, eh_error *err)
{
    eh_error found = { 0 };
    uint64_t step = eh_trainer_stage_step(t);
    eh_status status = eh_trainer_checkpoint(t, &found);
    if (status == EH_ERR_NUMERIC)
        return fail_numeric(t, found.message, "", t->position.steps_in_epoch,
                            eh_training_rate(&t->training, step ? step - 1 : 0, NULL), err);
    return status == EH_OK ? EH_OK : eh_fail(err, status, "%s", found.message);
}

static eh_status take_step(eh_trainer *t, eh_batch *batch, eh_error *err)
{
    eh_position *p = &t->position;
    const eh_train_hooks *hooks = &t->method->hooks;
    double loss = 0;
    t->run.step = eh_trainer_stage_step(t);
    if (hooks->batch)
        EH_TRY(hooks->batch(t->method_state, &t->run, batch, err));
    if (t->run.step == 0)
        EH_TRY(eh_trainer_events_batch(t, batch, err));
    EH_TRY(eh_training_step(&t->training, batch, t->run.step, &loss, err));
    if (t->training.bad.status)
        return fail_step(t, loss, err);
    if (hooks->after_step)
        EH_TRY(hooks->after_step(t->method_state, &t->run, batch, t->training.sample_loss, err));
    p->loss_sum += loss;
    for (size_t i = 0; i < t->training.tensors.shown_count; i++)
        p->shown_sum[i] += t->training.shown[i];
    p->step++;
    p->steps_in_epoch++;
    p->images += p->batch;
    return eh_trainer_events_step(t, loss, err);
}

static eh_status stop_here(eh_trainer *t, eh_error *err)
{
    const eh_position *p = &t->position;
    EH_TRY(save(t, err));
    char stage[64] = "";
    if (t->stages > 1)
        snprintf(stage, sizeof stage, " of stage %llu of %zu", (unsigned long long)p->stage + 1, t->stages);
    return eh_fail(err, EH_ERR_INTERRUPTED,
                   "stopped after step %llu of %llu%s; a checkpoint was saved, continue with --resume",
                   (unsigned long long)eh_trainer_stage_step(t), (unsigned long long)p->total_steps, stage);
}

static eh_status train_epoch(eh_trainer *t, eh_error *err)
{
    eh_position *p = &t->position;
    eh_status status = begin_epoch(t, err);
    if (status == EH_ERR_INTERRUPTED)
        return stop_here(t, err);
    if (status != EH_OK)
        return status;
    epoch_clock clock = { eh_seconds(),     p->epoch_seconds, p->seconds,    p->wait_seconds,
                          eh_cpu_seconds(), p->epoch_cpu,     p->cpu_seconds };
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
            EH_TRY(save(t, err));
        }
    }
    note_time(t, &clock);
    return EH_OK;
}

/* What the rule compares, and whether less of it is better. */
static eh_status judged_value(double *value, bool *lower, const eh_trainer *t, const eh_score *valid,
                              const eh_part_predictions *predictions, eh_error *err)
{
    eh_select rule = eh_trainer_rule(t);
    *lower = rule == EH_SELECT_METRIC ? t->selector.lower : eh_score_gain(valid->kind, 1) < 0;
    *value = rule == EH_SELECT_WORST_GROUP  ? valid->worst
             : rule == EH_SELECT_GROUP_MEAN ? valid->group_mean
                                            : valid->overall;
    return rule == EH_SELECT_METRIC ? eh_selector_value(value, &t->selector, predictions, &t->data, err)
                                    : EH_OK;
}

/* Keeps the weights when the rule likes them better than the best so far; of equals the higher group mean, then the earlier epoch. */
static eh_status keep_if_better(eh_trainer *t, const eh_score *valid, const eh_part_predictions *predictions,
                                eh_error *err)
{
    eh_best *best = &t->position.best;
    eh_select rule = eh_trainer_rule(t);
    double value;
    bool lower;
    if (rule == EH_SELECT_LAST || rule == EH_SELECT_MEAN)
        return EH_OK;
    EH_TRY(judged_value(&value, &lower, t, valid, predictions, err));
    double gain = lower ? -value : value, before = lower ? -best->value : best->value;
    double group_mean = valid->n ? valid->group_mean : 0; /* --select may be about another head */
    if (best->epoch &&
        (gain < before || (gain == before && eh_score_gain(valid->kind, group_mean) <=
                                                 eh_score_gain(valid->kind, best->group_mean))))
        return EH_OK;
    *best = (eh_best){ .epoch = t->position.epochs_done + 1, .value = value, .group_mean = group_mean };
    return eh_snapshot_take(&t->best, t->params, err);
}

/* With --average-last the mean of the weights so far stands in the place of the best epoch's. */
static eh_status keep_mean(eh_trainer *t, eh_error *err)
{
    uint64_t done = t->position.epochs_done + 1 - t->position.stage_epoch,
             others = (uint64_t)(t->opts->epochs - t->base->average_last);
    if (eh_trainer_rule(t) != EH_SELECT_MEAN || t->position.stage + 1 < t->stages || done <= others)
        return EH_OK;
    t->position.best = (eh_best){ .epoch = t->position.epochs_done + 1 };
    return eh_snapshot_blend(&t->best, t->params, 1 / (double)(done - others), err);
}

/* Whether no epoch of the stage is to follow: all are done, or too many brought nothing better. */
static bool is_over(const eh_trainer *t)
{
    const eh_position *p = &t->position;
    uint64_t patience = (uint64_t)t->opts->patience;
    return p->epochs_done - p->stage_epoch >= (uint64_t)t->opts->epochs ||
           (patience && p->best.epoch && p->epochs_done - p->best.epoch >= patience);
}

/* Validates, and keeps the weights when they are better than before. */
static eh_status judge_epoch(eh_trainer *t, eh_score *valid, eh_error *err)
{
    eh_part_predictions predictions = { 0 };
    eh_status status = eh_evaluate(&predictions, &t->evaluation, EH_PART_VALID, NULL, t->progress, err);
    for (size_t k = 0; k < t->task.heads && status == EH_OK; k++)
        status = eh_score_make(&valid[k], &predictions, k, &t->data, err);
    if (status == EH_OK) /* before anything is kept: a stop in it must leave nothing to be kept twice */
        status = eh_trainer_reconstructions(t, false, err);
    if (status == EH_OK && (valid[0].n > 0 || eh_trainer_rule(t) == EH_SELECT_METRIC))
        status = keep_if_better(t, &valid[0], &predictions, err);
    if (status == EH_OK)
        status = keep_mean(t, err);
    eh_part_predictions_clear(&predictions);
    return status;
}

static eh_status end_epoch(eh_trainer *t, eh_error *err)
{
    eh_position *p = &t->position;
    eh_score valid[EH_HEADS] = { 0 };
    /* The average is judged and kept where there is one; the training goes on with the weights. */
    eh_status status = eh_training_swap_average(t->params, err);
    if (status != EH_OK)
        return status;
    eh_error found = { 0 };
    status = judge_epoch(t, valid, &found);
    if (status == EH_ERR_NUMERIC)
        status = fail_numeric(t, "the model predicts NaN or infinity", "", p->steps_in_epoch,
                              eh_training_rate(&t->training, eh_trainer_stage_step(t) - 1, NULL), err);
    else if (status != EH_OK)
        eh_fail(err, status, "%s", found.message);
    if (status == EH_OK || status == EH_ERR_INTERRUPTED) {
        eh_status back = eh_training_swap_average(t->params, err);
        status = back == EH_OK ? status : back;
    }
    if (status == EH_ERR_INTERRUPTED)
        status = stop_here(t, err);
    if (status != EH_OK)
        goto done;
    EH_TRY_GOTO(status, log_epoch(t, valid, err));
    EH_TRY_GOTO(status, eh_trainer_events_epoch(t, valid, err));
    say_epoch(t, valid);
    p->epochs_done++;
    p->inside_epoch = false;
    if (is_over(t) && p->epochs_done - p->stage_epoch < (uint64_t)t->opts->epochs)
        eh_run_warn(&t->run,
                    "the %s ends after epoch %llu: the last %lld brought nothing better than epoch "
                    "%llu",
                    t->stages > 1 ? "stage" : "training", (unsigned long long)p->epochs_done,
                    (long long)t->opts->patience, (unsigned long long)p->best.epoch);
    if (is_over(t) || checkpoint_is_due(t, true))
        status = save(t, err);
done:
    for (size_t k = 0; k < t->task.heads; k++)
        eh_score_clear(&valid[k]);
    return status;
}

eh_status eh_trainer_epochs(eh_trainer *t, eh_error *err)
{
    while (!is_over(t)) {
        char title[128], stage[64] = "";
        if (t->stages > 1)
            snprintf(stage, sizeof stage, "stage %llu/%zu, ", (unsigned long long)t->position.stage + 1,
                     t->stages);
        snprintf(title, sizeof title, "%sepoch %llu/%llu", stage,
                 (unsigned long long)t->position.epochs_done + 1,
                 (unsigned long long)eh_trainer_epochs_planned(t));
        eh_progress_begin(t->progress, title, t->position.steps_per_epoch, "steps");
        EH_TRY(train_epoch(t, err));
        EH_TRY(end_epoch(t, err));
    }
    return EH_OK;
}
