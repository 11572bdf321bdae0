/* results.c - results.json of a run or of given predictions, put together from its parts; see results.h. */
#include "report/results_data.h"
#include "metric/rule_masks.h"
#include "metric/rule_numbers.h"
#include "report/results_parts.h"
#include "base/file.h"
#include "base/json.h"
#include "evenhand/query.h"

#include <string.h>

static const eh_results_opts defaults;

eh_status eh_results_fail(eh_error *err)
{
    return eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing results.json.");
}

eh_status eh_results_new(eh_results **out, eh_error *err)
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
    for (size_t i = 0; i < results->numbers; i++)
        eh_number_audit_free(results->number[i].audit);
    for (size_t i = 0; i < results->furthers; i++)
        eh_audit_free(results->further[i].audit);
    eh_arena_free(results->arena);
}

/* Measures one split. The first that is measured stays in results->audit, the first of each further head (its name; else NULL) in results->further. */
eh_status eh_results_measure(json_t **out, eh_results *results, const char *further, const eh_predictions *p,
                             const char *split, const char *salt, const eh_results_opts *opts,
                             const eh_pixels *pixels, eh_progress *progress, eh_error *err)
{
    *out = NULL;
    eh_audit_input in = eh_predictions_input(p);
    in.level = opts->level;
    in.few = opts->few;
    eh_audit *audit;
    EH_TRY(eh_audit_make(&audit, &in, err));
    /* Only the split that the verdict is about lists its errors. */
    bool first = results->audit == NULL;
    size_t most = opts->max_errors ? opts->max_errors : EH_RESULTS_ERRORS;
    json_t *errors =
        first ? eh_results_errors(p, most, pixels, progress)
              : json_pack("{s:s, s:I, s:[]}", "definition", "listed for the first split alone", "total",
                          (json_int_t)(audit->overall.counts.n - audit->overall.counts.correct), "items");
    eh_status status = eh_results_split(out, p, audit, split, salt, errors, err);
    if (first && status == EH_OK) {
        results->audit = audit;
        results->positive = p->positive;
    } else if (further && status == EH_OK) {
        results->further[results->furthers++] = (eh_results_further){ further, audit, p->positive };
    } else {
        eh_audit_free(audit);
    }
    return status;
}

/* Measures one split of a head of numbers. The first of each head stays in results->number. */
eh_status eh_results_measure_numbers(json_t **out, eh_results *results, const char *head,
                                     const eh_predictions *p, const char *split, bool first,
                                     const eh_results_opts *opts, const eh_pixels *pixels,
                                     eh_progress *progress, eh_error *err)
{
    eh_number_audit *audit;
    const char *name = eh_arena_strdup(results->arena, head);
    if (!name)
        return eh_results_fail(err);
    EH_TRY(eh_results_number_split(out, &audit, p, split, first, opts, pixels, progress, err));
    if (first)
        results->number[results->numbers++] = (eh_results_number){ name, audit };
    else
        eh_number_audit_free(audit);
    return EH_OK;
}

/* A rule about numbers or masks is about their first head. */
static eh_status judge_one(eh_rule_result *out, const eh_results *results, const eh_rule *rule, eh_error *err)
{
    static const char *const what[] = { "classes", "numbers", "masks" }; /* eh_rule_about */
    const json_t *masks = json_array_get(json_object_get(results->json, "masks"), 0);
    if (rule->about == EH_RULE_OF_CLASSES && results->audit)
        return eh_rule_judge(out, rule, results->audit, results->positive, results->arena, err);
    if (rule->about == EH_RULE_OF_NUMBERS && results->numbers > 0)
        return eh_rule_judge_numbers(out, rule, results->number[0].head, results->number[0].audit,
                                     results->arena, err);
    if (rule->about == EH_RULE_OF_MASKS && masks)
        return eh_rule_judge_masks(out, rule, json_string_value(json_object_get(masks, "head")),
                                   json_array_get(json_object_get(masks, "splits"), 0), results->arena, err);
    return eh_fail(err, EH_ERR_USAGE, "The rule \"%s\" is about %s, and nothing here learns %s.", rule->text,
                   what[rule->about], what[rule->about]);
}

/* Judges the rules on the first split; adds them to the document. */
eh_status eh_results_judge(eh_results *results, const eh_results_opts *opts, eh_error *err)
{
    if (opts->rules == 0)
        return EH_OK;
    results->rule_result = eh_arena_alloc(results->arena, opts->rules, sizeof *results->rule_result);
    if (!results->rule_result)
        return eh_fail_memory(err, "the outcomes of rules", opts->rules, sizeof *results->rule_result);
    json_t *list = json_array();
    for (size_t i = 0; i < opts->rules; i++) {
        eh_rule_result *r = &results->rule_result[i];
        eh_status status = judge_one(r, results, &opts->rule[i], err);
        if (status != EH_OK) {
            json_decref(list);
            return status;
        }
        eh_json_push(&list, json_pack("{s:s, s:s, s:s}", "rule", opts->rule[i].text, "outcome",
                                      eh_rule_outcome_name(r->outcome), "sentence", r->sentence));
    }
    return eh_json_set(results->json, "rules", list) ? EH_OK : eh_results_fail(err);
}

/* The command line for the record. */
json_t *eh_results_command(const eh_results_opts *opts, json_t *of_run, const char *path)
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
bool eh_results_note_where(json_t *document, const eh_results_opts *opts)
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
    const char *name = eh_arena_strdup(results->arena, head->column);
    *out = json_array();
    if (!name)
        return eh_results_fail(err);
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
        bool begins = json_array_size(*out) == 0;
        eh_status status = p->number_truth
                               ? eh_results_measure_numbers(&split, results, head->column, p, part[i], begins,
                                                            opts, &pixels, progress, err)
                               : eh_results_measure(&split, results, begins ? name : NULL, p, part[i],
                                                    salt ? salt : "", opts, &pixels, progress, err);
        eh_predictions_free(p);
        if (status != EH_OK)
            return status;
        eh_json_push(out, split);
    }
    if (!*out)
        return eh_results_fail(err);
    if (json_array_size(*out) == 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s holds no predictions-test.csv and no predictions-valid.csv: it had neither a test "
                       "nor "
                       "a validation part, or was interrupted ('evenhand train --resume' finishes it).",
                       run->path);
    return EH_OK;
}

/* What was measured of a run's heads. */
typedef struct head_parts {
    json_t *heads, *evaluation; /* those that learn classes: for task.heads, and with their splits */
    json_t *numbers;            /* those that learn numbers */
    json_t *masks;              /* those that learn masks */
} head_parts;

static void release_parts(head_parts *parts)
{
    json_decref(parts->heads);
    json_decref(parts->evaluation);
    json_decref(parts->numbers);
    json_decref(parts->masks);
    *parts = (head_parts){ 0 };
}

/* One head into its list. */
static eh_status add_head(head_parts *out, eh_results *results, const eh_run_record *run,
                          const eh_run_head *head, const eh_results_opts *opts, eh_catalog *catalog,
                          eh_progress *progress, eh_error *err)
{
    json_t *splits = NULL;
    int64_t positive = -1;
    if (strcmp(head->kind, "mask") == 0 && opts->where) {
        eh_progress_warn(progress,
                         "%s: masks were measured over all images while they were predicted; --where leaves "
                         "'%s' out.",
                         run->path, head->column);
        return EH_OK;
    }
    if (strcmp(head->kind, "mask") == 0) {
        EH_TRY(eh_results_mask_head(&splits, run, head, opts, err));
        eh_json_push(&out->masks, splits);
        return EH_OK;
    }
    eh_status status = head_splits(&splits, results, run, head, &positive, opts, catalog, progress, err);
    if (status != EH_OK) {
        json_decref(splits);
        return status;
    }
    if (strcmp(head->kind, "number") == 0) {
        eh_json_push(&out->numbers, json_pack("{s:s, s:s?, s:o}", "head", head->column, "loss", head->loss,
                                              "splits", splits));
        return EH_OK;
    }
    eh_json_push(&out->heads,
                 eh_results_head(head->column, head->class_name, head->classes, positive, head->loss));
    eh_json_push(&out->evaluation, json_pack("{s:s, s:o}", "head", head->column, "splits", splits));
    return EH_OK;
}

/* Every head. `out` is to be released in every case. */
static eh_status run_heads(head_parts *out, eh_results *results, const eh_run_record *run,
                           const eh_results_opts *opts, eh_catalog *catalog, eh_progress *progress,
                           eh_error *err)
{
    eh_run_head *head;
    size_t count;
    EH_TRY(eh_run_record_heads(&head, &count, run, err));
    *out = (head_parts){ json_array(), json_array(), json_array(), json_array() };
    results->number = eh_arena_alloc(results->arena, count, sizeof *results->number);
    results->further = eh_arena_alloc(results->arena, count, sizeof *results->further);
    if (!results->number || !results->further)
        return eh_fail_memory(err, "the heads of a run", count, sizeof *results->number);
    for (size_t i = 0; i < count; i++)
        EH_TRY(add_head(out, results, run, &head[i], opts, catalog, progress, err));
    if (json_array_size(out->evaluation) + json_array_size(out->numbers) + json_array_size(out->masks) == 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "%s: leave --where out; masks cannot be measured by a query afterwards.", run->path);
    return out->heads && out->evaluation && out->numbers && out->masks ? EH_OK : eh_results_fail(err);
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
    return *out ? EH_OK : eh_results_fail(err);
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
    const eh_data_results_opts opts = { .where = query,
                                        .groups = { run->group_column, run->group_columns },
                                        .labels = { label, strcmp(run->label_kind, "class") == 0 },
                                        .seed = 1 };
    eh_status status = eh_results_add_data(data, catalog, &opts, progress, err);
    eh_query_free(query);
    return status;
}

/* Everything of a run's document; `parts` are taken over. */
static json_t *run_document(const eh_run_record *run, const eh_results_opts *opts, json_t *data,
                            json_t *training, json_t *hashes, const head_parts *heads)
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
                     eh_results_command(opts, json_object_get(run->run, "command"),
                                        eh_run_record_file(run, "recipe.yaml")),
                     "seed", json_is_integer(seed) ? json_incref(seed) : json_null(), "hashes", hashes,
                     "environment", eh_results_run_environment(run), "data", data, "groups",
                     eh_results_groups(run->groups, run->group_columns, run->group_name, run->group_value,
                                       (const char *const *)run->group_column),
                     "task", "heads", json_incref(heads->heads), "group_columns", columns, "model",
                     eh_results_run_model(run), "method", eh_results_run_method(run), "selection",
                     eh_results_run_selection(run), "training", training, "evaluation",
                     json_incref(heads->evaluation), "timings", eh_results_run_timings(run), "peak_memory",
                     json_is_integer(memory) ? json_incref(memory) : json_null());
}

/* Heads that are not of classes. */
static bool add_parts(json_t *document, const head_parts *heads)
{
    return (json_array_size(heads->numbers) == 0 ||
            json_object_set(document, "numbers", heads->numbers) == 0) &&
           (json_array_size(heads->masks) == 0 || json_object_set(document, "masks", heads->masks) == 0);
}

eh_status eh_results_from_run(eh_results **out, const char *run_folder, const eh_results_opts *opts,
                              eh_progress *progress, eh_error *err)
{
    eh_run_record *run = NULL;
    eh_catalog *catalog = NULL;
    eh_results *results = NULL;
    json_t *data = NULL, *training = NULL, *hashes = NULL;
    head_parts heads = { 0 };
    *out = NULL;
    opts = opts ? opts : &defaults;
    eh_status status;
    EH_TRY_GOTO(status, eh_results_new(&results, err));
    EH_TRY_GOTO(status, eh_run_record_open(&run, run_folder, progress, err));
    catalog = open_catalog(run, opts, progress);
    EH_TRY_GOTO(status, run_heads(&heads, results, run, opts, catalog, progress, err));
    EH_TRY_GOTO(status, eh_results_run_data(&data, run, catalog, err));
    if (catalog)
        EH_TRY_GOTO(status, add_data(data, run, catalog, progress, err));
    EH_TRY_GOTO(status, eh_results_run_training(&training, run, err));
    EH_TRY_GOTO(status, run_hashes(&hashes, run, err));
    results->json = run_document(run, opts, data, training, hashes, &heads);
    data = training = hashes = NULL;
    status = results->json && eh_results_note_where(results->json, opts) && add_parts(results->json, &heads)
                 ? eh_results_judge(results, opts, err)
                 : eh_results_fail(err);
    if (status == EH_OK) {
        *out = results;
        results = NULL;
    }
done:
    json_decref(data);
    json_decref(training);
    json_decref(hashes);
    release_parts(&heads);
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
    eh_status status = path ? eh_json_write(results->json, path, err) : eh_results_fail(err);
    eh_arena_free(arena);
    eh_results_free(results);
    return status;
}
