/* results_training.c - the epochs of a run, from log.jsonl and run.json, in the words of results.json. */
#include "report/results_parts.h"

#include <math.h>
#include <string.h>

static json_t *number_or_null(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_incref(value) : json_null();
}

static json_t *fraction_or_null(const json_t *object, const char *key)
{
    double value = json_number_value(json_object_get(object, key));
    return json_is_number(json_object_get(object, key)) && value >= 0 && value <= 1 ? json_real(value)
                                                                                    : json_null();
}

/* Index of the group of that name; -1 where there is none. */
static int64_t find_group(const eh_run_record *run, const char *name)
{
    for (size_t g = 0; name && g < run->groups; g++)
        if (strcmp(run->group_name[g], name) == 0)
            return (int64_t)g;
    return -1;
}

/* Accuracies in the order of the groups; null where the part has no image of the group. */
static json_t *accuracies_json(const eh_run_record *run, const json_t *groups)
{
    json_t *list = json_array();
    for (size_t g = 0; g < run->groups; g++) {
        json_t *accuracy = NULL;
        for (size_t i = 0; i < json_array_size(groups) && !accuracy; i++) {
            const json_t *item = json_array_get(groups, i);
            json_int_t n = json_integer_value(json_object_get(item, "n"));
            if (n > 0 && find_group(run, json_string_value(json_object_get(item, "name"))) == (int64_t)g)
                accuracy =
                    json_real((double)json_integer_value(json_object_get(item, "correct")) / (double)n);
        }
        eh_json_push(&list, accuracy ? accuracy : json_null());
    }
    return list;
}

static json_t *evaluations_json(const eh_run_record *run, const json_t *valid)
{
    json_t *list = json_array();
    if (!json_is_object(valid) || !json_object_get(valid, "accuracy"))
        return list;
    int64_t worst = find_group(run, json_string_value(json_object_get(valid, "worst_group")));
    eh_json_push(&list, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "head", run->label, "split",
                                  "valid", "loss", number_or_null(valid, "loss"), "overall_accuracy",
                                  fraction_or_null(valid, "accuracy"), "group_mean_accuracy",
                                  fraction_or_null(valid, "group_mean"), "worst_group_accuracy",
                                  fraction_or_null(valid, "worst"), "worst_group",
                                  worst < 0 ? json_null() : json_integer(worst), "group_accuracies",
                                  accuracies_json(run, json_object_get(valid, "groups"))));
    return list;
}

/* Scores of heads that are not of classes: the first head's stand in `valid` itself, those of the others below "heads". */
static void push_score(json_t **list, const char *head, const json_t *valid)
{
    static const char *const metric[] = { "mae", "miou" };
    for (size_t i = 0; i < sizeof metric / sizeof *metric; i++)
        if (json_object_get(valid, metric[i]))
            eh_json_push(list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "head", head, "split",
                                         "valid", "metric", metric[i], "loss", number_or_null(valid, "loss"),
                                         "overall", number_or_null(valid, metric[i]), "group_mean",
                                         number_or_null(valid, "group_mean"), "worst",
                                         number_or_null(valid, "worst"), "worst_group",
                                         json_is_string(json_object_get(valid, "worst_group"))
                                             ? json_incref(json_object_get(valid, "worst_group"))
                                             : json_null()));
}

static json_t *scores_json(const eh_run_record *run, const json_t *valid)
{
    json_t *list = json_array(), *others = json_object_get(valid, "heads"), *score;
    const char *head;
    push_score(&list, run->label, valid);
    json_object_foreach(others, head, score) push_score(&list, head, score);
    return list;
}

/* The tables that a method wrote for an epoch: {name: {key: value}}. */
static json_t *tables_json(const eh_run_record *run, json_int_t epoch)
{
    json_t *tables = json_object();
    for (size_t i = 0; i < json_array_size(run->events); i++) {
        const json_t *event = json_array_get(run->events, i);
        const char *kind = json_string_value(json_object_get(event, "event")),
                   *name = json_string_value(json_object_get(event, "name"));
        json_t *values = json_object_get(event, "values");
        if (kind && name && strcmp(kind, "table") == 0 && json_is_object(values) &&
            json_integer_value(json_object_get(event, "epoch")) == epoch)
            json_object_set(tables, name, values);
    }
    return tables;
}

static json_t *epoch_json(const eh_run_record *run, const json_t *event)
{
    double seconds = json_number_value(json_object_get(event, "seconds"));
    json_t *json =
        json_pack("{s:I, s:o, s:o, s:f, s:o, s:o}", "epoch",
                  json_integer_value(json_object_get(event, "epoch")), "loss", number_or_null(event, "loss"),
                  "learning_rate", number_or_null(event, "lr"), "seconds", seconds > 0 ? seconds : 0.0,
                  "images_per_second", number_or_null(event, "images_per_s"), "evaluations",
                  evaluations_json(run, json_object_get(event, "valid")));
    json_t *scores = scores_json(run, json_object_get(event, "valid"));
    if (json && json_array_size(scores) > 0)
        json_object_set(json, "scores", scores);
    json_decref(scores);
    json_t *extra = json ? json_object() : NULL;
    static const char *const kept[] = { "stage", "steps", "wait_seconds", "cpu_use", "peak_memory_bytes",
                                        "shown", NULL };
    for (size_t i = 0; extra && kept[i]; i++)
        if (json_object_get(event, kept[i]))
            json_object_set(extra, kept[i], json_object_get(event, kept[i]));
    json_t *tables = extra ? tables_json(run, json_integer_value(json_object_get(event, "epoch"))) : NULL;
    if (json_object_size(tables) > 0)
        json_object_set(extra, "tables", tables);
    json_decref(tables);
    if (extra && json_object_size(extra) > 0)
        json_object_set(json, "extra", extra);
    json_decref(extra);
    return json;
}

/* "shift-crop:pixels=4" is the augmentation "shift-crop" with the value "pixels=4". */
static json_t *augmentation_json(const json_t *list)
{
    json_t *json = json_object();
    for (size_t i = 0; json && i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        char key[64];
        size_t length = text ? strcspn(text, ":") : 0;
        if (length == 0 || length >= sizeof key)
            continue;
        snprintf(key, sizeof key, "%.*s", (int)length, text);
        json_object_set_new(json, key, text[length] ? json_string(text + length + 1) : json_true());
    }
    return json;
}

static eh_status whole_number(json_int_t *out, const eh_run_record *run, const char *key, json_int_t least,
                              eh_error *err)
{
    const json_t *value = json_object_get(run->run, key);
    *out = json_integer_value(value);
    if (json_is_integer(value) && *out >= least)
        return EH_OK;
    return eh_fail(err, EH_ERR_INPUT, "%s/run.json: \"%s\" must be a whole number of at least %lld.",
                   run->path, key, (long long)least);
}

eh_status eh_results_run_training(json_t **out, const eh_run_record *run, eh_error *err)
{
    json_int_t epochs, batch;
    *out = NULL;
    EH_TRY(whole_number(&epochs, run, "epochs", 0, err));
    EH_TRY(whole_number(&batch, run, "batch", 1, err));
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(run->epochs); i++)
        eh_json_push(&list, epoch_json(run, json_array_get(run->epochs, i)));
    *out = json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "epochs_planned", epochs, "batch_size", batch,
                     "optimizer", eh_results_named_options(json_object_get(run->run, "optim")), "schedule",
                     eh_results_named_options(json_object_get(run->run, "schedule")), "augmentation",
                     augmentation_json(json_object_get(run->run, "augment")), "epochs", list);
    return *out ? EH_OK : eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing results.json.");
}
