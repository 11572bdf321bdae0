/* trainer_finish.c - the end of a training: the selected weights, their predictions, the last events.
 *
 * Everything here depends on the checkpoint alone, so a run that is killed here does it again when it resumes.
 */
#include "train/batch_statistics.h"
#include "train/trainer.h"

#include "base/config.h"
#include "base/file.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

/* "name:key=value" of a thing, in the arena. */
static const char *thing_text(const eh_trainer *t, const char *option)
{
    for (const eh_opt *opt = eh_train_option_table; opt->name; opt++)
        if (strcmp(opt->name, option) == 0)
            return eh_opt_text(opt, t->opts, t->arena);
    return NULL;
}

/* Compact JSON of an array or object, in the arena; takes the reference over. */
static const char *json_text(const eh_trainer *t, json_t *json)
{
    eh_str text = { 0 };
    const char *copy = NULL;
    if (json)
        eh_json_append(&text, json, false);
    if (json && !text.failed)
        copy = eh_arena_strdup(t->arena, eh_str_text(&text));
    eh_str_clear(&text);
    json_decref(json);
    return copy;
}

/* A float as JSON with the digits that a float has. */
static json_t *float_list(const float *value, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        char text[32];
        double number = 0;
        snprintf(text, sizeof text, "%.9g", (double)value[i]);
        if (eh_parse_float(&number, text))
            json_array_append_new(list, json_real(number));
    }
    return list;
}

/* weights.safetensors: all that another program needs to use the model. */
static eh_status write_weights(const eh_trainer *t, uint64_t epoch, eh_error *err)
{
    const eh_run_data *d = &t->data;
    json_t *heads = json_array();
    for (size_t k = 0; k < t->task.heads; k++)
        json_array_append_new(heads, eh_task_head_json(&t->task.head[k], t->arena));
    const char *program = eh_arena_printf(t->arena, "evenhand %s", eh_version());
    const char *const metadata[] = {
        "format",
        "pt", /* the word by which readers of PyTorch weights know the layout of tensors */
        "program",
        program,
        "model",
        thing_text(t, "model"),
        "heads",
        json_text(t, heads),
        "image",
        json_text(t, json_pack("{s:i, s:i, s:i}", "width", d->width, "height", d->height, "channels",
                               d->channels)),
        "mean",
        json_text(t, float_list(d->mean, d->channels)),
        "std",
        json_text(t, float_list(d->std, d->channels)),
        "epoch",
        eh_arena_printf(t->arena, "%llu", (unsigned long long)epoch),
        NULL,
    };
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata - 1; i++)
        if (!metadata[i])
            return eh_fail_memory(err, t->folder.weights, 1, 1);
    return eh_weights_save(t->params, 1u << EH_TRAINABLE | 1u << EH_BUFFER, t->folder.weights, metadata, err);
}

/* Into the event file. */
static eh_status note_scores(eh_trainer *t, eh_part part, const eh_part_predictions *predictions,
                             eh_error *err)
{
    eh_score score[EH_HEADS] = { 0 };
    eh_status status = EH_OK;
    for (size_t k = 0; k < t->task.heads && status == EH_OK; k++)
        status = eh_score_make(&score[k], predictions, k, &t->data, err);
    if (status == EH_OK)
        status = eh_trainer_events_scores(t, part, score, err);
    for (size_t k = 0; k < t->task.heads; k++)
        eh_score_clear(&score[k]);
    return status;
}

static eh_status predict_part(eh_trainer *t, eh_part part, eh_error *err)
{
    char step[32];
    eh_part_predictions predictions = { 0 };
    const char *path = eh_run_home_file(&t->folder, "predictions-%s.csv", eh_part_name(part));
    eh_status status = path ? EH_OK : eh_fail_memory(err, t->folder.path, 1, 1);
    if (t->data.rows[part] == 0 || status != EH_OK)
        return status;
    const char *folder = t->data.masks ? eh_run_home_file(&t->folder, "masks-%s", eh_part_name(part)) : NULL;
    if (folder)
        EH_TRY(eh_make_folder(folder, err));
    t->evaluation.mask_folder = folder;
    t->evaluation.precision = true;
    snprintf(step, sizeof step, "evaluate %s", eh_part_name(part));
    status = eh_evaluate(&predictions, &t->evaluation, part, step, t->progress, err);
    if (status == EH_OK && folder)
        status = eh_part_masks_write(&predictions, &t->data, eh_part_name(part), folder, err);
    if (status == EH_OK && (!folder || t->task.heads > 1))
        status = eh_part_predictions_write(&predictions, &t->data, path, err);
    if (status == EH_OK && part != EH_PART_VALID) /* whose scores stand at every epoch */
        status = note_scores(t, part, &predictions, err);
    eh_part_predictions_clear(&predictions);
    return status;
}

eh_status eh_trainer_finish(eh_trainer *t, eh_error *err)
{
    const eh_position *p = &t->position;
    eh_select rule = eh_trainer_rule(t);
    uint64_t epoch = eh_trainer_kept_epoch(t);
    bool chosen = rule != EH_SELECT_LAST && p->best.epoch > 0, judged = chosen && rule != EH_SELECT_MEAN;
    if (rule != EH_SELECT_LAST && !chosen)
        eh_run_warn(&t->run, "no epoch could be judged by the validation part; the last one is kept");
    if (chosen)
        EH_TRY(eh_snapshot_restore(&t->best, err));
    else
        EH_TRY(eh_training_swap_average(t->params, err));
    if (rule == EH_SELECT_MEAN)
        EH_TRY(eh_batch_statistics_measure(t, err));
    EH_TRY(eh_run_log_event(&t->log,
                            json_pack("{s:s, s:I, s:s, s:o}", "event", "selected", "epoch", (json_int_t)epoch,
                                      "rule", eh_trainer_rule_text(t), "value",
                                      judged ? eh_json_number(p->best.value) : json_null()),
                            err));
    if (t->opts->evaluate_train)
        EH_TRY(predict_part(t, EH_PART_TRAIN, err));
    EH_TRY(predict_part(t, EH_PART_VALID, err));
    EH_TRY(predict_part(t, EH_PART_TEST, err));
    EH_TRY(write_weights(t, epoch, err));
    EH_TRY(eh_trainer_reconstructions(t, true, err));
    t->run.epoch = epoch - 1;
    if (t->method->hooks.end)
        EH_TRY(t->method->hooks.end(t->method_state, &t->run, err));
    EH_TRY(eh_run_log_event(&t->log,
                            json_pack("{s:s, s:o}", "event", "end", "seconds", eh_json_number(p->seconds)),
                            err));
    uint64_t bytes;
    EH_TRY(eh_append_sync(&t->log, &bytes, err));
    if (t->events.stream)
        EH_TRY(eh_append_sync(&t->events, &bytes, err));
    return eh_trainer_describe(t, true, err);
}
