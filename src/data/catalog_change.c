/* catalog_change.c - changes to an existing catalog: one transaction, all or nothing, in the present version of the tables.
 *
 * Version 1 had the tables `finding` and `plan` with other columns and never wrote to them, so they are made anew; it had no table `look`. Opening a catalog changes
 * nothing: the step to the present version is taken by the first change that needs it.
 */
#include "data/catalog_store.h"
#include "data/image_look.h"

#include <stdio.h>

static eh_status upgrade(eh_catalog *c, eh_error *err)
{
    if (c->version >= EH_CATALOG_VERSION)
        return EH_OK;
    char version[64];
    snprintf(version, sizeof version, "PRAGMA user_version = %d", EH_CATALOG_VERSION);
    EH_TRY(eh_sql_exec(c->db, c->path, "DROP TABLE IF EXISTS plan; DROP TABLE IF EXISTS finding;", err));
    EH_TRY(eh_sql_exec(c->db, c->path, eh_catalog_clean_schema, err));
    EH_TRY(eh_sql_exec(c->db, c->path, eh_look_schema, err));
    return eh_sql_exec(c->db, c->path, version, err);
}

eh_status eh_catalog_begin_change(eh_catalog *catalog, eh_error *err)
{
    EH_TRY(eh_sql_exec(catalog->db, catalog->path, "BEGIN IMMEDIATE", err));
    eh_status status = upgrade(catalog, err);
    if (status != EH_OK)
        sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static eh_status count_images(eh_catalog *c, uint64_t *images, eh_error *err)
{
    sqlite3_stmt *stmt;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path, "SELECT count(*) FROM image WHERE status = 'ok'", err));
    eh_status status = EH_OK;
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *images = (uint64_t)sqlite3_column_int64(stmt, 0);
    else
        status = eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

eh_status eh_catalog_end_change(eh_catalog *catalog, eh_status status, eh_error *err)
{
    uint64_t images = catalog->images;
    if (status == EH_OK)
        status = count_images(catalog, &images, err);
    if (status == EH_OK)
        status = eh_sql_exec(catalog->db, catalog->path, "COMMIT", err);
    if (status == EH_OK) {
        catalog->images = images;
        catalog->version = EH_CATALOG_VERSION;
    } else {
        sqlite3_exec(catalog->db, "ROLLBACK", NULL, NULL, NULL); /* SQLite may have done so itself */
    }
    return status;
}
