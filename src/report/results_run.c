/* results_run.c - what a run's folder says about data, model, method and selection, in the words of results.json. */
#include "report/results_parts.h"
#include "base/file.h"
#include "base/json.h"

#include <math.h>
#include <string.h>

static const char *const part_name[] = { "train", "valid", "test" };

#define PARTS 3

/* A member as a number: integers stay integers, everything else but numbers is null. */
static json_t *number_or_null(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_incref(value) : json_null();
}

static json_t *text_or_null(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_string(value) ? json_incref(value) : json_null();
}

static const char *text_or(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : otherwise;
}

/* ---------------------------------------------------------------- data */

/* Images of a part: a group's, or with `g` < 0 all. */
static json_int_t part_count(const eh_run_record *run, size_t part, int64_t g)
{
    const json_t *counts = json_object_get(json_object_get(run->run, "groups"), "counts");
    const json_t *list = json_object_get(counts, part_name[part]);
    if (g >= 0)
        return json_integer_value(json_array_get(list, (size_t)g));
    json_int_t sum = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        sum += json_integer_value(json_array_get(list, i));
    return sum;
}

/* Images of a part, group and class of the label. */
static json_int_t cell_count(const eh_run_record *run, size_t part, size_t g, size_t cls)
{
    const json_t *rows = json_object_get(json_object_get(run->run, "counts"), part_name[part]);
    return json_integer_value(json_array_get(json_array_get(rows, g), cls));
}

static json_t *splits_json(const eh_run_record *run)
{
    json_t *list = json_array();
    for (size_t part = 0; part < PARTS; part++)
        if (part_count(run, part, -1) > 0)
            eh_json_push(&list,
                         json_pack("{s:s, s:I}", "name", part_name[part], "n", part_count(run, part, -1)));
    return list;
}

static bool counts_classes(const eh_run_record *run)
{
    return strcmp(run->label_kind, "class") == 0;
}

/* Columns of the counts: the label's classes; of numbers and masks one, for images that have it. */
static size_t counted_classes(const eh_run_record *run)
{
    return counts_classes(run) ? run->classes : 1;
}

/* Cells that hold 0 are not listed; images without a label have the label null. */
static json_t *cells_json(const eh_run_record *run)
{
    json_t *list = json_array();
    for (size_t part = 0; part < PARTS; part++) {
        for (size_t g = 0; g < run->groups; g++) {
            json_int_t unlabelled = part_count(run, part, (int64_t)g);
            for (size_t c = 0; c < counted_classes(run); c++) {
                json_int_t n = cell_count(run, part, g, c);
                unlabelled -= n;
                if (n > 0)
                    eh_json_push(&list,
                                 json_pack("{s:s, s:I, s:s, s:I}", "split", part_name[part], "group",
                                           (json_int_t)g, "label",
                                           counts_classes(run) ? run->class_name[c] : EH_ANY_VALUE, "n", n));
            }
            if (unlabelled > 0)
                eh_json_push(&list, json_pack("{s:s, s:I, s:n, s:I}", "split", part_name[part], "group",
                                              (json_int_t)g, "label", "n", unlabelled));
        }
    }
    return list;
}

static json_t *names_json(const char *const *name, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        eh_json_push(&list, json_string(name[i]));
    return list;
}

/* A group column: its values in the order of the groups; how many images have none. */
static json_t *group_column_json(const eh_run_record *run, size_t column)
{
    json_t *classes = json_array();
    json_int_t missing = 0;
    for (size_t g = 0; g < run->groups; g++) {
        const char *value = run->group_value[g * run->group_columns + column];
        bool seen = false;
        if (strcmp(value, "(missing)") == 0) {
            for (size_t part = 0; part < PARTS; part++)
                missing += part_count(run, part, (int64_t)g);
            continue;
        }
        for (size_t i = 0; i < json_array_size(classes) && !seen; i++)
            seen = strcmp(json_string_value(json_array_get(classes, i)), value) == 0;
        if (!seen)
            eh_json_push(&classes, json_string(value));
    }
    return json_pack("{s:s, s:s, s:o, s:I}", "name", run->group_column[column], "kind", "class", "classes",
                     classes, "missing", missing);
}

static json_t *columns_json(const eh_run_record *run)
{
    json_int_t unlabelled = 0;
    for (size_t part = 0; part < PARTS; part++)
        for (size_t g = 0; g < run->groups; g++) {
            unlabelled += part_count(run, part, (int64_t)g);
            for (size_t c = 0; c < counted_classes(run); c++)
                unlabelled -= cell_count(run, part, g, c);
        }
    json_t *list = json_array();
    bool classes = counts_classes(run);
    eh_json_push(&list,
                 json_pack("{s:s, s:s, s:o, s:I}", "name", run->label, "kind", run->label_kind, "classes",
                           classes ? names_json(run->class_name, run->classes) : json_null(), "missing",
                           unlabelled > 0 ? unlabelled : (json_int_t)0));
    for (size_t c = 0; c < run->group_columns; c++)
        if (strcmp(run->group_column[c], run->label) != 0)
            eh_json_push(&list, group_column_json(run, c));
    return list;
}

/* Collects up to 10 skipped items of each reason. */
static int visit_skipped(void *user, const char *item, const char *reason)
{
    json_t *examples = user, *list = json_object_get(examples, reason);
    if (!list && json_object_set_new(examples, reason, list = json_array()) != 0)
        return 1;
    if (json_array_size(list) < 10 && json_array_append_new(list, eh_json_text(item)) != 0)
        return 1;
    return 0;
}

static eh_status skipped_json(json_t **out, const eh_run_record *run, eh_catalog *catalog, eh_error *err)
{
    json_t *reasons = json_object_get(json_object_get(run->run, "skipped"), "reasons");
    json_t *examples = json_object(), *count, *list = json_array();
    const char *reason;
    eh_status status = EH_OK;
    if (catalog && examples)
        status = eh_catalog_each_skipped(catalog, visit_skipped, examples, err);
    json_object_foreach(reasons, reason, count)
    {
        json_t *known = json_object_get(examples, reason);
        eh_json_push(&list, json_pack("{s:s, s:I, s:o}", "reason", reason, "n", json_integer_value(count),
                                      "examples", known ? json_incref(known) : json_array()));
    }
    json_decref(examples);
    *out = list;
    if (status == EH_OK && !list)
        status = eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing results.json.");
    return status;
}

eh_status eh_results_run_data(json_t **out, const eh_run_record *run, eh_catalog *catalog, eh_error *err)
{
    const json_t *of = json_object_get(run->run, "catalog");
    json_t *skipped;
    *out = NULL;
    EH_TRY(skipped_json(&skipped, run, catalog, err));
    /* "faces.eh" is the data set "faces". */
    eh_str name = { 0 };
    const char *file = eh_path_name(text_or(of, "path", "data"));
    eh_str_append_bytes(&name, file, strlen(file) - (eh_ends_with(file, ".eh") ? 3 : 0));
    json_int_t images = json_integer_value(json_object_get(of, "images"));
    *out =
        json_pack("{s:o, s:n, s:I, s:o, s:o, s:o, s:[{s:s, s:o}], s:o}", "name",
                  eh_json_text(eh_str_text(&name)), "format", "images", images, "columns", columns_json(run),
                  "splits", splits_json(run), "split_rule", text_or_null(of, "split_rule"), "counts",
                  "column", run->label, "cells", cells_json(run), "skipped", skipped);
    eh_str_clear(&name);
    json_t *where = json_object_get(of, "where");
    if (*out && json_is_string(where))
        json_object_set(*out, "where", where);
    return *out ? EH_OK : eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing results.json.");
}

/* ---------------------------------------------------------------- model, method, selection */

/* Options must be plain values; what is a list or an object is shown as its JSON text. */
static json_t *plain_options(json_t *options)
{
    json_t *plain = json_object(), *value;
    const char *key;
    json_object_foreach(options, key, value)
    {
        json_t *shown;
        if (json_is_array(value) || json_is_object(value)) {
            eh_str text = { 0 };
            eh_json_append(&text, value, false);
            shown = text.failed ? NULL : json_string(eh_str_text(&text));
            eh_str_clear(&text);
        } else {
            shown = json_incref(value);
        }
        if (plain && json_object_set_new(plain, key, shown) != 0) {
            json_decref(plain);
            plain = NULL;
        }
    }
    return plain;
}

json_t *eh_results_named_options(const json_t *thing)
{
    return json_pack("{s:s, s:o}", "name", text_or(thing, "name", "unknown"), "options",
                     plain_options(json_object_get(thing, "options")));
}

/* One line about a registered thing, or null. */
static json_t *summary_of(const char *kind, const char *name)
{
    const eh_entry *entry;
    return eh_thing_find(&entry, kind, name, NULL) == EH_OK ? json_string(entry->summary) : NULL;
}

json_t *eh_results_run_model(const eh_run_record *run)
{
    const json_t *model = json_object_get(run->run, "model"), *image = json_object_get(run->run, "image");
    const char *name = text_or(model, "name", "unknown");
    json_t *json =
        json_pack("{s:s, s:o, s:o, s:{s:o, s:o, s:o}}", "name", name, "options",
                  plain_options(json_object_get(model, "options")), "parameters",
                  number_or_null(model, "parameters"), "input", "width", number_or_null(image, "width"),
                  "height", number_or_null(image, "height"), "channels", number_or_null(image, "channels"));
    json_t *summary = json ? summary_of("model", name) : NULL;
    if (summary)
        json_object_set_new(json, "summary", summary);
    return json;
}

json_t *eh_results_run_method(const eh_run_record *run)
{
    const json_t *method = json_object_get(run->run, "method");
    return json_pack("{s:s, s:s, s:o, s:o}", "name", text_or(method, "name", "unknown"), "summary",
                     text_or(method, "summary", ""), "source", text_or_null(method, "source"), "options",
                     plain_options(json_object_get(method, "options")));
}

/* The rule's word in the schema and as a sentence. */
static void describe_rule(const char *kind, const char *rule, const char **metric, const char **definition)
{
    static const struct {
        const char *word, *metric, *definition, *kind;
    } table[] = {
        { "worst", "worst_group_mae",
          "the epoch whose worst group has the smallest mean absolute error on the validation part; of "
          "equals the "
          "earliest",
          "number" },
        { "mean", "group_mean_mae",
          "the epoch with the smallest mean of the groups' mean absolute errors on the validation part; of "
          "equals "
          "the earliest",
          "number" },
        { "average", "overall_mae",
          "the epoch with the smallest mean absolute error over all images of the validation part; of equals "
          "the "
          "earliest",
          "number" },
        { "worst", "worst_group_iou",
          "the epoch whose worst group has the highest mean IoU on the validation part; of equals the "
          "earliest",
          "mask" },
        { "mean", "group_mean_iou",
          "the epoch with the highest mean of the groups' mean IoUs on the validation part; of equals the "
          "earliest",
          "mask" },
        { "average", "overall_iou",
          "the epoch with the highest mean IoU over all images of the validation part; of equals the "
          "earliest",
          "mask" },
        { "worst", "worst_group_accuracy",
          "the epoch with the highest worst-group accuracy on the validation part; of equals the earliest",
          "class" },
        { "mean", "group_mean_accuracy",
          "the epoch with the highest mean of the groups' accuracies on the validation part; of equals the "
          "earliest",
          "class" },
        { "average", "overall_accuracy",
          "the epoch with the highest accuracy over all images of the validation part; of equals the "
          "earliest",
          "class" },
        { "loss", "loss", "the epoch with the lowest loss on the validation part; of equals the earliest",
          NULL },
        { "last", "last", "the last epoch", NULL },
    };
    *metric = "last";
    *definition = rule;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strstr(rule, table[i].word) && (!table[i].kind || strcmp(table[i].kind, kind) == 0)) {
            *metric = table[i].metric;
            *definition = table[i].definition;
            return;
        }
    }
}

json_t *eh_results_run_selection(const eh_run_record *run)
{
    const json_t *epoch = json_object_get(run->run, "selected_epoch");
    const char *rule = text_or(run->run, "select", text_or(run->selected, "rule", NULL));
    if (!json_is_integer(epoch))
        epoch = json_object_get(run->selected, "epoch");
    if (!json_is_integer(epoch) || !rule)
        return json_null();
    const char *metric = "last", *definition;
    if (strcmp(rule, "average-last") == 0) {
        definition = "no epoch: the mean of the weights after the last epochs";
    } else if (strchr(rule, '(')) { /* a metric of groups: the run says what it means */
        metric = "expression";
        definition = text_or(run->run, "select_definition", rule);
    } else {
        describe_rule(run->label_kind, rule, &metric, &definition);
    }
    bool last = strcmp(metric, "last") == 0;
    return json_pack("{s:o, s:s, s:I, s:o, s:s}", "split", last ? json_null() : json_string("valid"),
                     "metric", metric, "epoch", json_integer_value(epoch), "value",
                     number_or_null(run->selected, "value"), "definition", definition);
}

/* ---------------------------------------------------------------- environment, timings */

json_t *eh_results_run_environment(const eh_run_record *run)
{
    const json_t *of = json_object_get(run->run, "environment");
    json_int_t threads = json_integer_value(json_object_get(of, "threads"));
    json_t *libraries = json_array();
    if (json_is_string(json_object_get(of, "onednn")))
        eh_json_push(&libraries,
                     json_pack("{s:s, s:s}", "name", "oneDNN", "version", text_or(of, "onednn", "")));
    json_t *json = json_pack("{s:s, s:I, s:s, s:o}", "cpu", text_or(of, "cpu", "unknown"), "threads",
                             threads > 0 ? threads : (json_int_t)1, "system", text_or(of, "os", "unknown"),
                             "libraries", libraries);
    static const char *const optional[] = { "device", "compiler", NULL };
    for (size_t i = 0; json && optional[i]; i++)
        if (json_is_string(json_object_get(of, optional[i])))
            json_object_set(json, optional[i], json_object_get(of, optional[i]));
    const char *precision = text_or(run->run, "precision", "");
    if (json && (strcmp(precision, "f32") == 0 || strcmp(precision, "bf16") == 0))
        json_object_set_new(json, "precision", json_string(precision));
    return json;
}

json_t *eh_results_run_timings(const eh_run_record *run)
{
    double total = json_number_value(json_object_get(run->run, "seconds")), epochs = 0;
    for (size_t i = 0; i < json_array_size(run->epochs); i++)
        epochs += json_number_value(json_object_get(json_array_get(run->epochs, i), "seconds"));
    json_t *phases = json_array();
    eh_json_push(&phases, json_pack("{s:s, s:f}", "name", "training epochs", "seconds", epochs));
    if (total > epochs)
        eh_json_push(&phases, json_pack("{s:s, s:f}", "name", "everything else", "seconds", total - epochs));
    return json_pack("{s:f, s:o}", "total", total > epochs ? total : epochs, "phases", phases);
}
