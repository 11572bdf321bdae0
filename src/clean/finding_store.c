/* finding_store.c - findings in the catalog's table `finding`. */
#include "clean/finding.h"

#include "data/catalog_store.h"

static void bind_id(sqlite3_stmt *stmt, int field, int64_t id)
{
    if (id)
        sqlite3_bind_int64(stmt, field, id);
    else
        sqlite3_bind_null(stmt, field);
}

static eh_status write_finding(eh_catalog *c, sqlite3_stmt *stmt, const eh_finding *f, eh_error *err)
{
    sqlite3_bind_int64(stmt, 1, f->image);
    bind_id(stmt, 2, f->other);
    bind_id(stmt, 3, f->cluster);
    sqlite3_bind_text(stmt, 4, f->check, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 5, eh_severity_name(f->severity), -1, SQLITE_STATIC);
    sqlite3_bind_double(stmt, 6, f->score);
    sqlite3_bind_text(stmt, 7, eh_action_name(f->action), -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 8, f->column, -1, SQLITE_STATIC); /* NULL binds as missing */
    sqlite3_bind_text(stmt, 9, f->suggestion, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 10, f->evidence, -1, SQLITE_STATIC);
    return eh_sql_step(stmt, c->path, err);
}

static eh_status replace(eh_catalog *c, const eh_findings *findings, const char *const *check, size_t checks,
                         eh_error *err)
{
    sqlite3_stmt *stmt = NULL;
    eh_status status = EH_OK;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path, "DELETE FROM finding WHERE \"check\" = ?", err));
    for (size_t i = 0; i < checks; i++) {
        sqlite3_bind_text(stmt, 1, check[i], -1, SQLITE_STATIC);
        EH_TRY_GOTO(status, eh_sql_step(stmt, c->path, err));
    }
    sqlite3_finalize(stmt);
    EH_TRY_GOTO(status,
                eh_sql_prepare(&stmt, c->db, c->path,
                               "INSERT INTO finding (image, other, cluster, \"check\", severity, score, "
                               "action, \"column\", suggestion, evidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
                               "?)",
                               err));
    for (size_t i = 0; i < findings->count; i++)
        EH_TRY_GOTO(status, write_finding(c, stmt, &findings->item[i], err));
done:
    sqlite3_finalize(stmt);
    return status;
}

eh_status eh_findings_store(eh_catalog *catalog, const eh_findings *findings, const char *const *check,
                            size_t checks, eh_error *err)
{
    pthread_mutex_lock(&catalog->lock);
    eh_status status = eh_catalog_begin_change(catalog, err);
    if (status == EH_OK)
        status = eh_catalog_end_change(catalog, replace(catalog, findings, check, checks, err), err);
    pthread_mutex_unlock(&catalog->lock);
    return status;
}

static const char *text_of(sqlite3_stmt *stmt, int field)
{
    return (const char *)sqlite3_column_text(stmt, field);
}

static eh_status read_finding(eh_catalog *c, eh_findings *findings, sqlite3_stmt *stmt, eh_error *err)
{
    eh_finding f = { .image = sqlite3_column_int64(stmt, 0),
                     .other = sqlite3_column_int64(stmt, 1),
                     .cluster = sqlite3_column_int64(stmt, 2),
                     .check = text_of(stmt, 3),
                     .score = sqlite3_column_double(stmt, 5),
                     .column = text_of(stmt, 7),
                     .suggestion = text_of(stmt, 8),
                     .evidence = text_of(stmt, 9) };
    if (!f.check || f.image < 1 || !(f.score >= 0 && f.score <= 1) || !f.evidence ||
        !eh_severity_parse(&f.severity, text_of(stmt, 4)) || !eh_action_parse(&f.action, text_of(stmt, 6)))
        return eh_fail(err, EH_ERR_INPUT,
                       "the catalog %s is damaged: its table of findings; run 'evenhand clean %s' again",
                       c->path, c->path);
    return eh_findings_add(findings, &f, NULL, err);
}

static eh_status load(eh_findings *findings, eh_catalog *c, const char *check, bool all, eh_error *err)
{
    sqlite3_stmt *stmt = NULL;
    if (c->version < 2) /* that version never held a finding */
        return EH_OK;
    EH_TRY(
        eh_sql_prepare(&stmt, c->db, c->path,
                       "SELECT f.image, f.other, f.cluster, f.\"check\", f.severity, f.score, f.action, "
                       "f.\"column\", f.suggestion, f.evidence FROM finding f JOIN image i ON i.id = f.image "
                       "WHERE (?2 OR i.status = 'ok') AND (?1 IS NULL OR f.\"check\" = ?1)",
                       err));
    sqlite3_bind_text(stmt, 1, check, -1, SQLITE_STATIC);
    sqlite3_bind_int(stmt, 2, all);
    eh_status status = EH_OK;
    int code;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW && status == EH_OK)
        status = read_finding(c, findings, stmt, err);
    if (status == EH_OK && code != SQLITE_DONE)
        status = eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

static eh_status load_ranked(eh_findings **out, eh_catalog *catalog, const char *check, bool all,
                             eh_error *err)
{
    *out = eh_findings_new();
    if (!*out)
        return eh_fail_memory(err, "findings", 1, sizeof **out);
    pthread_mutex_lock(&catalog->lock);
    eh_status status = load(*out, catalog, check, all, err);
    pthread_mutex_unlock(&catalog->lock);
    if (status == EH_OK) {
        eh_findings_rank(*out);
    } else {
        eh_findings_free(*out);
        *out = NULL;
    }
    return status;
}

eh_status eh_findings_load(eh_findings **out, eh_catalog *catalog, const char *check, eh_error *err)
{
    return load_ranked(out, catalog, check, false, err);
}

eh_status eh_findings_load_all(eh_findings **out, eh_catalog *catalog, eh_error *err)
{
    return load_ranked(out, catalog, NULL, true, err);
}
