/* query_sql.c - asking a query of a catalog: SQLite looks at the rows, so what is not wanted never comes into memory.
 *
 * Easy to get wrong: in SQL a comparison with NULL is NULL, and so is its negation, but NULL IN () is 0. So every test asks for NULL first, and is
 * true or false before anything is negated.
 */
#include "data/query_sql.h"

#include "data/image_property.h"
#include "data/query_tree.h"

#include <math.h>
#include <string.h>

typedef struct writer {
    eh_str *out;
    const eh_query *query;
    const eh_bound_test *test;
    const eh_frame_column *column;
    const char **sql; /* [columns] */
} writer;

static void append_classes(eh_str *out, const char *value, const eh_bound_test *t, size_t classes)
{
    size_t count = 0;
    eh_str_appendf(out, "%s IN (", value);
    for (size_t k = 0; k < classes; k++)
        if (t->cls[k])
            eh_str_appendf(out, "%s%zu", count++ ? "," : "", k);
    eh_str_append(out, ")");
}

static void append_intervals(eh_str *out, const char *value, const eh_bound_test *t)
{
    char low[EH_FLOAT_TEXT], high[EH_FLOAT_TEXT];
    for (size_t i = 0; i < t->count; i++) {
        const eh_bound_interval *range = &t->interval[i];
        eh_format_float(low, range->low);
        eh_format_float(high, range->high);
        eh_str_append(out, i ? " OR (" : "(");
        if (isfinite(range->low))
            eh_str_appendf(out, "%s %s %s", value, range->low_open ? ">" : ">=", low);
        if (isfinite(range->high))
            eh_str_appendf(out, "%s%s %s %s", isfinite(range->low) ? " AND " : "", value,
                           range->high_open ? "<" : "<=", high);
        eh_str_append(out, ")");
    }
}

static void append_texts(eh_str *out, const char *value, const eh_bound_test *t)
{
    for (size_t i = 0; i < t->count; i++) {
        char *quoted = sqlite3_mprintf("%Q", t->text[i].text);
        eh_str_appendf(out, "%s%s %s %s", i ? " OR " : "", value, t->text[i].pattern ? "GLOB" : "=",
                       quoted ? quoted : "");
        out->failed |= !quoted;
        sqlite3_free(quoted);
    }
}

static void append_test(const writer *w, const eh_bound_test *t)
{
    const eh_frame_column *c = &w->column[t->column];
    const char *value = w->sql[t->column];
    eh_str_appendf(w->out, "%sCASE WHEN %s IS NULL THEN %d ELSE ", t->negated ? "NOT " : "", value,
                   t->missing);
    if (c->kind == EH_COLUMN_CLASS)
        append_classes(w->out, value, t, c->classes);
    else if (t->count == 0)
        eh_str_append(w->out, "0");
    else if (c->kind == EH_COLUMN_NUMBER)
        append_intervals(w->out, value, t);
    else
        append_texts(w->out, value, t);
    eh_str_append(w->out, " END");
}

/* Brackets stand only where they must: the parser of older SQLite has a stack of 100 places, and EH_QUERY_DEEPEST is chosen for it. */
static void append_node(const writer *w, const eh_query_node *node, eh_query_node_kind around)
{
    if (node->kind == EH_QUERY_TEST) {
        append_test(w, &w->test[node->test]);
        return;
    }
    bool bracket = around == EH_QUERY_NOT || (around == EH_QUERY_AND && node->kind == EH_QUERY_OR);
    eh_str_append(w->out, bracket ? "(" : "");
    if (node->kind == EH_QUERY_NOT) {
        eh_str_append(w->out, "NOT ");
        append_node(w, node->left, EH_QUERY_NOT);
    } else {
        append_node(w, node->left, node->kind);
        eh_str_append(w->out, node->kind == EH_QUERY_AND ? " AND " : " OR ");
        append_node(w, node->right, node->kind);
    }
    eh_str_append(w->out, bracket ? ")" : "");
}

/* Binds the query to the catalog's columns and the properties that it names. */
static eh_status append_condition(eh_str *sql, eh_arena *arena, const eh_catalog *catalog,
                                  const eh_query *query, eh_error *err)
{
    size_t columns = 0, properties = 0;
    const char *name, *what = eh_arena_printf(arena, "the catalog %s", catalog->path);
    while (eh_property_name(properties, NULL))
        properties++;
    size_t most = catalog->columns + properties + query->names;
    eh_frame_column *column = eh_arena_alloc(arena, most, sizeof *column);
    const char **value = eh_arena_alloc(arena, most, sizeof *value);
    eh_bound_test *test;
    if (!column || !value || !what)
        return eh_fail_memory(err, "a query", most, sizeof *column);
    for (size_t i = 0; i < catalog->columns; i++, columns++)
        EH_TRY(eh_catalog_resolve(&column[columns], &value[columns], arena, catalog, catalog->column[i].name,
                                  err));
    for (size_t i = 0; (name = eh_property_name(i, NULL)); i++, columns++)
        EH_TRY(eh_catalog_resolve(&column[columns], &value[columns], arena, catalog, name, err));
    for (size_t i = 0; i < query->names; i++) /* "image.width" */
        if (strchr(query->name[i], '.') && eh_property_find(query->name[i])) {
            EH_TRY(
                eh_catalog_resolve(&column[columns], &value[columns], arena, catalog, query->name[i], err));
            columns++;
        }
    EH_TRY(eh_query_bind(&test, arena, query, column, columns, what, err));
    const writer w = { sql, query, test, column, value };
    append_node(&w, query->root, EH_QUERY_OR);
    return EH_OK;
}

/* True when the query asks for the property `status`, which a column of that name hides. */
static bool names_status(const eh_catalog *catalog, const eh_query *query)
{
    bool hidden = false, named = false;
    for (size_t i = 0; i < catalog->columns; i++)
        hidden |= strcmp(catalog->column[i].name, "status") == 0;
    for (size_t i = 0; i < query->names; i++)
        named |=
            strcmp(query->name[i], "image.status") == 0 || (!hidden && strcmp(query->name[i], "status") == 0);
    return named;
}

eh_status eh_query_append_where(eh_str *sql, const eh_catalog *catalog, const eh_query *where, eh_error *err)
{
    if (!where) {
        eh_str_append(sql, " WHERE i.status = 'ok'");
        return eh_str_check(sql, err);
    }
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "a query", 1, 4096);
    eh_str_append(sql, names_status(catalog, where) ? " WHERE (" : " WHERE i.status = 'ok' AND (");
    eh_status status = append_condition(sql, arena, catalog, where, err);
    eh_str_append(sql, ")");
    eh_arena_free(arena);
    return status == EH_OK ? eh_str_check(sql, err) : status;
}

eh_status eh_query_fail_empty(const eh_catalog *catalog, const eh_query *where, eh_error *err)
{
    return where ? eh_fail(err, EH_ERR_NOT_ENOUGH, "the query '%.200s' holds for no image of %s", where->text,
                           catalog->path)
                 : eh_fail(err, EH_ERR_NOT_ENOUGH, "the catalog %s has no usable images", catalog->path);
}

/* The ids that the statement gives. */
static eh_status read_ids(int64_t **out, size_t *count, sqlite3_stmt *stmt, const char *path, eh_error *err)
{
    size_t capacity = 0;
    int code;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (*count == capacity) {
            size_t next = capacity ? 2 * capacity : 1024;
            int64_t *wider = eh_realloc(*out, capacity, next, sizeof *wider);
            if (!wider)
                return eh_fail_memory(err, "image numbers", next, sizeof *wider);
            *out = wider;
            capacity = next;
        }
        (*out)[(*count)++] = sqlite3_column_int64(stmt, 0);
    }
    return code == SQLITE_DONE ? EH_OK : eh_sql_fail(sqlite3_db_handle(stmt), path, err);
}

eh_status eh_catalog_select(int64_t **out, size_t *count, eh_catalog *catalog, const eh_query *where,
                            eh_error *err)
{
    eh_str sql = { 0 };
    sqlite3_stmt *stmt = NULL;
    int64_t scheme = 0;
    eh_status status;
    *out = NULL;
    *count = 0;
    pthread_mutex_lock(&catalog->lock);
    EH_TRY_GOTO(status, eh_catalog_scheme(catalog, &scheme, err));
    eh_str_append(&sql, "SELECT i.id" EH_IMAGE_TABLES);
    EH_TRY_GOTO(status, eh_query_append_where(&sql, catalog, where, err));
    eh_str_append(&sql, " ORDER BY i.id");
    EH_TRY_GOTO(status, eh_str_check(&sql, err));
    EH_TRY_GOTO(status, eh_sql_prepare(&stmt, catalog->db, catalog->path, sql.data, err));
    sqlite3_bind_int64(stmt, 1, scheme);
    EH_TRY_GOTO(status, read_ids(out, count, stmt, catalog->path, err));
    if (*count == 0)
        status = eh_query_fail_empty(catalog, where, err);
done:
    pthread_mutex_unlock(&catalog->lock);
    sqlite3_finalize(stmt);
    eh_str_clear(&sql);
    if (status != EH_OK) {
        eh_free(*out);
        *out = NULL;
        *count = 0;
    }
    return status;
}
