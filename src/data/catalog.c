/* catalog.c - opening a catalog and asking it about its columns, images and skipped items. */
#include "data/catalog_store.h"

#include "base/file.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_word[] = { "class", "number", "text", "mask" };

const char *eh_part_name(eh_part part)
{
    static const char *const name[] = { "none", "train", "valid", "test" };
    return (unsigned)part < 4 ? name[part] : "none";
}

bool eh_part_parse(eh_part *out, const char *text)
{
    static const struct {
        const char *word;
        eh_part part;
    } words[] = {
        { "none", EH_PART_NONE },        { "train", EH_PART_TRAIN },     { "training", EH_PART_TRAIN },
        { "valid", EH_PART_VALID },      { "val", EH_PART_VALID },       { "dev", EH_PART_VALID },
        { "validation", EH_PART_VALID }, { "test", EH_PART_TEST },       { "testing", EH_PART_TEST },
        { "eval", EH_PART_TEST },        { "evaluation", EH_PART_TEST },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *a = text, *b = words[i].word;
        while (*a && *b && ((*a >= 'A' && *a <= 'Z') ? *a + 32 : *a) == *b)
            a++, b++;
        if (!*a && !*b) {
            *out = words[i].part;
            return true;
        }
    }
    return false;
}

/* One integer from a statement without parameters. */
static eh_status query_int(eh_catalog *c, const char *sql, int64_t *out, eh_error *err)
{
    sqlite3_stmt *stmt;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path, sql, err));
    eh_status status = EH_OK;
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    else if (code == SQLITE_DONE)
        *out = 0;
    else
        status = eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

eh_status eh_catalog_meta(eh_catalog *catalog, const char *key, const char **out, eh_error *err)
{
    *out = NULL;
    sqlite3_stmt *stmt;
    EH_TRY(eh_sql_prepare(&stmt, catalog->db, catalog->path, "SELECT value FROM meta WHERE key = ?", err));
    eh_status status = EH_OK;
    sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);
        *out = eh_arena_strdup(catalog->arena, text ? text : "");
        if (!*out)
            status = eh_fail_memory(err, "a catalog", 1, 64);
    } else if (code != SQLITE_DONE) {
        status = eh_sql_fail(catalog->db, catalog->path, err);
    }
    sqlite3_finalize(stmt);
    return status;
}

eh_status eh_catalog_scheme(eh_catalog *catalog, int64_t *out, eh_error *err)
{
    if (!catalog->scheme)
        return query_int(catalog,
                         "SELECT s.id FROM meta m JOIN scheme s ON s.name = m.value WHERE m.key = 'scheme'",
                         out, err);
    sqlite3_stmt *stmt;
    EH_TRY(eh_sql_prepare(&stmt, catalog->db, catalog->path, "SELECT id FROM scheme WHERE name = ?", err));
    sqlite3_bind_text(stmt, 1, catalog->scheme, -1, SQLITE_STATIC);
    int code = sqlite3_step(stmt);
    *out = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    eh_status status =
        code == SQLITE_ROW || code == SQLITE_DONE ? EH_OK : eh_sql_fail(catalog->db, catalog->path, err);
    sqlite3_finalize(stmt);
    return status;
}

/* Refuses what is no catalog, or one that a newer program wrote. */
static eh_status check_header(eh_catalog *c, eh_error *err)
{
    int64_t application = 0, version = 0;
    EH_TRY(query_int(c, "PRAGMA application_id", &application, err));
    EH_TRY(query_int(c, "PRAGMA user_version", &version, err));
    if (application != EH_CATALOG_APPLICATION)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s is a database, but not a catalog; make one with 'evenhand import SOURCE -o "
                       "FILE.eh'",
                       c->path);
    if (version > EH_CATALOG_VERSION)
        return eh_fail(err, EH_ERR_INPUT,
                       "the catalog %s has version %lld and was written by a newer evenhand; this one reads "
                       "up to version %d: "
                       "update evenhand or import the data set again",
                       c->path, (long long)version, EH_CATALOG_VERSION);
    c->version = (int)version;
    return EH_OK;
}

/* Class names of column `id`, which must be numbered 0, 1, 2 ... */
static eh_status load_classes(eh_catalog *c, sqlite3_stmt *stmt, int64_t id, eh_column_info *column,
                              eh_error *err)
{
    size_t capacity = 0;
    const char **name = NULL;
    eh_status status = EH_OK;
    int code;
    column->classes = 0;
    sqlite3_reset(stmt);
    sqlite3_bind_int64(stmt, 1, id);
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (column->classes == capacity) {
            size_t next = capacity ? capacity * 2 : 16;
            const char **wider = eh_arena_alloc(c->arena, next, sizeof *wider);
            if (!wider)
                return eh_fail_memory(err, "class names", next, sizeof *wider);
            if (capacity)
                memcpy((void *)wider, (const void *)name, capacity * sizeof *name);
            name = wider;
            capacity = next;
        }
        const char *text = (const char *)sqlite3_column_text(stmt, 1);
        if (sqlite3_column_int64(stmt, 0) != (sqlite3_int64)column->classes || !text)
            return eh_fail(err, EH_ERR_INPUT,
                           "the catalog %s is damaged: the classes of column '%s' are not numbered from 0; "
                           "import the data "
                           "set again",
                           c->path, column->name);
        name[column->classes] = eh_arena_strdup(c->arena, text);
        if (!name[column->classes++])
            return eh_fail_memory(err, "class names", 1, 64);
    }
    if (code != SQLITE_DONE)
        status = eh_sql_fail(c->db, c->path, err);
    column->class_name = name;
    return status;
}

static eh_status load_columns(eh_catalog *c, eh_error *err)
{
    sqlite3_stmt *stmt = NULL, *classes = NULL;
    eh_status status;
    int64_t count = 0;
    EH_TRY(query_int(c, "SELECT count(*) FROM \"column\"", &count, err));
    if (count > EH_CATALOG_MAX_COLUMNS)
        return eh_fail(err, EH_ERR_LIMIT, "the catalog %s says it has %lld columns; at most %d are allowed",
                       c->path, (long long)count, EH_CATALOG_MAX_COLUMNS);
    c->column = eh_arena_alloc(c->arena, (size_t)count, sizeof *c->column);
    if (!c->column)
        return eh_fail_memory(err, "the columns of a catalog", (size_t)count, sizeof *c->column);
    EH_TRY_GOTO(status, eh_sql_prepare(&stmt, c->db, c->path,
                                       "SELECT id, name, kind FROM \"column\" ORDER BY id", err));
    EH_TRY_GOTO(status,
                eh_sql_prepare(&classes, c->db, c->path,
                               "SELECT value, name FROM class WHERE \"column\" = ? ORDER BY value", err));
    int code;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW && c->columns < (size_t)count) {
        eh_column_info *column = &c->column[c->columns];
        const char *name = (const char *)sqlite3_column_text(stmt, 1),
                   *kind = (const char *)sqlite3_column_text(stmt, 2);
        int k = 0;
        while (k < 4 && (!kind || strcmp(kind, kind_word[k]) != 0))
            k++;
        if (k == 4 || !name || sqlite3_column_int64(stmt, 0) != (sqlite3_int64)c->columns) {
            status = eh_fail(err, EH_ERR_INPUT,
                             "the catalog %s is damaged: its table of columns; import the data set again",
                             c->path);
            goto done;
        }
        column->kind = (eh_column_kind)k;
        column->name = eh_arena_strdup(c->arena, name);
        if (!column->name) {
            status = eh_fail_memory(err, "the columns of a catalog", 1, 64);
            goto done;
        }
        if (column->kind == EH_COLUMN_CLASS || column->kind == EH_COLUMN_MASK)
            EH_TRY_GOTO(status, load_classes(c, classes, (int64_t)c->columns, column, err));
        c->columns++;
    }
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        status = eh_sql_fail(c->db, c->path, err);
done:
    sqlite3_finalize(stmt);
    sqlite3_finalize(classes);
    return status;
}

static eh_status load_root(eh_catalog *c, eh_error *err)
{
    const char *root = NULL;
    EH_TRY(eh_catalog_meta(c, "root", &root, err));
    const char *folder = eh_path_folder(c->arena, c->path);
    c->root = folder ? eh_path_join(c->arena, folder, root ? root : ".") : NULL;
    if (!c->root)
        return eh_fail_memory(err, "a catalog", 1, 4096);
    return EH_OK;
}

eh_status eh_catalog_open(eh_catalog **out, const char *path, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_catalog *c = arena ? eh_arena_alloc(arena, 1, sizeof *c) : NULL;
    if (!c) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "a catalog", 1, sizeof *c);
    }
    eh_status status = EH_OK;
    c->arena = arena;
    pthread_mutex_init(&c->lock, NULL);
    c->path = eh_arena_strdup(arena, path);
    if (!c->path) {
        status = eh_fail_memory(err, "a catalog", 1, 64);
        goto done;
    }
    if (!eh_path_exists(path)) {
        status = eh_fail(err, EH_ERR_INPUT,
                         "there is no catalog %s; make one with 'evenhand import SOURCE -o FILE.eh'", path);
        goto done;
    }
    if (eh_path_is_folder(path)) {
        status = eh_fail(err, EH_ERR_INPUT,
                         "%s is a folder, not a catalog; import it first: 'evenhand import %s -o data.eh'",
                         path, path);
        goto done;
    }
    EH_TRY_GOTO(status, eh_sql_open(&c->db, path, SQLITE_OPEN_READWRITE, err));
    EH_TRY_GOTO(status, check_header(c, err));
    EH_TRY_GOTO(status, load_root(c, err));
    EH_TRY_GOTO(status, load_columns(c, err));
    int64_t images = 0;
    EH_TRY_GOTO(status, query_int(c, "SELECT count(*) FROM image WHERE status = 'ok'", &images, err));
    c->images = (uint64_t)images;
    *out = c;
    c = NULL;
done:
    eh_catalog_close(c);
    return status;
}

void eh_catalog_close(eh_catalog *catalog)
{
    if (!catalog)
        return;
    for (size_t i = 0; catalog->mask_values && i < catalog->columns; i++)
        if (catalog->mask_values[i]) {
            eh_mask_values_clear(catalog->mask_values[i]);
            eh_free(catalog->mask_values[i]);
        }
    for (eh_open_container *o = catalog->container; o; o = o->next)
        if (o->state && o->format->close)
            o->format->close(o->state);
    eh_source_close(catalog->source);
    sqlite3_finalize(catalog->locate);
    sqlite3_close(catalog->db);
    pthread_mutex_destroy(&catalog->lock);
    eh_arena_free(catalog->arena);
}

const char *eh_catalog_path(const eh_catalog *catalog)
{
    return catalog->path;
}

uint64_t eh_catalog_images(const eh_catalog *catalog)
{
    return catalog->images;
}

size_t eh_catalog_columns(const eh_catalog *catalog)
{
    return catalog->columns;
}

eh_column_info eh_catalog_column(const eh_catalog *catalog, size_t i)
{
    return catalog->column[i];
}

eh_status eh_catalog_find_column(size_t *out, const eh_catalog *catalog, const char *name, eh_error *err)
{
    for (size_t i = 0; i < catalog->columns; i++)
        if (strcmp(catalog->column[i].name, name) == 0) {
            *out = i;
            return EH_OK;
        }
    const char **names = eh_alloc(catalog->columns + 1, sizeof *names);
    if (!names)
        return eh_fail_memory(err, "column names", catalog->columns + 1, sizeof *names);
    eh_str list = { 0 };
    for (size_t i = 0; i < catalog->columns; i++) {
        names[i] = catalog->column[i].name;
        eh_str_appendf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = eh_nearest(name, names);
    eh_status status =
        near
            ? eh_fail(err, EH_ERR_USAGE, "the catalog %s has no column '%s'; did you mean '%s'? It has: %s",
                      catalog->path, name, near, eh_str_text(&list))
            : eh_fail(err, EH_ERR_USAGE, "the catalog %s has no column '%s'; it has: %s", catalog->path, name,
                      catalog->columns ? eh_str_text(&list) : "no columns at all (images without labels)");
    eh_str_clear(&list);
    eh_free((void *)names);
    return status;
}

eh_status eh_catalog_each_skipped(eh_catalog *catalog, eh_skipped_visit visit, void *user, eh_error *err)
{
    sqlite3_stmt *stmt;
    pthread_mutex_lock(&catalog->lock);
    eh_status status =
        eh_sql_prepare(&stmt, catalog->db, catalog->path,
                       "SELECT CASE container WHEN 'file' THEN path ELSE path || '#' || item END, reason "
                       "FROM (SELECT container, path, item, reason FROM image WHERE status = 'broken' "
                       "ORDER BY id) UNION ALL "
                       "SELECT item, reason FROM (SELECT item, reason FROM skipped ORDER BY id)",
                       err);
    if (status == EH_OK) {
        int code;
        while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
            const char *item = (const char *)sqlite3_column_text(stmt, 0);
            const char *reason = (const char *)sqlite3_column_text(stmt, 1);
            if (visit(user, item ? item : "", reason ? reason : "") != 0)
                break;
        }
        if (code != SQLITE_DONE && code != SQLITE_ROW)
            status = eh_sql_fail(catalog->db, catalog->path, err);
    }
    sqlite3_finalize(stmt);
    pthread_mutex_unlock(&catalog->lock);
    return status;
}
