/* dataset.c - loading a catalog's rows and columns into memory. Groups are in groups.c. */
#include "evenhand/dataset.h"

#include "base/str.h"
#include "data/image_property.h"
#include "data/query_sql.h"

#include <math.h>
#include <string.h>

static eh_status frame_memory(eh_error *err, size_t count, size_t size)
{
    return eh_fail_memory(err, "the rows of a catalog", count, size);
}

/* Allocates image, part and one typed array per column for `rows` rows. */
static eh_status allocate(eh_frame *frame, size_t rows, eh_error *err)
{
    frame->rows = rows;
    frame->image = eh_arena_alloc(frame->arena, rows, sizeof *frame->image);
    frame->part = eh_arena_alloc(frame->arena, rows, sizeof *frame->part);
    if (!frame->image || !frame->part)
        return frame_memory(err, rows, sizeof *frame->image);
    for (size_t i = 0; i < frame->columns; i++) {
        eh_frame_column *column = &frame->column[i];
        if (column->kind == EH_COLUMN_CLASS)
            column->cls = eh_arena_alloc(frame->arena, rows, sizeof *column->cls);
        else if (column->kind == EH_COLUMN_NUMBER)
            column->number = eh_arena_alloc(frame->arena, rows, sizeof *column->number);
        else
            column->text = eh_arena_alloc(frame->arena, rows, sizeof *column->text);
        if (!column->cls && !column->number && !column->text)
            return frame_memory(err, rows, sizeof(char *));
    }
    return EH_OK;
}

/* The wanted columns and properties into the frame's column list, with the SQL of their values. */
static eh_status choose_columns(eh_frame *frame, eh_catalog *c, const char *const *names, size_t count,
                                const char **sql, eh_error *err)
{
    frame->columns = count ? count : c->columns;
    frame->column = eh_arena_alloc(frame->arena, frame->columns, sizeof *frame->column);
    if (!frame->column)
        return frame_memory(err, frame->columns, sizeof *frame->column);
    for (size_t i = 0; i < frame->columns; i++) {
        eh_frame_column *column = &frame->column[i];
        EH_TRY(
            eh_catalog_resolve(column, &sql[i], frame->arena, c, count ? names[i] : c->column[i].name, err));
        const char **class_name = eh_arena_alloc(frame->arena, column->classes, sizeof *class_name);
        if (!class_name)
            return frame_memory(err, column->classes, sizeof *class_name);
        for (size_t k = 0; k < column->classes; k++)
            if (!(class_name[k] = eh_arena_strdup(frame->arena, column->class_name[k])))
                return frame_memory(err, 1, 64);
        column->class_name = class_name;
    }
    return EH_OK;
}

/* Stores the value at `field` of the current result row into row `row` of the column. */
static eh_status store_value(eh_frame *frame, eh_frame_column *column, sqlite3_stmt *stmt, int field,
                             size_t row, const char *path, eh_error *err)
{
    bool missing = sqlite3_column_type(stmt, field) == SQLITE_NULL;
    if (column->kind == EH_COLUMN_CLASS) {
        sqlite3_int64 value = missing ? -1 : sqlite3_column_int64(stmt, field);
        if (value < -1 || value >= (sqlite3_int64)column->classes)
            return eh_fail(err, EH_ERR_INPUT,
                           "the catalog %s is damaged: column '%s' has class %lld of %zu; import the data "
                           "set again",
                           path, column->name, (long long)value, column->classes);
        column->cls[row] = (int32_t)value;
    } else if (column->kind == EH_COLUMN_NUMBER) {
        column->number[row] = missing ? NAN : (float)sqlite3_column_double(stmt, field);
    } else if (!missing) {
        const char *text = (const char *)sqlite3_column_text(stmt, field);
        column->text[row] = text ? eh_arena_strdup(frame->arena, text) : NULL;
        if (!column->text[row])
            return frame_memory(err, 1, 64);
    }
    return EH_OK;
}

/* Runs over the rows of the statement, which has id, part and the columns' values. */
static eh_status load_rows(eh_frame *frame, eh_catalog *c, sqlite3_stmt *stmt, eh_error *err)
{
    size_t row = 0;
    int code;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW && row < frame->rows) {
        int part = sqlite3_column_int(stmt, 1);
        frame->image[row] = sqlite3_column_int64(stmt, 0);
        frame->part[row] = (uint8_t)(part >= 0 && part <= EH_PART_TEST ? part : EH_PART_NONE);
        for (size_t i = 0; i < frame->columns; i++)
            EH_TRY(store_value(frame, &frame->column[i], stmt, (int)i + 2, row, c->path, err));
        row++;
    }
    frame->rows = row;
    return code == SQLITE_DONE || code == SQLITE_ROW ? EH_OK : eh_sql_fail(c->db, c->path, err);
}

/* "SELECT <what> ... WHERE <condition> <order>" over images and labels, with the scheme that counts. */
static eh_status prepare(sqlite3_stmt **out, eh_catalog *c, const char *what, const char *condition,
                         const char *order, eh_error *err)
{
    eh_str sql = { 0 };
    int64_t scheme = 0;
    *out = NULL;
    eh_status status = eh_catalog_scheme(c, &scheme, err);
    eh_str_appendf(&sql, "SELECT %s" EH_IMAGE_TABLES "%s%s", what, condition, order);
    if (status == EH_OK)
        status = eh_str_check(&sql, err);
    if (status == EH_OK)
        status = eh_sql_prepare(out, c->db, c->path, sql.data, err);
    if (status == EH_OK)
        sqlite3_bind_int64(*out, 1, scheme);
    eh_str_clear(&sql);
    return status;
}

/* Images that are meant now; a plan applied since the catalog was opened changes it. */
static eh_status count_rows(eh_catalog *c, const char *condition, size_t *out, eh_error *err)
{
    sqlite3_stmt *stmt;
    EH_TRY(prepare(&stmt, c, "count(*)", condition, "", err));
    eh_status status = EH_OK;
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *out = (size_t)sqlite3_column_int64(stmt, 0);
    else
        status = eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

/* Fills an empty frame. The caller holds the lock. */
static eh_status load(eh_frame *frame, eh_catalog *c, const char *const *names, size_t count,
                      const char **value, const eh_query *where, eh_error *err)
{
    eh_str what = { 0 }, condition = { 0 };
    sqlite3_stmt *stmt = NULL;
    size_t rows = 0;
    eh_status status;
    EH_TRY_GOTO(status, choose_columns(frame, c, names, count, value, err));
    EH_TRY_GOTO(status, eh_query_append_where(&condition, c, where, err));
    EH_TRY_GOTO(status, count_rows(c, eh_str_text(&condition), &rows, err));
    if (where && rows == 0) {
        status = eh_query_fail_empty(c, where, err);
        goto done;
    }
    EH_TRY_GOTO(status, allocate(frame, rows, err));
    eh_str_append(&what, "i.id, s.part");
    for (size_t i = 0; i < frame->columns; i++)
        eh_str_appendf(&what, ", %s", value[i]);
    EH_TRY_GOTO(status, eh_str_check(&what, err));
    EH_TRY_GOTO(status, prepare(&stmt, c, what.data, eh_str_text(&condition), " ORDER BY i.id", err));
    status = load_rows(frame, c, stmt, err);
done:
    sqlite3_finalize(stmt);
    eh_str_clear(&what);
    eh_str_clear(&condition);
    return status;
}

eh_status eh_frame_load_where(eh_frame **out, eh_catalog *catalog, const char *const *names, size_t count,
                              const eh_query *where, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_frame *frame = arena ? eh_arena_alloc(arena, 1, sizeof *frame) : NULL;
    const char **value =
        arena ? eh_arena_alloc(arena, count ? count : catalog->columns, sizeof *value) : NULL;
    if (!frame || !value) {
        eh_arena_free(arena);
        return frame_memory(err, 1, sizeof *frame);
    }
    frame->arena = arena;
    pthread_mutex_lock(&catalog->lock);
    eh_status status = load(frame, catalog, names, count, value, where, err);
    pthread_mutex_unlock(&catalog->lock);
    if (status == EH_OK)
        *out = frame;
    else
        eh_frame_free(frame);
    return status;
}

eh_status eh_frame_load(eh_frame **out, eh_catalog *catalog, const char *const *names, size_t count,
                        eh_error *err)
{
    return eh_frame_load_where(out, catalog, names, count, NULL, err);
}

void eh_frame_free(eh_frame *frame)
{
    if (frame)
        eh_arena_free(frame->arena);
}

eh_status eh_frame_find(const eh_frame_column **out, const eh_frame *frame, const char *name, eh_error *err)
{
    for (size_t i = 0; i < frame->columns; i++)
        if (strcmp(frame->column[i].name, name) == 0) {
            *out = &frame->column[i];
            return EH_OK;
        }
    const char **names = eh_alloc(frame->columns + 1, sizeof *names);
    if (!names)
        return eh_fail_memory(err, "column names", frame->columns + 1, sizeof *names);
    eh_str list = { 0 };
    for (size_t i = 0; i < frame->columns; i++) {
        names[i] = frame->column[i].name;
        eh_str_appendf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = eh_nearest(name, names);
    eh_status status =
        near ? eh_fail(err, EH_ERR_USAGE, "there is no column '%s'; did you mean '%s'? There are: %s", name,
                       near, eh_str_text(&list))
             : eh_fail(err, EH_ERR_USAGE, "there is no column '%s'; there are: %s", name,
                       frame->columns ? eh_str_text(&list) : "no columns at all");
    eh_str_clear(&list);
    eh_free((void *)names);
    return status;
}
