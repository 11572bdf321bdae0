/* results.c - results.json of a run or of given predictions, put together from its parts; see results.h. */
#include "report/results_data.h"
#include "report/results_parts.h"
#include "base/file.h"
#include "base/json.h"
#include "evenhand/query.h"

#include <string.h>

#define DEFAULT_ERRORS 60

static const eh_results_opts defaults;

static eh_status fail_json(eh_error *err)
{
    return eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing results.json.");
}

static eh_status new_results(eh_results **out, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    *out = arena ? eh_arena_alloc(arena, 1, sizeof **out) : NULL;
    if (!*out) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "results", 1, sizeof **out);
    }
    (*out)->arena = arena;
    return EH_OK;
}

void eh_results_free(eh_results *results)
{
    if (!results)
        return;
    json_decref(results->json);
    eh_audit_free(results->audit);
    eh_arena_free(results->arena);
}

/* Measures one split. The first that is measured stays in results->audit. */
static eh_status measure(json_t **out, eh_results *results, const eh_predictions *p, const char *split,
                         const char *salt, const eh_results_opts *opts, const eh_pixels *pixels,
                         eh_progress *progress, eh_error *err)
{
    *out = NULL;
    eh_audit_input in = eh_predictions_input(p);
    in.level = opts->level;
    in.few = opts->few;
    eh_audit *audit;
    EH_TRY(eh_audit_make(&audit, &in, err));
    /* Only the split that the verdict is about lists its errors. */
    bool first = results->audit == NULL;
    size_t most = opts->max_errors ? opts->max_errors : DEFAULT_ERRORS;
    json_t *errors =
        first ? eh_results_errors(p, most, pixels, progress)
              : json_pack("{s:s, s:I, s:[]}", "definition", "listed for the first split alone", "total",
                          (json_int_t)(audit->overall.counts.n - audit->overall.counts.correct), "items");
    eh_status status = eh_results_split(out, p, audit, split, salt, errors, err);
    if (first && status == EH_OK) {
        results->audit = audit;
        results->positive = p->positive;
    } else {
        eh_audit_free(audit);
    }
    return status;
}

/* Judges the rules on the first split; adds them to the document. */
static eh_status judge(eh_results *results, const eh_results_opts *opts, eh_error *err)
{
    if (opts->rules == 0)
        return EH_OK;
    results->rule_result = eh_arena_alloc(results->arena, opts->rules, sizeof *results->rule_result);
    if (!results->rule_result)
        return eh_fail_memory(err, "the outcomes of rules", opts->rules, sizeof *results->rule_result);
    json_t *list = json_array();
    for (size_t i = 0; i < opts->rules; i++) {
        eh_rule_result *r = &results->rule_result[i];
        eh_status status =
            eh_rule_judge(r, &opts->rule[i], results->audit, results->positive, results->arena, err);
        if (status != EH_OK) {
            json_decref(list);
            return status;
        }
        eh_json_push(&list, json_pack("{s:s, s:s, s:s}", "rule", opts->rule[i].text, "outcome",
                                      eh_rule_outcome_name(r->outcome), "sentence", r->sentence));
    }
    return eh_json_set(results->json, "rules", list) ? EH_OK : fail_json(err);
}

/* The command line for the record. */
static json_t *command_json(const eh_results_opts *opts, json_t *of_run, const char *path)
{
    json_t *list = json_array();
    for (size_t i = 0; i < opts->command_words; i++)
        eh_json_push(&list, eh_json_text(opts->command[i]));
    if (opts->command_words > 0)
        return list;
    if (json_array_size(of_run) > 0) {
        json_decref(list);
        return json_incref(of_run);
    }
    eh_json_push(&list, json_string("evenhand"));
    eh_json_push(&list, json_string(of_run ? "train" : "audit"));
    if (of_run)
        eh_json_push(&list, json_string("--config"));
    eh_json_push(&list, eh_json_text(path));
    return list;
}

/* Says which predictions were measured, when it was not all of them. */
static bool note_where(json_t *document, const eh_results_opts *opts)
{
    return !opts->where ||
           json_object_set_new(document, "measured_where", json_string(eh_query_text(opts->where))) == 0;
}

/* ---------------------------------------------------------------- a run */

/* The catalog that the run was made from, or NULL (after a warning): thumbnails of other images would be worse than none. */
static eh_catalog *open_catalog(const eh_run_record *run, const eh_results_opts *opts, eh_progress *progress)
{
    const json_t *of = json_object_get(run->run, "catalog");
    const char *recorded = json_string_value(json_object_get(of, "path"));
    const char *wanted = json_string_value(json_object_get(of, "sha256"));
    const char *path = opts->catalog ? opts->catalog : recorded;
    if (opts->no_images || !path)
        return NULL;
    if (!eh_path_exists(path) && !opts->catalog) {
        const char *beside =
            eh_path_join(run->arena, eh_path_folder(run->arena, run->path), eh_path_name(path));
        path = beside && eh_path_exists(beside) ? beside : path;
    }
    eh_error problem = { 0 };
    eh_catalog *catalog = NULL;
    char hash[65] = "";
    const char *split = json_string_value(json_object_get(of, "split"));
    eh_status status = eh_catalog_open(&catalog, path, &problem);
    if (status == EH_OK && split && eh_starts_with(split, "fold-"))
        status = eh_catalog_use_split(catalog, split, &problem);
    if (status == EH_OK)
        status = eh_catalog_hash(hash, catalog, &problem);
    if (status != EH_OK) {
        eh_progress_warn(progress, "There will be no thumbnails: %s", problem.message);
    } else if (wanted && strcmp(hash, wanted) != 0) {
        eh_progress_warn(progress, "There will be no thumbnails: %s has changed since the run.", path);
        status = EH_ERR_INPUT;
    }
    if (status == EH_OK)
        return catalog;
    eh_catalog_close(catalog);
    return NULL;
}

/* The splits of one head. *positive: its positive class, -1 for none. */
static eh_status head_splits(json_t **out, eh_results *results, const eh_run_record *run,
                             const eh_run_head *head, int64_t *positive, const eh_results_opts *opts,
                             eh_catalog *catalog, eh_progress *progress, eh_error *err)
{
    static const char *const part[] = { "test", "valid" };
    const char *salt = json_string_value(json_object_get(json_object_get(run->run, "catalog"), "sha256"));
    eh_pixels pixels = { .catalog = catalog };
    *out = json_array();
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        if (!eh_run_record_has(run, part[i]))
            continue;
        eh_predictions *p;
        json_t *split;
        eh_status read = eh_run_record_predictions(&p, run, head, part[i], opts->where, progress, err);
        if (read == EH_ERR_NOT_ENOUGH && opts->where && i > 0)
            continue; /* the query holds for no image of this part */
        EH_TRY(read);
        *positive = p->positive;
        eh_status status =
            measure(&split, results, p, part[i], salt ? salt : "", opts, &pixels, progress, err);
        eh_predictions_free(p);
        if (status != EH_OK)
            return status;
        eh_json_push(out, split);
    }
    if (!*out)
        return fail_json(err);
    if (!results->audit)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s holds no predictions-test.csv and no predictions-valid.csv; 'evenhand train "
                       "--resume' "
                       "finishes a run that was interrupted.",
                       run->path);
    return EH_OK;
}

/* Every head that learns classes: *heads for task.heads, *evaluation with its splits. Both are to be released in every case. */
static eh_status run_heads(json_t **heads, json_t **evaluation, eh_results *results, const eh_run_record *run,
                           const eh_results_opts *opts, eh_catalog *catalog, eh_progress *progress,
                           eh_error *err)
{
    eh_run_head *head;
    size_t count;
    EH_TRY(eh_run_record_heads(&head, &count, run, err));
    *heads = json_array();
    *evaluation = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *splits = NULL;
        int64_t positive = -1;
        eh_status status =
            head_splits(&splits, results, run, &head[i], &positive, opts, catalog, progress, err);
        if (status != EH_OK) {
            json_decref(splits);
            return status;
        }
        eh_json_push(heads, eh_results_head(head[i].column, head[i].class_name, head[i].classes, positive,
                                            head[i].loss));
        eh_json_push(evaluation, json_pack("{s:s, s:o}", "head", head[i].column, "splits", splits));
    }
    return *heads && *evaluation ? EH_OK : fail_json(err);
}

static eh_status run_hashes(json_t **out, const eh_run_record *run, eh_error *err)
{
    const char *name = eh_run_record_has(run, "test") ? "predictions-test.csv" : "predictions-valid.csv";
    const json_t *catalog = json_object_get(run->run, "catalog");
    json_t *predictions;
    EH_TRY(eh_results_file_hash(&predictions, eh_run_record_file(run, name), err));
    *out = json_pack("{s:s?, s:o, s:s?, s:s?}", "catalog",
                     json_string_value(json_object_get(catalog, "sha256")), "predictions", predictions,
                     "recipe", json_string_value(json_object_get(run->run, "recipe_sha256")), "weights",
                     json_string_value(json_object_get(run->run, "weights_sha256")));
    return *out ? EH_OK : fail_json(err);
}

/* The folder's own name: "runs/gdro-1/" is "gdro-1". */
static json_t *run_id(const eh_run_record *run)
{
    eh_str path = { 0 };
    size_t length = strlen(run->path);
    while (length > 1 && run->path[length - 1] == '/')
        length--;
    eh_str_append_bytes(&path, run->path, length);
    const char *name = eh_path_name(eh_str_text(&path));
    json_t *json = eh_json_text(*name && strcmp(name, ".") != 0 ? name : "run");
    eh_str_clear(&path);
    return json;
}

/* Balance, split and cleaning of the data that the run was made from. Without galleries: a report of several runs shows those of a document about the
 * data. */
static eh_status add_data(json_t *data, const eh_run_record *run, eh_catalog *catalog, eh_progress *progress,
                          eh_error *err)
{
    const json_t *of = json_object_get(run->run, "catalog");
    const char *where = json_string_value(json_object_get(of, "where"));
    eh_query *query = NULL;
    const char *label[] = { run->label };
    if (where)
        EH_TRY(eh_query_parse(&query, where, err));
    const eh_data_results_opts opts = {
        .where = query, .groups = { run->group_column, run->group_columns }, .labels = { label, 1 }, .seed = 1
    };
    eh_status status = eh_results_add_data(data, catalog, &opts, progress, err);
    eh_query_free(query);
    return status;
}

/* Everything of a run's document; `parts` are taken over. */
static json_t *run_document(const eh_run_record *run, const eh_results_opts *opts, json_t *data,
                            json_t *training, json_t *hashes, json_t *heads, json_t *evaluation)
{
    char created[21];
    eh_time_rfc3339(created);
    json_t *seed = json_object_get(run->run, "seed");
    json_t *memory = json_object_get(run->run, "peak_memory_bytes");
    const char *method = json_string_value(json_object_get(json_object_get(run->run, "method"), "name"));
    const char *version = json_string_value(json_object_get(run->run, "evenhand"));
    json_t *columns = json_array();
    for (size_t c = 0; c < run->group_columns; c++)
        eh_json_push(&columns, json_string(run->group_column[c]));
    return json_pack("{s:s, s:i, s:s, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:o, "
                     "s:o, s:o, s:o, "
                     "s:o, s:o, s:o}",
                     "format", "evenhand-results", "format_version", 1, "kind", "run", "id", run_id(run),
                     "name",
                     eh_json_text(opts->name ? opts->name
                                  : method   ? method
                                             : "run"),
                     "created", created, "evenhand_version", version ? version : eh_version(), "command",
                     command_json(opts, json_object_get(run->run, "command"),
                                  eh_run_record_file(run, "recipe.yaml")),
                     "seed", json_is_integer(seed) ? json_incref(seed) : json_null(), "hashes", hashes,
                     "environment", eh_results_run_environment(run), "data", data, "groups",
                     eh_results_groups(run->groups, run->group_columns, run->group_name, run->group_value,
                                       (const char *const *)run->group_column),
                     "task", "heads", heads, "group_columns", columns, "model", eh_results_run_model(run),
                     "method", eh_results_run_method(run), "selection", eh_results_run_selection(run),
                     "training", training, "evaluation", evaluation, "timings", eh_results_run_timings(run),
                     "peak_memory", json_is_integer(memory) ? json_incref(memory) : json_null());
}

eh_status eh_results_from_run(eh_results **out, const char *run_folder, const eh_results_opts *opts,
                              eh_progress *progress, eh_error *err)
{
    eh_run_record *run = NULL;
    eh_catalog *catalog = NULL;
    eh_results *results = NULL;
    json_t *heads = NULL, *evaluation = NULL, *data = NULL, *training = NULL, *hashes = NULL;
    *out = NULL;
    opts = opts ? opts : &defaults;
    eh_status status;
    EH_TRY_GOTO(status, new_results(&results, err));
    EH_TRY_GOTO(status, eh_run_record_open(&run, run_folder, progress, err));
    catalog = open_catalog(run, opts, progress);
    EH_TRY_GOTO(status, run_heads(&heads, &evaluation, results, run, opts, catalog, progress, err));
    EH_TRY_GOTO(status, eh_results_run_data(&data, run, catalog, err));
    if (catalog)
        EH_TRY_GOTO(status, add_data(data, run, catalog, progress, err));
    EH_TRY_GOTO(status, eh_results_run_training(&training, run, err));
    EH_TRY_GOTO(status, run_hashes(&hashes, run, err));
    results->json = run_document(run, opts, data, training, hashes, heads, evaluation);
    data = training = hashes = heads = evaluation = NULL;
    status = results->json && note_where(results->json, opts) ? judge(results, opts, err) : fail_json(err);
    if (status == EH_OK) {
        *out = results;
        results = NULL;
    }
done:
    json_decref(data);
    json_decref(training);
    json_decref(hashes);
    json_decref(heads);
    json_decref(evaluation);
    eh_results_free(results);
    eh_catalog_close(catalog);
    eh_run_record_close(run);
    return status;
}

eh_status eh_results_write_run(const char *run_folder, eh_progress *progress, eh_error *err)
{
    eh_results *results;
    EH_TRY(eh_results_from_run(&results, run_folder, NULL, progress, err));
    eh_arena *arena = eh_arena_new();
    const char *path = arena ? eh_path_join(arena, run_folder, "results.json") : NULL;
    eh_status status = path ? eh_json_write(results->json, path, err) : fail_json(err);
    eh_arena_free(arena);
    eh_results_free(results);
    return status;
}

/* ---------------------------------------------------------------- given predictions */

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

static json_t *audited_columns(const eh_predictions *p, const eh_audit *audit)
{
    json_t *list = json_array();
    eh_json_push(&list, audited_column(p->truth_column, p->class_name, p->classes, 1,
                                       (json_int_t)audit->missing_truth));
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

/* Rows by group and true class; the last class stands for "missing". */
static json_t *audited_cells(const eh_predictions *p, const char *split)
{
    size_t groups = p->groups ? p->groups : 1, classes = p->classes + 1;
    uint64_t *count = eh_alloc(groups * classes, sizeof *count);
    json_t *list = count ? json_array() : NULL;
    for (size_t i = 0; list && i < p->rows; i++)
        count[(p->group ? (size_t)p->group[i] : 0) * classes +
              (p->truth[i] < 0 ? p->classes : (size_t)p->truth[i])]++;
    for (size_t i = 0; list && i < groups * classes; i++)
        if (count[i] > 0)
            eh_json_push(&list, json_pack("{s:s, s:I, s:s?, s:I}", "split", split, "group",
                                          (json_int_t)(i / classes), "label",
                                          i % classes < p->classes ? p->class_name[i % classes] : NULL, "n",
                                          (json_int_t)count[i]));
    eh_free(count);
    return list;
}

/* The document; `splits` and `hash` are taken over. */
static json_t *audit_document(const eh_predictions *p, const eh_audit *audit, const eh_results_opts *opts,
                              const char *split, json_t *splits, json_t *hash, double started)
{
    char created[21];
    eh_time_rfc3339(created);
    json_t *columns = json_array();
    for (size_t c = 0; c < p->group_columns; c++)
        eh_json_push(&columns, json_string(p->group_column[c]));
    json_t *groups =
        eh_results_groups(audit->groups, audit->group_columns,
                          p->groups ? p->group_name : (const char *const[]){ audit->group[0].name },
                          p->group_value, p->group_column);
    const char *file = eh_path_name(p->path), *name = opts->name ? opts->name : file;
    return json_pack("{s:s, s:i, s:s, s:o, s:o, s:s, s:s, s:o, s:n, s:{s:n, s:o, s:n, s:n}, s:o, "
                     "s:{s:o, s:n, s:I, s:o, s:[{s:s, s:I}], s:n, s:[{s:s, s:o}], s:[]}, s:o, s:{s:[o], "
                     "s:o}, s:n, s:n, s:n, s:n, "
                     "s:[{s:s, s:o}], s:{s:f, s:[]}, s:I}",
                     "format", "evenhand-results", "format_version", 1, "kind", "audit", "id",
                     eh_json_text(name), "name", eh_json_text(name), "created", created, "evenhand_version",
                     eh_version(), "command", command_json(opts, NULL, p->path), "seed", "hashes", "catalog",
                     "predictions", hash, "recipe", "weights", "environment", eh_results_environment(),
                     "data", "name", eh_json_text(opts->data ? opts->data : "given predictions"), "format",
                     "images", (json_int_t)p->rows, "columns", audited_columns(p, audit), "splits", "name",
                     split, "n", (json_int_t)p->rows, "split_rule", "counts", "column", p->truth_column,
                     "cells", audited_cells(p, split), "skipped", "groups", groups, "task", "heads",
                     eh_results_head(p->truth_column, p->class_name, p->classes, p->positive, NULL),
                     "group_columns", columns, "model", "method", "selection", "training", "evaluation",
                     "head", p->truth_column, "splits", splits, "timings", "total", eh_seconds() - started,
                     "phases", "peak_memory", (json_int_t)eh_peak_memory());
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
    EH_TRY_GOTO(status, new_results(&results, err));
    eh_predictions_opts read = columns ? *columns : (eh_predictions_opts){ 0 };
    read.where = opts->where;
    EH_TRY_GOTO(status, eh_predictions_read(&p, path, &read, progress, err));
    EH_TRY_GOTO(status, eh_results_file_hash(&hash, path, err));
    eh_pixels pixels = { .folder = opts->no_images ? NULL : opts->images };
    EH_TRY_GOTO(status, measure(&one, results, p, split, "", opts, &pixels, progress, err));
    eh_json_push(&splits, one);
    results->json = audit_document(p, results->audit, opts, split, splits, hash, started);
    splits = hash = NULL;
    status = results->json && note_where(results->json, opts) ? judge(results, opts, err) : fail_json(err);
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
