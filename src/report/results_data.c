/* results_data.c - the parts of results.json that tell about the data; see results_data.h. */
#include "report/results_data.h"
#include "report/default_columns.h"

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "metric/data_stats.h"
#include "metric/split_check_text.h"
#include "report/results_parts.h"

#include <string.h>

static eh_status fail_json(eh_error *err)
{
    return eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing results.json.");
}

/* Histograms of every number column when none are named. */
static eh_status choose_bins(eh_str_list *out, eh_arena *arena, const eh_catalog *catalog,
                             const eh_str_list *named, eh_error *err)
{
    *out = *named;
    if (named->count)
        return EH_OK;
    out->item = eh_arena_alloc(arena, eh_catalog_columns(catalog), sizeof *out->item);
    if (!out->item)
        return eh_fail_memory(err, "column names", eh_catalog_columns(catalog), sizeof *out->item);
    for (size_t i = 0; i < eh_catalog_columns(catalog); i++)
        if (eh_catalog_column(catalog, i).kind == EH_COLUMN_NUMBER)
            out->item[out->count++] = eh_catalog_column(catalog, i).name;
    return EH_OK;
}

static eh_status make_stats(eh_data_stats **out, eh_arena *arena, eh_catalog *catalog,
                            const eh_data_results_opts *o, bool all_columns, eh_error *err)
{
    eh_str_list bins;
    EH_TRY(choose_bins(&bins, arena, catalog, &o->bins, err));
    const eh_data_stats_opts stats = { .where = o->where,
                                       .groups = o->groups,
                                       .labels = o->labels,
                                       .bins = bins,
                                       .all_columns = all_columns,
                                       .pictures = true,
                                       .power = { 0.9, 0.05, 0.05, 0.8 },
                                       .seed = o->seed };
    return eh_data_stats_make(out, catalog, &stats, err);
}

/* The check of the split, null where there is none to check. */
static eh_status split_json(json_t **out, eh_catalog *catalog, const eh_query *where, eh_error *err)
{
    eh_split_check *check;
    eh_status status = eh_split_check_catalog(&check, catalog, where, NULL, 0, false, NULL);
    if (status == EH_ERR_NOT_ENOUGH) {
        *out = json_null();
        return EH_OK;
    }
    if (status != EH_OK) /* once more, for the sentence */
        return eh_split_check_catalog(&check, catalog, where, NULL, 0, false, err);
    *out = eh_split_check_json(check);
    eh_split_check_free(check);
    return *out ? EH_OK : fail_json(err);
}

static eh_status add_parts(json_t *data, const eh_data_stats *s, eh_catalog *catalog,
                           const eh_data_results_opts *o, eh_progress *progress, eh_error *err)
{
    json_t *split = NULL, *cleaning = NULL;
    EH_TRY(split_json(&split, catalog, o->where, err));
    eh_status status = eh_results_cleaning(&cleaning, catalog, o, progress, err);
    if (status != EH_OK) {
        json_decref(split);
        return status;
    }
    bool complete = eh_json_set(data, "histograms", eh_data_histograms_json(s));
    complete = eh_json_set(data, "association", eh_data_associations_json(s)) && complete;
    complete = eh_json_set(data, "power", eh_data_power_json(s)) && complete;
    complete = eh_json_set(data, "pictures", eh_data_pictures_json(s)) && complete;
    complete = eh_json_set(data, "split_check", split) && complete;
    complete = eh_json_set(data, "cleaning", cleaning) && complete;
    return complete ? EH_OK : fail_json(err);
}

eh_status eh_results_add_data(json_t *data, eh_catalog *catalog, const eh_data_results_opts *opts,
                              eh_progress *progress, eh_error *err)
{
    eh_data_stats *stats = NULL;
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "statistics", 1, 4096);
    eh_status status = make_stats(&stats, arena, catalog, opts, false, err);
    if (status == EH_OK)
        status = add_parts(data, stats, catalog, opts, progress, err);
    eh_data_stats_free(stats);
    eh_arena_free(arena);
    return status;
}

/* ---------------------------------------------------------------- a document about a data set alone */

static json_t *column_json(const eh_column_count *c)
{
    static const char *const kind[] = { "class", "number", "text", "mask" };
    json_t *classes = c->kind == EH_COLUMN_CLASS ? json_array() : json_null();
    for (size_t i = 0; c->kind == EH_COLUMN_CLASS && i < c->values - (c->missing > 0); i++)
        eh_json_push(&classes, eh_json_text(c->value[i].name));
    return json_pack("{s:o, s:s, s:o, s:I}", "name", eh_json_text(c->name), "kind", kind[c->kind], "classes",
                     classes, "missing", (json_int_t)c->missing);
}

/* Images by group, class and part; cells of 0 are not listed. */
static json_t *counts_json(const eh_data_counts *c)
{
    json_t *list = json_array();
    for (size_t l = 0; l < c->labels; l++) {
        const eh_label_count *label = &c->label[l];
        json_t *cells = json_array();
        for (size_t i = 0; i < c->groups * label->values; i++) {
            const eh_value_count *v = &label->cell[i];
            uint64_t rest = v->count[0];
            bool missing = strcmp(v->name, "(missing)") == 0;
            for (int p = EH_PART_TRAIN; p <= EH_PART_TEST; p++) {
                rest -= v->count[p];
                if (v->count[p])
                    eh_json_push(&cells, json_pack("{s:s, s:I, s:s?, s:I}", "split", eh_part_name((eh_part)p),
                                                   "group", (json_int_t)(i / label->values), "label",
                                                   missing ? NULL : v->name, "n", (json_int_t)v->count[p]));
            }
            if (rest)
                eh_json_push(&cells, json_pack("{s:s, s:I, s:s?, s:I}", "split", "in no part", "group",
                                               (json_int_t)(i / label->values), "label",
                                               missing ? NULL : v->name, "n", (json_int_t)rest));
        }
        eh_json_push(&list, json_pack("{s:s, s:o}", "column", label->name, "cells", cells));
    }
    return list;
}

static json_t *splits_json(const eh_data_counts *c)
{
    json_t *list = json_array();
    for (int p = EH_PART_TRAIN; p <= EH_PART_TEST; p++)
        if (c->part[p])
            eh_json_push(&list, json_pack("{s:s, s:I}", "name", eh_part_name((eh_part)p), "n",
                                          (json_int_t)c->part[p]));
    if (c->part[EH_PART_NONE])
        eh_json_push(&list,
                     json_pack("{s:s, s:I}", "name", "in no part", "n", (json_int_t)c->part[EH_PART_NONE]));
    return list;
}

static json_t *data_json(const eh_data_stats *s, const char *name, json_t *skipped)
{
    json_t *columns = json_array();
    for (size_t i = 0; i < s->counts.columns; i++)
        eh_json_push(&columns, column_json(&s->counts.column[i]));
    return json_pack("{s:o, s:I, s:o, s:o, s:s?, s:s?, s:o, s:o}", "name", eh_json_text(name), "images",
                     (json_int_t)s->counts.images, "columns", columns, "splits", splits_json(&s->counts),
                     "split_rule", s->split.description, "where", s->where, "counts", counts_json(&s->counts),
                     "skipped", skipped);
}

/* "photos/faces.eh" is the data set "faces". */
static const char *data_name(eh_arena *arena, const char *path)
{
    const char *file = eh_path_name(path);
    size_t size = strlen(file) - (eh_ends_with(file, ".eh") ? 3 : 0);
    return eh_arena_printf(arena, "%.*s", (int)size, file);
}

static json_t *command_json(const eh_data_results_opts *o, const char *path)
{
    json_t *list = json_array();
    for (size_t i = 0; i < o->command_words; i++)
        eh_json_push(&list, eh_json_text(o->command[i]));
    if (o->command_words)
        return list;
    eh_json_push(&list, json_string("evenhand"));
    eh_json_push(&list, json_string("report"));
    eh_json_push(&list, eh_json_text(path));
    return list;
}

/* The document around `data` (taken over). */
static json_t *document(const eh_data_stats *s, const char *name, json_t *data, const char *hash,
                        const eh_data_results_opts *o, const char *path, double seconds)
{
    char created[21];
    static const char *const all[] = { "all" };
    eh_time_rfc3339(created);
    json_t *columns = json_array();
    const char **group = eh_alloc(s->counts.groups + 1, sizeof *group);
    for (size_t g = 0; group && g < s->counts.groups; g++)
        group[g] = s->counts.group[g].name;
    for (size_t i = 0; i < s->group_columns; i++)
        eh_json_push(&columns, eh_json_text(s->group_column[i]));
    json_t *groups =
        !group ? NULL
               : eh_results_groups(s->counts.groups ? s->counts.groups : 1, s->group_columns,
                                   s->counts.groups ? (const char *const *)group : all,
                                   (const char *const *)s->group_value, (const char *const *)s->group_column);
    eh_free((void *)group);
    return json_pack("{s:s, s:i, s:s, s:o, s:o, s:s, s:s, s:o, s:I, s:{s:s, s:n, s:n, s:n}, s:o, s:o, s:o, "
                     "s:{s:[], s:o}, s:n, s:n, s:n, s:n, s:[], s:{s:f, s:[]}, s:I}",
                     "format", "evenhand-results", "format_version", 1, "kind", "data", "id",
                     eh_json_text(name), "name", eh_json_text(name), "created", created, "evenhand_version",
                     eh_version(), "command", command_json(o, path), "seed", (json_int_t)o->seed, "hashes",
                     "catalog", hash, "predictions", "recipe", "weights", "environment",
                     eh_results_environment(), "data", data, "groups", groups, "task", "heads",
                     "group_columns", columns, "model", "method", "selection", "training", "evaluation",
                     "timings", "total", seconds, "phases", "peak_memory", (json_int_t)eh_peak_memory());
}

/* Collects skipped items by reason, with up to 10 of each. */
static int visit_skipped(void *user, const char *item, const char *reason)
{
    json_t *list = user, *one = NULL, *found = NULL;
    size_t i;
    json_array_foreach(list, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "reason")), reason) == 0)
            found = one;
    }
    if (!found) {
        found = json_pack("{s:o, s:i, s:[]}", "reason", eh_json_text(reason), "n", 0, "examples");
        if (!found || json_array_append_new(list, found) != 0)
            return 1;
    }
    json_t *examples = json_object_get(found, "examples");
    json_int_t n = json_integer_value(json_object_get(found, "n"));
    if (json_array_size(examples) < 10 && json_array_append_new(examples, eh_json_text(item)) != 0)
        return 1;
    return json_object_set_new(found, "n", json_integer(n + 1)) != 0;
}

eh_status eh_results_from_catalog(json_t **out, const char *path, const eh_data_results_opts *given,
                                  eh_progress *progress, eh_error *err)
{
    eh_data_results_opts own = *given, *opts = &own;
    double started = eh_seconds();
    eh_catalog *catalog = NULL;
    eh_data_stats *stats = NULL;
    json_t *data = NULL, *skipped = json_array();
    eh_arena *arena = eh_arena_new();
    char hash[65];
    eh_status status;
    *out = NULL;
    const char *name = !arena ? NULL : opts->name ? opts->name : data_name(arena, path);
    if (!name || !skipped) {
        status = fail_json(err);
        goto done;
    }
    EH_TRY_GOTO(status, eh_catalog_open(&catalog, path, err));
    if (opts->groups.count == 0)
        EH_TRY_GOTO(status, eh_default_columns(&opts->groups, &opts->labels, catalog, arena, progress, err));
    EH_TRY_GOTO(status, eh_catalog_hash(hash, catalog, err));
    EH_TRY_GOTO(status, make_stats(&stats, arena, catalog, opts, true, err));
    EH_TRY_GOTO(status, eh_catalog_each_skipped(catalog, visit_skipped, skipped, err));
    data = data_json(stats, name, skipped);
    skipped = NULL;
    EH_TRY_GOTO(status, data ? add_parts(data, stats, catalog, opts, progress, err) : fail_json(err));
    *out = document(stats, name, data, hash, opts, path, eh_seconds() - started);
    data = NULL;
    status = *out ? EH_OK : fail_json(err);
done:
    json_decref(data);
    json_decref(skipped);
    eh_data_stats_free(stats);
    eh_catalog_close(catalog);
    eh_arena_free(arena);
    return status;
}

bool eh_is_catalog(const char *path)
{
    char head[16] = "";
    FILE *file = eh_path_is_folder(path) ? NULL : fopen(path, "rb");
    size_t size = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    return size == sizeof head && memcmp(head, "SQLite format 3", sizeof head) == 0;
}
