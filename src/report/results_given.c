/* results_given.c - results.json of predictions that any program made; see results.h. */
#include "report/results_parts.h"
#include "base/file.h"
#include "base/json.h"

#include <math.h>
#include <string.h>

static const eh_results_opts defaults;

/* A class column of the file: the classes it may hold, and how many rows hold none. */
static json_t *audited_column(const char *name, const char *const *value, size_t count, size_t stride,
                              json_int_t missing)
{
    json_t *classes = json_array();
    for (size_t i = 0; i < count; i++) {
        const char *text = value[i * stride];
        bool seen = strcmp(text, "(missing)") == 0;
        for (size_t k = 0; k < json_array_size(classes) && !seen; k++)
            seen = strcmp(json_string_value(json_array_get(classes, k)), text) == 0;
        if (!seen)
            eh_json_push(&classes, json_string(text));
    }
    return json_pack("{s:s, s:s, s:o, s:I}", "name", name, "kind", "class", "classes", classes, "missing",
                     missing);
}

static json_t *audited_columns(const eh_predictions *p, uint64_t missing_truth)
{
    json_t *list = json_array();
    eh_json_push(&list, p->number_truth ? json_pack("{s:s, s:s, s:n, s:I}", "name", p->truth_column, "kind",
                                                    "number", "classes", "missing", (json_int_t)missing_truth)
                                        : audited_column(p->truth_column, p->class_name, p->classes, 1,
                                                         (json_int_t)missing_truth));
    for (size_t c = 0; c < p->group_columns; c++) {
        json_int_t missing = 0;
        if (strcmp(p->group_column[c], p->truth_column) == 0)
            continue;
        for (size_t i = 0; i < p->rows; i++)
            missing += strcmp(p->group_value[(size_t)p->group[i] * p->group_columns + c], "(missing)") == 0;
        eh_json_push(&list, audited_column(p->group_column[c], p->group_value + c, p->groups,
                                           p->group_columns, missing));
    }
    return list;
}

/* Rows by group and true class, of numbers by whether there is one; the last class stands for "missing". */
static json_t *audited_cells(const eh_predictions *p, const char *split)
{
    static const char *const number[] = { EH_ANY_VALUE };
    const char *const *name = p->number_truth ? number : p->class_name;
    size_t groups = p->groups ? p->groups : 1, known = p->number_truth ? 1 : p->classes, classes = known + 1;
    uint64_t *count = eh_alloc(groups * classes, sizeof *count);
    json_t *list = count ? json_array() : NULL;
    for (size_t i = 0; list && i < p->rows; i++) {
        size_t cls = p->number_truth   ? isnan(p->number_truth[i])
                     : p->truth[i] < 0 ? known
                                       : (size_t)p->truth[i];
        count[(p->group ? (size_t)p->group[i] : 0) * classes + cls]++;
    }
    for (size_t i = 0; list && i < groups * classes; i++)
        if (count[i] > 0)
            eh_json_push(&list, json_pack("{s:s, s:I, s:s?, s:I}", "split", split, "group",
                                          (json_int_t)(i / classes), "label",
                                          i % classes < known ? name[i % classes] : NULL, "n",
                                          (json_int_t)count[i]));
    eh_free(count);
    return list;
}

/* The document; `splits` and `hash` are taken over. */
static json_t *audit_document(const eh_predictions *p, const eh_results *results, const eh_results_opts *opts,
                              const char *split, json_t *splits, json_t *hash, double started)
{
    char created[21];
    eh_time_rfc3339(created);
    json_t *columns = json_array();
    for (size_t c = 0; c < p->group_columns; c++)
        eh_json_push(&columns, json_string(p->group_column[c]));
    static const char *const whole[] = { "all images" };
    bool numbers = p->number_truth != NULL;
    uint64_t missing = numbers          ? results->number[0].audit->missing_truth
                       : results->audit ? results->audit->missing_truth
                                        : 0;
    json_t *groups = eh_results_groups(p->groups ? p->groups : 1, p->groups ? p->group_columns : 0,
                                       p->groups ? p->group_name : whole, p->group_value, p->group_column);
    json_t *heads = json_array(), *evaluation = json_array();
    if (!numbers) {
        eh_json_push(&heads, eh_results_head(p->truth_column, p->class_name, p->classes, p->positive, NULL));
        eh_json_push(&evaluation, json_pack("{s:s, s:o}", "head", p->truth_column, "splits", splits));
    }
    const char *file = eh_path_name(p->path), *name = opts->name ? opts->name : file;
    json_t *json =
        json_pack("{s:s, s:i, s:s, s:o, s:o, s:s, s:s, s:o, s:n, s:{s:n, s:o, s:n, s:n}, s:o, "
                  "s:{s:o, s:n, s:I, s:o, s:[{s:s, s:I}], s:n, s:[{s:s, s:o}], s:[]}, s:o, s:{s:o, "
                  "s:o}, s:n, s:n, s:n, s:n, s:o, s:{s:f, s:[]}, s:I}",
                  "format", "evenhand-results", "format_version", 1, "kind", "audit", "id",
                  eh_json_text(name), "name", eh_json_text(name), "created", created, "evenhand_version",
                  eh_version(), "command", eh_results_command(opts, NULL, p->path), "seed", "hashes",
                  "catalog", "predictions", hash, "recipe", "weights", "environment",
                  eh_results_environment(), "data", "name",
                  eh_json_text(opts->data ? opts->data : "given predictions"), "format", "images",
                  (json_int_t)p->rows, "columns", audited_columns(p, missing), "splits", "name", split, "n",
                  (json_int_t)p->rows, "split_rule", "counts", "column", p->truth_column, "cells",
                  audited_cells(p, split), "skipped", "groups", groups, "task", "heads", heads,
                  "group_columns", columns, "model", "method", "selection", "training", "evaluation",
                  evaluation, "timings", "total", eh_seconds() - started, "phases", "peak_memory",
                  (json_int_t)eh_peak_memory());
    if (numbers && !(json && eh_json_set(json, "numbers",
                                         json_pack("[{s:s, s:n, s:o}]", "head", p->truth_column, "loss",
                                                   "splits", splits)))) {
        json_decref(json);
        json = NULL;
    }
    return json;
}

eh_status eh_results_from_predictions(eh_results **out, const char *path, const eh_predictions_opts *columns,
                                      const eh_results_opts *opts, eh_progress *progress, eh_error *err)
{
    static const char split[] = "given predictions";
    double started = eh_seconds();
    eh_results *results = NULL;
    eh_predictions *p = NULL;
    json_t *one = NULL, *splits = json_array(), *hash = NULL;
    *out = NULL;
    opts = opts ? opts : &defaults;
    eh_status status;
    EH_TRY_GOTO(status, eh_results_new(&results, err));
    eh_predictions_opts read = columns ? *columns : (eh_predictions_opts){ 0 };
    read.where = opts->where;
    EH_TRY_GOTO(status, eh_predictions_read(&p, path, &read, progress, err));
    EH_TRY_GOTO(status, eh_results_file_hash(&hash, path, err));
    eh_pixels pixels = { .folder = opts->no_images ? NULL : opts->images };
    results->number = eh_arena_alloc(results->arena, 1, sizeof *results->number);
    if (!results->number) {
        status = eh_results_fail(err);
        goto done;
    }
    status = p->number_truth
                 ? eh_results_measure_numbers(&one, results, p->truth_column, p, split, true, opts, &pixels,
                                              progress, err)
                 : eh_results_measure(&one, results, NULL, p, split, "", opts, &pixels, progress, err);
    if (status != EH_OK)
        goto done;
    eh_json_push(&splits, one);
    results->json = audit_document(p, results, opts, split, splits, hash, started);
    splits = hash = NULL;
    status = results->json && eh_results_note_where(results->json, opts)
                 ? eh_results_judge(results, opts, err)
                 : eh_results_fail(err);
    if (status == EH_OK) {
        *out = results;
        results = NULL;
    }
done:
    json_decref(splits);
    json_decref(hash);
    eh_predictions_free(p);
    eh_results_free(results);
    return status;
}
