/* catalog_sql.h - the catalog's tables, and SQLite's results as evenhand's errors. */
#ifndef EH_DATA_CATALOG_SQL_H
#define EH_DATA_CATALOG_SQL_H

#include "evenhand/error.h"

#include <sqlite3.h>

#define EH_CATALOG_APPLICATION 0x45564831 /* "EVH1" in the file's header */
#define EH_CATALOG_VERSION     2    /* user_version; a higher one is refused, a lower one read as it is */
#define EH_CATALOG_MAX_COLUMNS 1000 /* data columns; SQLite allows 2,000 in one table */

/* The statements that make every table except `label`, whose columns depend on the data, and the tables of cleaning. */
extern const char *const eh_catalog_schema;

/* The statements that make the tables of cleaning, `finding` and `plan`, which version 1 had with other columns and always empty. */
extern const char *const eh_catalog_clean_schema;

/* The statements that make the tables of masks, `pixel` and `mask`, which a catalog has when one of its columns is of masks. */
extern const char *const eh_catalog_mask_schema;

/* Turns the last error of `db` into a sentence about the file `path`; returns the status. */
eh_status eh_sql_fail(sqlite3 *db, const char *path, eh_error *err);

/* Runs statements without parameters or results. */
eh_status eh_sql_exec(sqlite3 *db, const char *path, const char *sql, eh_error *err);

/* Compiles one statement; release with sqlite3_finalize. */
eh_status eh_sql_prepare(sqlite3_stmt **out, sqlite3 *db, const char *path, const char *sql, eh_error *err);

/* Runs a prepared statement that gives no rows, and resets it. */
eh_status eh_sql_step(sqlite3_stmt *stmt, const char *path, eh_error *err);

/* Opens a connection with the settings that every catalog needs: no waiting for ever, nothing in the file is trusted to run code. */
eh_status eh_sql_open(sqlite3 **out, const char *path, int flags, eh_error *err);

#endif
