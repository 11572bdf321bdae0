/* split_scheme.c - writing splits, choosing one, and saying how it was made.
 *
 * scheme.options is a JSON object, so that a program can ask later by whom the split was grouped:
 *     {"ratios": [0.7, 0.15, 0.15], "folds": 5, "fold": 2, "stratify": ["hair"], "by": ["person"], "where": "age>3", "seed": 1, "keep_test": true}
 * Members that do not apply are left out. Anything else in the column is a sentence and shown as it is ("as the source says").
 */
#include "data/split_scheme.h"

#include "base/json.h"
#include "base/str.h"
#include "evenhand/query.h"

#include <string.h>

/* ---------------------------------------------------------------- options as JSON */

static json_t *list_json(const eh_str_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < list->count; i++)
        if (json_array_append_new(array, json_string(list->item[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    return array;
}

static json_t *options_json(const eh_split_opts *o, int64_t fold)
{
    json_t *json = json_object();
    bool complete = json != NULL;
    if (o->folds)
        complete = complete && eh_json_set(json, "folds", json_integer(o->folds)) &&
                   eh_json_set(json, "fold", json_integer(fold));
    else
        complete =
            complete && eh_json_set(json, "ratios", json_pack("[f, f, f]", o->train, o->valid, o->test));
    if (o->stratify.count)
        complete = complete && eh_json_set(json, "stratify", list_json(&o->stratify));
    if (o->by.count)
        complete = complete && eh_json_set(json, "by", list_json(&o->by));
    if (o->where)
        complete = complete && eh_json_set(json, "where", json_string(eh_query_text(o->where)));
    complete = complete && eh_json_set(json, "seed", json_integer((json_int_t)o->seed));
    if (o->keep_test)
        complete = complete && eh_json_set(json, "keep_test", json_true());
    if (complete)
        return json;
    json_decref(json);
    return NULL;
}

static void append_list(eh_str *out, const char *before, const json_t *list, const char *between)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        eh_str_appendf(out, "%s%s", i ? between : before, json_string_value(json_array_get(list, i)));
}

/* "70/15/15 %, stratified by hair x gender, whole person, seed 1". */
static void describe(eh_str *out, const json_t *o)
{
    const json_t *ratios = json_object_get(o, "ratios");
    json_int_t folds = json_integer_value(json_object_get(o, "folds"));
    bool kept = json_is_true(json_object_get(o, "keep_test"));
    if (folds)
        eh_str_appendf(out, "fold %lld of %lld", (long long)json_integer_value(json_object_get(o, "fold")),
                       (long long)folds);
    for (size_t i = 0; i < json_array_size(ratios); i++)
        eh_str_appendf(out, "%s%.4g", i ? "/" : "", 100 * json_number_value(json_array_get(ratios, i)));
    if (json_array_size(ratios))
        eh_str_append(out, " %");
    append_list(out, ", stratified by ", json_object_get(o, "stratify"), " x ");
    append_list(out, ", whole ", json_object_get(o, "by"), " and ");
    if (json_object_get(o, "where"))
        eh_str_appendf(out, ", only where %s", json_string_value(json_object_get(o, "where")));
    eh_str_appendf(out, ", seed %lld%s", (long long)json_integer_value(json_object_get(o, "seed")),
                   kept ? ", test part kept" : "");
}

/* ---------------------------------------------------------------- writing */

static eh_part part_of(const eh_split_rows *r, const eh_split_opts *o, int64_t fold, size_t row)
{
    if (r->kept && r->kept[row])
        return EH_PART_TEST;
    if (!o->folds)
        return (eh_part)(EH_PART_TRAIN + r->block[row]);
    int64_t block = r->block[row] + 1;
    if (block == fold)
        return o->keep_test ? EH_PART_VALID : EH_PART_TEST;
    return !o->keep_test && o->folds > 2 && block == fold % o->folds + 1 ? EH_PART_VALID : EH_PART_TRAIN;
}

static eh_status insert_scheme(eh_catalog *c, const char *name, const char *options, sqlite3_int64 *id,
                               eh_error *err)
{
    sqlite3_stmt *stmt;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path, "INSERT INTO scheme (name, options) VALUES (?, ?)", err));
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, options, -1, SQLITE_STATIC);
    eh_status status = eh_sql_step(stmt, c->path, err);
    *id = sqlite3_last_insert_rowid(c->db);
    sqlite3_finalize(stmt);
    return status;
}

static eh_status write_scheme(eh_catalog *c, const eh_split_rows *r, const eh_split_opts *o, int64_t fold,
                              eh_progress *progress, eh_error *err)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3_int64 id;
    char name[32] = "made";
    eh_str options = { 0 };
    json_t *json = options_json(o, fold);
    eh_status status;
    if (o->folds)
        snprintf(name, sizeof name, "fold-%lld", (long long)fold);
    if (json)
        eh_json_append(&options, json, false);
    options.failed |= !json;
    json_decref(json);
    EH_TRY_GOTO(status, eh_str_check(&options, err));
    EH_TRY_GOTO(status, insert_scheme(c, name, eh_str_text(&options), &id, err));
    EH_TRY_GOTO(status, eh_sql_prepare(&stmt, c->db, c->path, "INSERT INTO split VALUES (?, ?, ?)", err));
    for (size_t row = 0; row < r->rows; row++) {
        sqlite3_bind_int64(stmt, 1, id);
        sqlite3_bind_int64(stmt, 2, r->image[row]);
        sqlite3_bind_int(stmt, 3, (int)part_of(r, o, fold, row));
        EH_TRY_GOTO(status, eh_sql_step(stmt, c->path, err));
        if (row % 4096 == 4095)
            eh_progress_update(progress, row + 1, NULL);
    }
done:
    sqlite3_finalize(stmt);
    eh_str_clear(&options);
    return status;
}

static eh_status write_all(eh_catalog *c, const eh_split_rows *r, const eh_split_opts *o,
                           eh_progress *progress, eh_error *err)
{
    EH_TRY(eh_sql_exec(c->db, c->path,
                       o->folds
                           ? "DELETE FROM split WHERE scheme IN (SELECT id FROM scheme WHERE name GLOB "
                             "'fold-*');"
                             "DELETE FROM scheme WHERE name GLOB 'fold-*';"
                             "REPLACE INTO meta VALUES ('scheme', 'fold-1');"
                           : "DELETE FROM split WHERE scheme = (SELECT id FROM scheme WHERE name = 'made');"
                             "DELETE FROM scheme WHERE name = 'made';"
                             "REPLACE INTO meta VALUES ('scheme', 'made');",
                       err));
    for (int64_t fold = 1; fold <= (o->folds ? o->folds : 1); fold++)
        EH_TRY(write_scheme(c, r, o, fold, progress, err));
    return EH_OK;
}

eh_status eh_split_write(eh_catalog *catalog, const eh_split_rows *rows, const eh_split_opts *opts,
                         eh_progress *progress, eh_error *err)
{
    pthread_mutex_lock(&catalog->lock);
    eh_status status = eh_sql_exec(catalog->db, catalog->path, "BEGIN IMMEDIATE", err);
    if (status == EH_OK) {
        status = write_all(catalog, rows, opts, progress, err);
        if (status == EH_OK)
            status = eh_sql_exec(catalog->db, catalog->path, "COMMIT", err);
        if (status != EH_OK)
            sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL); /* SQLite may have done so itself */
    }
    if (status == EH_OK)
        catalog->scheme = NULL; /* what was written now counts */
    pthread_mutex_unlock(&catalog->lock);
    return status;
}

/* ---------------------------------------------------------------- asking and choosing */

/* One text of the row that the statement gives, in the arena; NULL without a row. */
static eh_status text_of(sqlite3_stmt *stmt, const char *path, eh_arena *arena, const char **name,
                         const char **options, eh_error *err)
{
    int code = sqlite3_step(stmt);
    *name = *options = NULL;
    if (code == SQLITE_DONE)
        return EH_OK;
    if (code != SQLITE_ROW)
        return eh_sql_fail(sqlite3_db_handle(stmt), path, err);
    *name = eh_arena_strdup(arena, (const char *)sqlite3_column_text(stmt, 0));
    *options = eh_arena_strdup(arena, (const char *)sqlite3_column_text(stmt, 1));
    return *name && *options ? EH_OK : eh_fail_memory(err, "a split's name", 1, 64);
}

static eh_status read_info(eh_split_info *out, eh_arena *arena, const char *options, eh_error *err)
{
    json_t *json = json_loads(options, 0, NULL);
    out->description = options;
    if (!json_is_object(json)) {
        json_decref(json);
        return EH_OK;
    }
    eh_str text = { 0 };
    const json_t *by = json_object_get(json, "by");
    describe(&text, json);
    out->description = eh_arena_strdup(arena, eh_str_text(&text));
    out->fold = json_integer_value(json_object_get(json, "fold"));
    out->folds = json_integer_value(json_object_get(json, "folds"));
    out->by.count = json_array_size(by);
    out->by.item = eh_arena_alloc(arena, out->by.count, sizeof *out->by.item);
    bool complete = !text.failed && out->description && out->by.item;
    for (size_t i = 0; complete && i < out->by.count; i++)
        complete =
            (out->by.item[i] = eh_arena_strdup(arena, json_string_value(json_array_get(by, i)))) != NULL;
    eh_str_clear(&text);
    json_decref(json);
    return complete ? EH_OK : eh_fail_memory(err, "a split's description", 1, 64);
}

eh_status eh_catalog_split_info(eh_split_info *out, eh_arena *arena, eh_catalog *catalog, eh_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int64_t scheme = 0;
    const char *options = NULL;
    *out = (eh_split_info){ 0 };
    pthread_mutex_lock(&catalog->lock);
    eh_status status = eh_catalog_scheme(catalog, &scheme, err);
    if (status == EH_OK)
        status = eh_sql_prepare(&stmt, catalog->db, catalog->path,
                                "SELECT name, options FROM scheme WHERE id = ?", err);
    if (status == EH_OK) {
        sqlite3_bind_int64(stmt, 1, scheme);
        status = text_of(stmt, catalog->path, arena, &out->name, &options, err);
    }
    sqlite3_finalize(stmt);
    pthread_mutex_unlock(&catalog->lock);
    return status == EH_OK && out->name ? read_info(out, arena, options, err) : status;
}

/* The names of all splits, for a message. */
static eh_status list_splits(eh_str *out, eh_catalog *c, eh_error *err)
{
    sqlite3_stmt *stmt;
    int code;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path, "SELECT name FROM scheme ORDER BY id", err));
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
        eh_str_appendf(out, "%s%s", out->size ? ", " : "", (const char *)sqlite3_column_text(stmt, 0));
    eh_status status = code == SQLITE_DONE ? EH_OK : eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

eh_status eh_catalog_use_split(eh_catalog *catalog, const char *name, eh_error *err)
{
    sqlite3_stmt *stmt = NULL;
    eh_str list = { 0 };
    pthread_mutex_lock(&catalog->lock);
    eh_status status;
    EH_TRY_GOTO(status, eh_sql_prepare(&stmt, catalog->db, catalog->path,
                                       "SELECT 1 FROM scheme WHERE name = ?", err));
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        catalog->scheme = eh_arena_strdup(catalog->arena, name);
        if (!catalog->scheme)
            status = eh_fail_memory(err, "a split's name", 1, 64);
    } else if (code == SQLITE_DONE) {
        EH_TRY_GOTO(status, list_splits(&list, catalog, err));
        status = eh_fail(err, EH_ERR_USAGE, "the catalog %s has no split '%s'; it has %s%s", catalog->path,
                         name, list.size ? eh_str_text(&list) : "none",
                         eh_starts_with(name, "fold-") ? "; 'evenhand split --folds K' makes fold-1 to fold-K"
                                                       : "");
    } else {
        status = eh_sql_fail(catalog->db, catalog->path, err);
    }
done:
    pthread_mutex_unlock(&catalog->lock);
    sqlite3_finalize(stmt);
    eh_str_clear(&list);
    return status;
}
