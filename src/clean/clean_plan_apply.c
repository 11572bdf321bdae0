/* clean_plan_apply.c - a cleaning plan written to the catalog, and taken back.
 *
 * Easy to get wrong: an image may have changed between making a plan and applying it, so every statement says what it expects to find, and
 * one that finds something else ends the whole.
 */
#include "clean/clean_plan.h"

#include "base/file.h"
#include "base/str.h"
#include "data/catalog_store.h"

#include <string.h>

static eh_status changed_since(const eh_catalog *c, int64_t image, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT,
                   "image %lld of %s is no longer as it was when the plan was made; run the command again",
                   (long long)image, c->path);
}

/* Statements of an apply or undo, prepared when first needed. */
typedef struct writer {
    eh_catalog *c;
    sqlite3_stmt *log;    /* INSERT INTO plan */
    sqlite3_stmt *status; /* UPDATE image */
    char now[21];
} writer;

static void finalize(writer *w)
{
    sqlite3_finalize(w->log);
    sqlite3_finalize(w->status);
}

static eh_status set_status(writer *w, int64_t image, const char *from, const char *to, eh_error *err)
{
    if (!w->status)
        EH_TRY(eh_sql_prepare(&w->status, w->c->db, w->c->path,
                              "UPDATE image SET status = ?1 WHERE id = ?2 AND status = ?3", err));
    sqlite3_bind_text(w->status, 1, to, -1, SQLITE_STATIC);
    sqlite3_bind_int64(w->status, 2, image);
    sqlite3_bind_text(w->status, 3, from, -1, SQLITE_STATIC);
    EH_TRY(eh_sql_step(w->status, w->c->path, err));
    return sqlite3_changes(w->c->db) == 1 ? EH_OK : changed_since(w->c, image, err);
}

/* Runs a statement "... c<column> ..." with a value and an image; the number of rows that it changed or gave. */
static eh_status with_column(eh_catalog *c, sqlite3_stmt **stmt, const char *format, size_t column,
                             eh_error *err)
{
    char sql[128];
    snprintf(sql, sizeof sql, format, column);
    return eh_sql_prepare(stmt, c->db, c->path, sql, err);
}

/* The value that column `k` of `image` has now; release with sqlite3_value_free. */
static eh_status read_value(eh_catalog *c, size_t k, int64_t image, sqlite3_value **out, eh_error *err)
{
    sqlite3_stmt *stmt;
    EH_TRY(with_column(c, &stmt, "SELECT c%zu FROM label WHERE image = ?", k, err));
    sqlite3_bind_int64(stmt, 1, image);
    int code = sqlite3_step(stmt);
    eh_status status = EH_OK;
    *out = code == SQLITE_ROW ? sqlite3_value_dup(sqlite3_column_value(stmt, 0)) : NULL;
    if (code == SQLITE_DONE)
        status = changed_since(c, image, err);
    else if (code != SQLITE_ROW)
        status = eh_sql_fail(c->db, c->path, err);
    else if (!*out)
        status = eh_fail_memory(err, "a value", 1, 64);
    sqlite3_finalize(stmt);
    return status;
}

static eh_status write_value(eh_catalog *c, size_t k, int64_t image, const sqlite3_value *value,
                             eh_error *err)
{
    sqlite3_stmt *stmt;
    EH_TRY(with_column(c, &stmt, "UPDATE label SET c%zu = ? WHERE image = ?", k, err));
    sqlite3_bind_value(stmt, 1, value);
    sqlite3_bind_int64(stmt, 2, image);
    eh_status status = eh_sql_step(stmt, c->path, err);
    if (status == EH_OK && sqlite3_changes(c->db) != 1)
        status = changed_since(c, image, err);
    sqlite3_finalize(stmt);
    return status;
}

/* The suggestion as the column stores it. */
static void bind_suggestion(sqlite3_stmt *stmt, int field, const eh_column_info *column, const char *text)
{
    double number;
    if (column->kind == EH_COLUMN_NUMBER && eh_parse_float(&number, text)) {
        sqlite3_bind_double(stmt, field, number);
        return;
    }
    for (size_t k = 0; column->kind == EH_COLUMN_CLASS && k < column->classes; k++)
        if (strcmp(column->class_name[k], text) == 0) {
            sqlite3_bind_int64(stmt, field, (sqlite3_int64)k);
            return;
        }
    sqlite3_bind_text(stmt, field, text, -1, SQLITE_TRANSIENT);
}

static eh_status log_change(writer *w, int64_t step, const eh_clean_change *change, size_t column,
                            const sqlite3_value *before, eh_error *err)
{
    const eh_finding *f = change->reason;
    if (!w->log)
        EH_TRY(eh_sql_prepare(&w->log, w->c->db, w->c->path,
                              "INSERT INTO plan (step, image, \"check\", reason, \"column\", before, after, "
                              "applied) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                              err));
    sqlite3_bind_int64(w->log, 1, step);
    sqlite3_bind_int64(w->log, 2, change->image);
    sqlite3_bind_text(w->log, 3, f->check, -1, SQLITE_STATIC);
    sqlite3_bind_text(w->log, 4, f->evidence, -1, SQLITE_STATIC);
    if (change->action == EH_ACTION_RELABEL) {
        sqlite3_bind_int64(w->log, 5, (sqlite3_int64)column);
        sqlite3_bind_value(w->log, 6, before);
        bind_suggestion(w->log, 7, &w->c->column[column], f->suggestion);
    } else {
        for (int field = 5; field <= 7; field++)
            sqlite3_bind_null(w->log, field);
    }
    sqlite3_bind_text(w->log, 8, w->now, -1, SQLITE_STATIC);
    return eh_sql_step(w->log, w->c->path, err);
}

static eh_status relabel(writer *w, int64_t step, const eh_clean_change *change, eh_error *err)
{
    size_t column;
    sqlite3_value *before = NULL;
    sqlite3_stmt *stmt = NULL;
    EH_TRY(eh_catalog_find_column(&column, w->c, change->reason->column, err));
    eh_status status;
    EH_TRY_GOTO(status, read_value(w->c, column, change->image, &before, err));
    EH_TRY_GOTO(status, log_change(w, step, change, column, before, err));
    EH_TRY_GOTO(status, with_column(w->c, &stmt, "UPDATE label SET c%zu = ? WHERE image = ?", column, err));
    bind_suggestion(stmt, 1, &w->c->column[column], change->reason->suggestion);
    sqlite3_bind_int64(stmt, 2, change->image);
    EH_TRY_GOTO(status, eh_sql_step(stmt, w->c->path, err));
done:
    sqlite3_finalize(stmt);
    sqlite3_value_free(before);
    return status;
}

/* An integer that a statement without parameters gives, 0 for none. */
static eh_status read_number(eh_catalog *c, const char *sql, int64_t *out, eh_error *err)
{
    sqlite3_stmt *stmt;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path, sql, err));
    int code = sqlite3_step(stmt);
    *out = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    eh_status status = code == SQLITE_ROW || code == SQLITE_DONE ? EH_OK : eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

static eh_status apply(writer *w, const eh_clean_plan *plan, int64_t *step, eh_error *err)
{
    EH_TRY(read_number(w->c, "SELECT max(step) + 1 FROM plan", step, err));
    *step = *step > 0 ? *step : 1;
    for (size_t i = 0; i < plan->count; i++) {
        const eh_clean_change *change = &plan->change[i];
        if (change->action == EH_ACTION_RELABEL) {
            EH_TRY(relabel(w, *step, change, err));
            continue;
        }
        EH_TRY(set_status(w, change->image, "ok", "quarantined", err));
        EH_TRY(log_change(w, *step, change, 0, NULL, err));
    }
    return EH_OK;
}

eh_status eh_clean_plan_apply(eh_catalog *catalog, const eh_clean_plan *plan, int64_t *step, eh_error *err)
{
    writer w = { .c = catalog };
    int64_t number = 0;
    if (step)
        *step = 0;
    if (plan->count == 0)
        return EH_OK;
    if (plan->quarantined >= eh_catalog_images(catalog))
        return eh_fail(err, EH_ERR_USAGE, "the plan would take every image out of %s; nothing was changed",
                       eh_catalog_path(catalog));
    eh_time_rfc3339(w.now);
    pthread_mutex_lock(&catalog->lock);
    eh_status status = eh_catalog_begin_change(catalog, err);
    if (status == EH_OK) {
        status = apply(&w, plan, &number, err);
        finalize(&w);
        status = eh_catalog_end_change(catalog, status, err);
    }
    pthread_mutex_unlock(&catalog->lock);
    if (status == EH_OK && step)
        *step = number;
    return status;
}

/* ---------------------------------------------------------------- undo */

/* One row of the step, in `stmt`: image, column, before. */
static eh_status take_back(writer *w, sqlite3_stmt *stmt, eh_clean_undone *out, eh_error *err)
{
    int64_t image = sqlite3_column_int64(stmt, 0);
    if (sqlite3_column_type(stmt, 1) == SQLITE_NULL) {
        out->restored++;
        return set_status(w, image, "quarantined", "ok", err);
    }
    int64_t column = sqlite3_column_int64(stmt, 1);
    if (column < 0 || column >= (int64_t)w->c->columns)
        return changed_since(w->c, image, err);
    out->relabelled++;
    return write_value(w->c, (size_t)column, image, sqlite3_column_value(stmt, 2), err);
}

static eh_status undo(writer *w, eh_clean_undone *out, eh_error *err)
{
    sqlite3_stmt *rows = NULL, *mark = NULL;
    EH_TRY(read_number(w->c, "SELECT max(step) FROM plan WHERE undone IS NULL", &out->step, err));
    if (out->step == 0)
        return EH_OK;
    eh_status status;
    EH_TRY_GOTO(status,
                eh_sql_prepare(&rows, w->c->db, w->c->path,
                               "SELECT image, \"column\", before FROM plan WHERE step = ? ORDER BY id "
                               "DESC",
                               err));
    sqlite3_bind_int64(rows, 1, out->step);
    int code;
    while ((code = sqlite3_step(rows)) == SQLITE_ROW)
        EH_TRY_GOTO(status, take_back(w, rows, out, err));
    if (code != SQLITE_DONE) {
        status = eh_sql_fail(w->c->db, w->c->path, err);
        goto done;
    }
    EH_TRY_GOTO(status, eh_sql_prepare(&mark, w->c->db, w->c->path,
                                       "UPDATE plan SET undone = ? WHERE step = ?", err));
    sqlite3_bind_text(mark, 1, w->now, -1, SQLITE_STATIC);
    sqlite3_bind_int64(mark, 2, out->step);
    EH_TRY_GOTO(status, eh_sql_step(mark, w->c->path, err));
    EH_TRY_GOTO(status, read_number(w->c, "SELECT count(DISTINCT step) FROM plan WHERE undone IS NULL",
                                    &out->steps_left, err));
done:
    sqlite3_finalize(rows);
    sqlite3_finalize(mark);
    return status;
}

eh_status eh_clean_undo(eh_catalog *catalog, eh_clean_undone *out, eh_error *err)
{
    writer w = { .c = catalog };
    *out = (eh_clean_undone){ 0 };
    eh_time_rfc3339(w.now);
    pthread_mutex_lock(&catalog->lock);
    eh_status status = eh_catalog_begin_change(catalog, err);
    if (status == EH_OK) {
        status = undo(&w, out, err);
        finalize(&w);
        status = eh_catalog_end_change(catalog, status, err);
    }
    pthread_mutex_unlock(&catalog->lock);
    if (status != EH_OK)
        *out = (eh_clean_undone){ 0 };
    return status;
}
