/* results_cleaning.c - what cleaning found in a catalog and what it took out, for results.json.
 *
 * Findings about quarantined images are told too: what was removed is what the section is about. So the tables are asked directly,
 * where eh_findings_load gives findings about usable images alone.
 */
#include "report/results_data.h"

#include "base/json.h"
#include "base/str.h"
#include "clean/planted.h"
#include "data/catalog_store.h"
#include "report/results_parts.h"

#include <string.h>

enum { MEMBERS_SHOWN = 12 };

static eh_status fail_json(eh_error *err)
{
    return eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing results.json.");
}

/* ---------------------------------------------------------------- counts */

/* One object a check: findings by severity, and images that it is about (keepers not counted). */
static eh_status checks_json(json_t **out, eh_catalog *c, eh_error *err)
{
    sqlite3_stmt *stmt;
    int code;
    *out = json_array();
    EH_TRY(
        eh_sql_prepare(&stmt, c->db, c->path,
                       "SELECT \"check\", sum(severity = 'error'), sum(severity = 'warning'), "
                       "sum(severity = 'note'), count(DISTINCT CASE WHEN action <> 'keep' THEN image END), "
                       "count(DISTINCT cluster) FROM finding GROUP BY 1 ORDER BY 1",
                       err));
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
        eh_json_push(out, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "name",
                                    (const char *)sqlite3_column_text(stmt, 0), "errors",
                                    (json_int_t)sqlite3_column_int64(stmt, 1), "warnings",
                                    (json_int_t)sqlite3_column_int64(stmt, 2), "notes",
                                    (json_int_t)sqlite3_column_int64(stmt, 3), "images",
                                    (json_int_t)sqlite3_column_int64(stmt, 4), "clusters",
                                    (json_int_t)sqlite3_column_int64(stmt, 5)));
    eh_status status = code != SQLITE_DONE ? eh_sql_fail(c->db, c->path, err) : *out ? EH_OK : fail_json(err);
    sqlite3_finalize(stmt);
    return status;
}

/* Steps of plans that are in force: how many images they took out and values they corrected. */
static eh_status applied_json(json_t **out, eh_catalog *c, eh_error *err)
{
    sqlite3_stmt *stmt;
    *out = NULL;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path,
                          "SELECT count(DISTINCT step), sum(\"column\" IS NULL), sum(\"column\" IS NOT NULL) "
                          "FROM plan WHERE undone IS NULL",
                          err));
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *out = json_pack("{s:I, s:I, s:I}", "steps", (json_int_t)sqlite3_column_int64(stmt, 0), "quarantined",
                         (json_int_t)sqlite3_column_int64(stmt, 1), "relabelled",
                         (json_int_t)sqlite3_column_int64(stmt, 2));
    eh_status status = *out ? EH_OK : eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

/* Images of every group before and after what was taken out. */
static eh_status removed_json(json_t **out, eh_catalog *catalog, const eh_data_results_opts *o, eh_error *err)
{
    eh_query *both = NULL;
    eh_frame *frame = NULL;
    eh_groups *groups = NULL;
    const eh_frame_column *status_column;
    eh_status status;
    *out = json_array();
    eh_arena *arena = eh_arena_new();
    const char **name = arena ? eh_arena_alloc(arena, o->groups.count + 1, sizeof *name) : NULL;
    uint64_t *before = NULL;
    if (!name) {
        status = fail_json(err);
        goto done;
    }
    for (size_t i = 0; i < o->groups.count; i++)
        name[i] = o->groups.item[i];
    name[o->groups.count] = "image.status";
    EH_TRY_GOTO(status, eh_query_parse(&both, "image.status in (ok, quarantined)", err));
    EH_TRY_GOTO(status, eh_frame_load_where(&frame, catalog, name, o->groups.count + 1, both, err));
    EH_TRY_GOTO(status, eh_frame_find(&status_column, frame, "image.status", err));
    EH_TRY_GOTO(status, eh_groups_make(&groups, frame, o->groups.item, o->groups.count, err));
    before = eh_alloc(2 * groups->count, sizeof *before);
    if (!before) {
        status = fail_json(err);
        goto done;
    }
    for (size_t row = 0; row < frame->rows; row++) {
        before[groups->of_row[row]]++;
        before[groups->count + (size_t)groups->of_row[row]] += status_column->cls[row] == 0;
    }
    for (size_t g = 0; g < groups->count; g++)
        eh_json_push(out, json_pack("{s:s, s:I, s:I}", "group", groups->name[g], "before",
                                    (json_int_t)before[g], "after", (json_int_t)before[groups->count + g]));
    status = *out ? EH_OK : fail_json(err);
done:
    eh_free(before);
    eh_groups_free(groups);
    eh_frame_free(frame);
    eh_query_free(both);
    eh_arena_free(arena);
    return status;
}

/* ---------------------------------------------------------------- galleries */

/* Which findings are shown: of each check the clusters (or single findings) of highest score. */
static const char gallery_sql[] =
    "SELECT \"check\", coalesce(cluster, -id) AS heap, max(score) AS best FROM finding GROUP BY 1, 2 "
    "ORDER BY 1, best DESC, heap";
/* The last column: 1 for the other image of a finding that stands alone, such as the one in training that a test image is a copy of. */
static const char member_sql[] =
    "SELECT * FROM (SELECT f.image AS image, f.action AS action, f.severity, f.score AS score, f.evidence, "
    "i.status, i.path, f.\"column\", f.suggestion, 0 AS other FROM finding f JOIN image i ON i.id = f.image "
    "WHERE f.\"check\" = ?1 AND coalesce(f.cluster, -f.id) = ?2 UNION ALL "
    "SELECT f.other, 'keep', f.severity, f.score, '{}', i.status, i.path, NULL, NULL, 1 "
    "FROM finding f JOIN image i ON i.id = f.other WHERE f.\"check\" = ?1 AND f.cluster IS NULL AND "
    "f.id = -?2) ORDER BY other, action <> 'keep', score DESC, image";

static const char *text_of(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);
    return text ? text : "";
}

static json_t *member_json(sqlite3_stmt *stmt)
{
    json_t *evidence = json_loads(text_of(stmt, 4), 0, NULL);
    return json_pack("{s:I, s:o, s:s, s:s, s:f, s:o, s:b, s:s?, s:s?, s:n, s:b}", "image",
                     (json_int_t)sqlite3_column_int64(stmt, 0), "file", eh_json_text(text_of(stmt, 6)),
                     "action", text_of(stmt, 1), "severity", text_of(stmt, 2), "score",
                     sqlite3_column_double(stmt, 3), "evidence", evidence ? evidence : json_object(),
                     "removed", strcmp(text_of(stmt, 5), "quarantined") == 0, "column",
                     (const char *)sqlite3_column_text(stmt, 7), "suggestion",
                     (const char *)sqlite3_column_text(stmt, 8), "thumbnail", "other",
                     sqlite3_column_int(stmt, 9));
}

/* Members of one cluster, without thumbnails; *count: how many there are. */
static eh_status members_json(json_t **out, size_t *count, eh_catalog *c, sqlite3_stmt *stmt,
                              const char *check, int64_t heap, eh_error *err)
{
    int code;
    *out = json_array();
    *count = 0;
    sqlite3_reset(stmt);
    sqlite3_bind_text(stmt, 1, check, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(stmt, 2, heap);
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
        if ((*count)++ < MEMBERS_SHOWN)
            eh_json_push(out, member_json(stmt));
    return code != SQLITE_DONE ? eh_sql_fail(c->db, c->path, err) : *out ? EH_OK : fail_json(err);
}

/* The galleries without pictures; the caller holds the lock. */
static eh_status list_galleries(json_t **out, eh_catalog *c, size_t most, eh_error *err)
{
    sqlite3_stmt *heaps = NULL, *members = NULL;
    char check[128] = "";
    size_t shown = 0, count;
    int code;
    eh_status status;
    *out = json_array();
    EH_TRY_GOTO(status, eh_sql_prepare(&heaps, c->db, c->path, gallery_sql, err));
    EH_TRY_GOTO(status, eh_sql_prepare(&members, c->db, c->path, member_sql, err));
    while ((code = sqlite3_step(heaps)) == SQLITE_ROW) {
        if (strcmp(check, text_of(heaps, 0)) != 0) {
            snprintf(check, sizeof check, "%s", text_of(heaps, 0));
            shown = 0;
        }
        if (shown++ >= most)
            continue;
        json_t *items;
        EH_TRY_GOTO(status,
                    members_json(&items, &count, c, members, check, sqlite3_column_int64(heaps, 1), err));
        eh_json_push(out, json_pack("{s:s, s:f, s:I, s:o}", "check", check, "score",
                                    sqlite3_column_double(heaps, 2), "members", (json_int_t)count, "items",
                                    items));
    }
    status = code != SQLITE_DONE ? eh_sql_fail(c->db, c->path, err) : *out ? EH_OK : fail_json(err);
done:
    sqlite3_finalize(heaps);
    sqlite3_finalize(members);
    return status;
}

/* Puts a thumbnail into every item. The lock is free: reading images takes it. */
static void add_thumbnails(json_t *galleries, eh_catalog *catalog, eh_progress *progress)
{
    const eh_pixels pixels = { .catalog = catalog };
    size_t i, k;
    json_t *gallery, *item;
    json_array_foreach(galleries, i, gallery)
    {
        json_array_foreach(json_object_get(gallery, "items"), k, item)
        {
            char key[32];
            snprintf(key, sizeof key, "%lld", (long long)json_integer_value(json_object_get(item, "image")));
            json_t *thumbnail =
                eh_results_thumbnail(&pixels, key, json_string_value(json_object_get(item, "file")),
                                     progress);
            if (thumbnail)
                json_object_set_new(item, "thumbnail", thumbnail);
        }
    }
}

/* Adds how many of the planted defects were found. */
static eh_status add_planted(json_t *cleaning, eh_catalog *catalog, const char *path, eh_error *err)
{
    eh_findings *findings = NULL;
    eh_planted *planted = NULL;
    json_t *list = json_array();
    eh_status status;
    EH_TRY_GOTO(status, eh_findings_load_all(&findings, catalog, err));
    EH_TRY_GOTO(status, eh_planted_count(&planted, path, catalog, findings, NULL, 0, err));
    for (size_t i = 0; i < planted->kinds; i++) {
        const eh_planted_kind *k = &planted->kind[i];
        eh_json_push(&list,
                     json_pack("{s:s, s:I, s:I, s:I}", "defect", k->defect, "planted", (json_int_t)k->planted,
                               "reported", (json_int_t)k->reported, "found", (json_int_t)k->found));
    }
    if (!list || json_object_set(cleaning, "planted", list) != 0)
        status = fail_json(err);
done:
    json_decref(list);
    eh_planted_free(planted);
    eh_findings_free(findings);
    return status;
}

eh_status eh_results_cleaning(json_t **out, eh_catalog *catalog, const eh_data_results_opts *o,
                              eh_progress *progress, eh_error *err)
{
    json_t *checks = NULL, *applied = NULL, *galleries = json_array(), *removed = NULL;
    eh_status status = EH_OK;
    *out = NULL;
    if (catalog->version >= 2) { /* older ones were never checked */
        pthread_mutex_lock(&catalog->lock);
        status = checks_json(&checks, catalog, err);
        if (status == EH_OK)
            status = applied_json(&applied, catalog, err);
        if (status == EH_OK && o->galleries) {
            json_decref(galleries);
            status = list_galleries(&galleries, catalog, o->galleries, err);
        }
        pthread_mutex_unlock(&catalog->lock);
    }
    if (status == EH_OK && json_array_size(checks) == 0 &&
        json_integer_value(json_object_get(applied, "steps")) == 0) {
        *out = json_null();
        goto done;
    }
    if (status == EH_OK)
        status = removed_json(&removed, catalog, o, err);
    if (status != EH_OK)
        goto done;
    add_thumbnails(galleries, catalog, progress);
    *out = json_pack("{s:o, s:o, s:o, s:o}", "checks", checks, "applied", applied, "groups", removed,
                     "galleries", galleries);
    checks = applied = removed = galleries = NULL;
    status = *out ? EH_OK : fail_json(err);
    if (status == EH_OK && o->planted)
        status = add_planted(*out, catalog, o->planted, err);
    if (status != EH_OK) {
        json_decref(*out);
        *out = NULL;
    }
done:
    json_decref(checks);
    json_decref(applied);
    json_decref(removed);
    json_decref(galleries);
    return status;
}
