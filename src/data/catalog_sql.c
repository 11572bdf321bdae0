/* catalog_sql.c - the catalog's tables, and SQLite's results as errors. docs/catalog.md draws the tables. */
#include "data/catalog_sql.h"

#include <errno.h>
#include <string.h>

/* `column` is quoted because it is a word of SQL. Parts are eh_part. */
const char *const eh_catalog_schema =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE image ("
    " id INTEGER PRIMARY KEY,"
    " container TEXT NOT NULL,"
    " path TEXT NOT NULL,"
    " item INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL,"
    " width INTEGER, height INTEGER, channels INTEGER,"
    " sha256 BLOB,"
    " phash INTEGER,"
    " status TEXT NOT NULL CHECK (status IN ('ok', 'broken', 'quarantined')),"
    " reason TEXT);"
    "CREATE UNIQUE INDEX image_path ON image (path, item);"
    "CREATE TABLE \"column\" ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK (kind IN ('class', 'number', 'text', 'mask')));"
    "CREATE TABLE class ("
    " \"column\" INTEGER NOT NULL REFERENCES \"column\" (id),"
    " value INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " PRIMARY KEY (\"column\", value)) WITHOUT ROWID;"
    "CREATE TABLE scheme (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, options TEXT NOT NULL);"
    "CREATE TABLE split ("
    " scheme INTEGER NOT NULL REFERENCES scheme (id),"
    " image INTEGER NOT NULL REFERENCES image (id),"
    " part INTEGER NOT NULL CHECK (part BETWEEN 0 AND 3),"
    " PRIMARY KEY (scheme, image)) WITHOUT ROWID;"
    "CREATE TABLE skipped (id INTEGER PRIMARY KEY, item TEXT NOT NULL, reason TEXT NOT NULL);";

const char *const eh_catalog_clean_schema =
    "CREATE TABLE finding ("
    " id INTEGER PRIMARY KEY,"
    " image INTEGER NOT NULL REFERENCES image (id),"
    " other INTEGER REFERENCES image (id),"
    " cluster INTEGER,"
    " \"check\" TEXT NOT NULL,"
    " severity TEXT NOT NULL CHECK (severity IN ('note', 'warning', 'error')),"
    " score REAL NOT NULL CHECK (score BETWEEN 0 AND 1),"
    " action TEXT NOT NULL CHECK (action IN ('keep', 'quarantine', 'relabel', 'look')),"
    " \"column\" TEXT,"
    " suggestion TEXT,"
    " evidence TEXT NOT NULL);"
    "CREATE INDEX finding_check ON finding (\"check\", score);"
    "CREATE INDEX finding_image ON finding (image);"
    "CREATE TABLE plan ("
    " id INTEGER PRIMARY KEY,"
    " step INTEGER NOT NULL,"
    " image INTEGER NOT NULL REFERENCES image (id),"
    " \"check\" TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " \"column\" INTEGER REFERENCES \"column\" (id),"
    " before,"
    " after,"
    " applied TEXT NOT NULL,"
    " undone TEXT);"
    "CREATE INDEX plan_step ON plan (step);";

const char *const eh_catalog_mask_schema = "CREATE TABLE pixel ("
                                           " \"column\" INTEGER NOT NULL REFERENCES \"column\" (id),"
                                           " value INTEGER NOT NULL,"
                                           " class INTEGER,"
                                           " PRIMARY KEY (\"column\", value)) WITHOUT ROWID;"
                                           "CREATE TABLE mask ("
                                           " \"column\" INTEGER NOT NULL REFERENCES \"column\" (id),"
                                           " image INTEGER NOT NULL REFERENCES image (id),"
                                           " sha256 BLOB NOT NULL,"
                                           " png BLOB,"
                                           " PRIMARY KEY (\"column\", image));";

eh_status eh_sql_fail(sqlite3 *db, const char *path, eh_error *err)
{
    int code = db ? sqlite3_errcode(db) & 0xff : SQLITE_NOMEM;
    switch (code) {
    case SQLITE_NOMEM:
        return eh_fail(err, EH_ERR_MEMORY, "not enough memory to work with the catalog %s", path);
    case SQLITE_FULL:
        return eh_fail(err, EH_ERR_IO,
                       "the disk is full: the catalog %s could not be written; free some space and run the "
                       "command again",
                       path);
    case SQLITE_IOERR: {
        int number = sqlite3_system_errno(db);
        if (number)
            return eh_fail_errno(err, EH_ERR_IO, number, "the catalog %s could not be read or written", path);
        return eh_fail(err, EH_ERR_IO, "the catalog %s could not be read or written: %s", path,
                       sqlite3_errmsg(db));
    }
    case SQLITE_CANTOPEN: {
        int number = sqlite3_system_errno(db);
        return eh_fail_errno(err, EH_ERR_IO, number ? number : ENOENT, "the catalog %s cannot be opened",
                             path);
    }
    case SQLITE_NOTADB:
        return eh_fail(err, EH_ERR_INPUT,
                       "%s is not a catalog; make one with 'evenhand import SOURCE -o FILE.eh'", path);
    case SQLITE_CORRUPT:
        return eh_fail(err, EH_ERR_INPUT, "the catalog %s is damaged (%s); import the data set again", path,
                       sqlite3_errmsg(db));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return eh_fail(err, EH_ERR_IO,
                       "the catalog %s is being changed by another process; run the command again when that "
                       "has ended",
                       path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return eh_fail(err, EH_ERR_IO,
                       "the catalog %s or its folder is write-protected; copy it to a folder of yours", path);
    default:
        return eh_fail(err, EH_ERR_INTERNAL, "the catalog %s: SQLite reports '%s' (code %d)", path,
                       sqlite3_errmsg(db), sqlite3_extended_errcode(db));
    }
}

eh_status eh_sql_exec(sqlite3 *db, const char *path, const char *sql, eh_error *err)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return eh_sql_fail(db, path, err);
    return EH_OK;
}

eh_status eh_sql_prepare(sqlite3_stmt **out, sqlite3 *db, const char *path, const char *sql, eh_error *err)
{
    *out = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, out, NULL) != SQLITE_OK)
        return eh_sql_fail(db, path, err);
    return EH_OK;
}

eh_status eh_sql_step(sqlite3_stmt *stmt, const char *path, eh_error *err)
{
    int code = sqlite3_step(stmt);
    eh_status status =
        code == SQLITE_DONE || code == SQLITE_ROW ? EH_OK : eh_sql_fail(sqlite3_db_handle(stmt), path, err);
    sqlite3_reset(stmt);
    return status;
}

eh_status eh_sql_open(sqlite3 **out, const char *path, int flags, eh_error *err)
{
    *out = NULL;
    sqlite3 *db = NULL;
    /* Access is serialised by the catalog's own lock, so SQLite needs none. */
    int code = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        eh_status status = eh_sql_fail(db, path, err);
        sqlite3_close(db);
        return status;
    }
    sqlite3_busy_timeout(db, 10000);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    *out = db;
    return EH_OK;
}
