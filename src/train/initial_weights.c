/* initial_weights.c - weights that a training begins with, and what became of each tensor. */
#include "train/trainer.h"

#include "base/file.h"
#include "base/json.h"

/* Names by their fate; matched ones are only counted. */
typedef struct lists {
    json_t *missing, *reshaped, *left_over;
} lists;

static void note(void *user, eh_weights_fate fate, const char *name, eh_shape in_model, eh_shape in_file)
{
    lists *l = user;
    char model[64], file[64];
    switch (fate) {
    case EH_WEIGHTS_MISSING:
        json_array_append_new(l->missing, json_string(name));
        break;
    case EH_WEIGHTS_LEFT_OVER:
        json_array_append_new(l->left_over, json_string(name));
        break;
    case EH_WEIGHTS_RESHAPED:
        json_array_append_new(l->reshaped, json_pack("{s:s, s:s, s:s}", "name", name, "model",
                                                     eh_shape_text(in_model, model, sizeof model), "file",
                                                     eh_shape_text(in_file, file, sizeof file)));
        break;
    case EH_WEIGHTS_MATCHED:
    case EH_WEIGHTS_COUNTER:
        break;
    }
}

/* The event "weights" of log.jsonl: every name that was not simply taken over. */
static eh_status log_report(eh_trainer *t, lists *l, const eh_weights_report *r, eh_error *err)
{
    uint8_t hash[32];
    char hex[65];
    if (!t->log.stream)
        return EH_OK; /* a training without a folder */
    EH_TRY(eh_sha256_file(hash, t->opts->weights, err));
    eh_hex(hex, hash, sizeof hash);
    json_t *event =
        json_pack("{s:s, s:s, s:s, s:I, s:O, s:O, s:O, s:I}", "event", "weights", "file", t->opts->weights,
                  "sha256", hex, "matched", (json_int_t)r->matched, "missing", l->missing, "reshaped",
                  l->reshaped, "left_over", l->left_over, "counters", (json_int_t)r->counters);
    return eh_run_log_event(&t->log, event, err);
}

/* Names one variable of the model and one tensor of the file. */
static eh_status fail_match(const char *path, const char *model, const eh_weights_report *r, eh_error *err)
{
    return eh_fail(
        err, EH_ERR_INPUT,
        "%s: none of its tensors fits the model %s: %zu of the model's variables are not in it%s%s%s, "
        "%zu have another shape there%s%s%s, and %zu of its tensors are not in the model. Choose the "
        "model that the weights were made for (evenhand weights shows them)",
        path, model, r->missing, r->missing ? " ('" : "", r->first_missing, r->missing ? "')" : "",
        r->reshaped, r->reshaped ? " ('" : "", r->first_reshaped, r->reshaped ? "')" : "", r->left_over);
}

static eh_status report(eh_trainer *t, const eh_weights_report *r, eh_error *err)
{
    const char *path = t->opts->weights;
    if (r->matched == 0)
        return fail_match(path, t->opts->model.entry->name, r, err);
    if (r->not_finite)
        return eh_fail(err, EH_ERR_NUMERIC, "%s: '%s' holds NaN or infinity", path, r->first_not_finite);
    if (r->missing)
        eh_run_warn(&t->run, "%s: %zu variables are not in it and start at random, '%s' first", path,
                    r->missing, r->first_missing);
    if (r->reshaped)
        eh_run_warn(&t->run, "%s: %zu variables have another shape there and start at random, '%s' first",
                    path, r->reshaped, r->first_reshaped);
    if (r->left_over)
        eh_run_warn(&t->run, "%s: %zu of its tensors are not in the model, '%s' first", path, r->left_over,
                    r->first_left_over);
    return EH_OK;
}

eh_status eh_trainer_initial_weights(eh_trainer *t, eh_error *err)
{
    eh_weights_report r;
    eh_status status = EH_OK;
    if (!t->opts->weights)
        return EH_OK;
    lists l = { json_array(), json_array(), json_array() };
    if (!l.missing || !l.reshaped || !l.left_over) {
        status = eh_fail_memory(err, t->opts->weights, 1, 1);
        goto done;
    }
    EH_TRY_GOTO(status, eh_weights_compare(t->params, t->opts->weights, note, &l, &r, err));
    EH_TRY_GOTO(status, eh_weights_load(t->params, t->opts->weights, false, &r, err));
    EH_TRY_GOTO(status, report(t, &r, err));
    status = log_report(t, &l, &r, err);
done:
    json_decref(l.missing);
    json_decref(l.reshaped);
    json_decref(l.left_over);
    return status;
}
