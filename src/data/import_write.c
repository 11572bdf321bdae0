/* import_write.c - an import's rows as a new catalog file, in one transaction. */
#include "data/import_store.h"

#include "base/file.h"
#include "base/str.h"
#include "data/catalog_sql.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct writer {
    eh_import *imp;
    sqlite3 *db;
    const char *path; /* the catalog's final name, for messages */
} writer;

static const char *const kind_word[] = { "class", "number", "text", "mask" };

static eh_status set_meta(writer *w, sqlite3_stmt *stmt, const char *key, const char *value, eh_error *err)
{
    sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, value, -1, SQLITE_TRANSIENT);
    return eh_sql_step(stmt, w->path, err);
}

/* Keeps a limit that the user gave, because the archive is opened again later. */
static eh_status set_limit(writer *w, sqlite3_stmt *stmt, const char *key, uint64_t limit, eh_error *err)
{
    char number[32];
    snprintf(number, sizeof number, "%llu", (unsigned long long)limit);
    return limit ? set_meta(w, stmt, key, number, err) : EH_OK;
}

/* True when `inner` is `outer` or lies below it; *rest is what follows, without the '/'. */
static bool lies_below(const char *inner, const char *outer, const char **rest)
{
    size_t size = strlen(outer);
    while (size > 1 && outer[size - 1] == '/')
        size--;
    if (strncmp(inner, outer, size) != 0)
        return false;
    if (inner[size] == '\0') {
        *rest = inner + size;
        return true;
    }
    if (size == 1 && outer[0] == '/') {
        *rest = inner + 1;
        return true;
    }
    *rest = inner + size + 1;
    return inner[size] == '/';
}

/* How the catalog names its root: relative when images lie below the catalog's folder or the catalog among the images, so that the whole
 * can be moved; else absolute, so that the catalog alone can be moved. */
static eh_status root_text(writer *w, eh_str *out, eh_error *err)
{
    const char *rest, *root = eh_source_root(w->imp->images);
    char *folder_of_path = eh_path_folder(w->imp->arena, w->path);
    char *folder = folder_of_path ? realpath(folder_of_path, NULL) : NULL;
    if (folder && lies_below(root, folder, &rest)) {
        eh_str_append(out, *rest ? rest : ".");
    } else if (folder && lies_below(folder, root, &rest)) {
        eh_str_append(out, "..");
        for (; *rest; rest++)
            if (*rest == '/')
                eh_str_append(out, "/..");
    } else {
        eh_str_append(out, root);
    }
    free(folder); /* realpath's own block */
    return eh_str_check(out, err);
}

static eh_status write_meta(writer *w, eh_error *err)
{
    sqlite3_stmt *stmt;
    eh_str root = { 0 };
    char number[32], now[21];
    eh_time_rfc3339(now);
    EH_TRY(eh_sql_prepare(&stmt, w->db, w->path, "INSERT OR REPLACE INTO meta VALUES (?, ?)", err));
    eh_status status;
    EH_TRY_GOTO(status, root_text(w, &root, err));
    EH_TRY_GOTO(status, set_meta(w, stmt, "root", root.data, err));
    EH_TRY_GOTO(status, set_meta(w, stmt, "format", w->imp->format->entry.name, err));
    EH_TRY_GOTO(status, set_meta(w, stmt, "source", w->imp->source, err));
    EH_TRY_GOTO(status, set_meta(w, stmt, "evenhand", eh_version(), err));
    EH_TRY_GOTO(status, set_meta(w, stmt, "created", now, err));
    snprintf(number, sizeof number, "%llu", (unsigned long long)w->imp->rows_without_image);
    EH_TRY_GOTO(status, set_meta(w, stmt, "rows_without_image", number, err));
    snprintf(number, sizeof number, "%llu", (unsigned long long)w->imp->images_without_row);
    EH_TRY_GOTO(status, set_meta(w, stmt, "images_without_row", number, err));
    for (const eh_import_meta *m = w->imp->meta; m; m = m->next)
        EH_TRY_GOTO(status, set_meta(w, stmt, m->key, m->value, err));
    EH_TRY_GOTO(status, set_limit(w, stmt, "max_entries", w->imp->opts->archive.max_entries, err));
    EH_TRY_GOTO(status, set_limit(w, stmt, "max_unpacked", w->imp->opts->archive.max_bytes, err));
done:
    sqlite3_finalize(stmt);
    eh_str_clear(&root);
    return status;
}

static eh_status write_columns(writer *w, eh_error *err)
{
    sqlite3_stmt *columns = NULL, *classes = NULL;
    eh_str sql = { 0 };
    eh_status status;
    EH_TRY_GOTO(status,
                eh_sql_prepare(&columns, w->db, w->path, "INSERT INTO \"column\" VALUES (?, ?, ?)", err));
    EH_TRY_GOTO(status, eh_sql_prepare(&classes, w->db, w->path, "INSERT INTO class VALUES (?, ?, ?)", err));
    eh_str_append(&sql, "CREATE TABLE label (image INTEGER PRIMARY KEY REFERENCES image (id)");
    for (size_t i = 0; i < w->imp->columns; i++) {
        const eh_column_store *column = &w->imp->column[i];
        static const char *const type[] = { "INTEGER", "REAL", "TEXT", "TEXT" };
        eh_str_appendf(&sql, ", c%zu %s", i, type[column->kind]);
        sqlite3_bind_int64(columns, 1, (sqlite3_int64)i);
        sqlite3_bind_text(columns, 2, column->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(columns, 3, kind_word[column->kind], -1, SQLITE_STATIC);
        EH_TRY_GOTO(status, eh_sql_step(columns, w->path, err));
        for (size_t k = 0; k < column->classes; k++) {
            sqlite3_bind_int64(classes, 1, (sqlite3_int64)i);
            sqlite3_bind_int64(classes, 2, (sqlite3_int64)k);
            sqlite3_bind_text(classes, 3, column->class_name[k], -1, SQLITE_STATIC);
            EH_TRY_GOTO(status, eh_sql_step(classes, w->path, err));
        }
    }
    eh_str_append(&sql, ")");
    EH_TRY_GOTO(status, eh_str_check(&sql, err));
    EH_TRY_GOTO(status, eh_sql_exec(w->db, w->path, sql.data, err));
done:
    sqlite3_finalize(columns);
    sqlite3_finalize(classes);
    eh_str_clear(&sql);
    return status;
}

static eh_status write_image(writer *w, sqlite3_stmt *stmt, size_t row, eh_error *err)
{
    const eh_import_image *image = &w->imp->image[row];
    const eh_image_look *look = w->imp->look ? &w->imp->look[row] : NULL;
    sqlite3_bind_int64(stmt, 1, (sqlite3_int64)row + 1);
    sqlite3_bind_text(stmt, 2, image->container, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 3, image->path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 4, image->item);
    sqlite3_bind_int64(stmt, 5, (sqlite3_int64)image->bytes);
    if (image->width > 0) {
        sqlite3_bind_int(stmt, 6, image->width);
        sqlite3_bind_int(stmt, 7, image->height);
        sqlite3_bind_int(stmt, 8, image->channels);
    } else {
        for (int i = 6; i <= 8; i++)
            sqlite3_bind_null(stmt, i);
    }
    sqlite3_bind_blob(stmt, 9, image->sha256, 32, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 10, image->reason ? "broken" : "ok", -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 11, image->reason, -1, SQLITE_STATIC);
    if (look && look->known)
        sqlite3_bind_int64(stmt, 12, (sqlite3_int64)look->phash[EH_PHASH_UPRIGHT]);
    else
        sqlite3_bind_null(stmt, 12);
    return eh_sql_step(stmt, w->path, err);
}

static eh_status write_look(writer *w, sqlite3_stmt *stmt, size_t row, eh_error *err)
{
    if (!w->imp->look || !w->imp->look[row].known)
        return EH_OK;
    eh_look_bind(stmt, (int64_t)row + 1, &w->imp->look[row]);
    return eh_sql_step(stmt, w->path, err);
}

static eh_status write_labels(writer *w, sqlite3_stmt *stmt, size_t row, eh_error *err)
{
    sqlite3_bind_int64(stmt, 1, (sqlite3_int64)row + 1);
    for (size_t i = 0; i < w->imp->columns; i++) {
        const eh_column_store *column = &w->imp->column[i];
        int field = (int)i + 2;
        if (column->kind == EH_COLUMN_CLASS && column->cls[row] >= 0)
            sqlite3_bind_int(stmt, field, column->cls[row]);
        else if (column->kind == EH_COLUMN_NUMBER && !isnan(column->number[row]))
            sqlite3_bind_double(stmt, field, column->number[row]);
        else if (column->text)
            sqlite3_bind_text(stmt, field, column->text[row], -1, SQLITE_STATIC); /* NULL binds as missing */
        else
            sqlite3_bind_null(stmt, field);
    }
    return eh_sql_step(stmt, w->path, err);
}

static eh_status write_rows(writer *w, eh_error *err)
{
    sqlite3_stmt *image = NULL, *label = NULL, *split = NULL, *look = NULL;
    eh_str sql = { 0 };
    eh_status status;
    bool any_part = false;
    for (size_t row = 0; row < w->imp->rows; row++)
        any_part |= w->imp->image[row].part != EH_PART_NONE;
    if (any_part)
        EH_TRY(eh_sql_exec(w->db, w->path,
                           "INSERT INTO scheme VALUES (1, 'given', 'as the source says');"
                           "INSERT INTO meta VALUES ('scheme', 'given');",
                           err));
    eh_str_append(&sql, "INSERT INTO label VALUES (?");
    for (size_t i = 0; i < w->imp->columns; i++)
        eh_str_append(&sql, ", ?");
    eh_str_append(&sql, ")");
    EH_TRY_GOTO(status, eh_str_check(&sql, err));
    EH_TRY_GOTO(status, eh_sql_prepare(&label, w->db, w->path, sql.data, err));
    EH_TRY_GOTO(status, eh_sql_prepare(&split, w->db, w->path, "INSERT INTO split VALUES (1, ?, ?)", err));
    EH_TRY_GOTO(status, eh_sql_prepare(&image, w->db, w->path,
                                       "INSERT INTO image (id, container, path, item, bytes, width, height, "
                                       "channels, sha256, "
                                       "status, reason, phash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                       err));
    EH_TRY_GOTO(status, eh_sql_prepare(&look, w->db, w->path, eh_look_insert, err));
    eh_progress_begin(w->imp->progress, "write catalog", w->imp->rows, "images");
    for (size_t row = 0; row < w->imp->rows; row++) {
        EH_TRY_GOTO(status, write_image(w, image, row, err));
        EH_TRY_GOTO(status, write_labels(w, label, row, err));
        EH_TRY_GOTO(status, write_look(w, look, row, err));
        if (any_part) {
            sqlite3_bind_int64(split, 1, (sqlite3_int64)row + 1);
            sqlite3_bind_int(split, 2, w->imp->image[row].part);
            EH_TRY_GOTO(status, eh_sql_step(split, w->path, err));
        }
        if (row % 4096 == 4095)
            eh_progress_update(w->imp->progress, row + 1, NULL);
    }
    eh_progress_end(w->imp->progress, NULL);
done:
    sqlite3_finalize(image);
    sqlite3_finalize(label);
    sqlite3_finalize(split);
    sqlite3_finalize(look);
    eh_str_clear(&sql);
    return status;
}

/* What the values of a column's masks stand for. */
static eh_status write_values(writer *w, sqlite3_stmt *stmt, size_t i, eh_error *err)
{
    const eh_mask_values *values = &w->imp->column[i].values;
    for (size_t k = 0; k < 256 + values->colours; k++) {
        uint8_t cls = k < 256 ? values->cls[k] : values->colour_cls[k - 256];
        if (k < 256 && !values->known[k])
            continue;
        sqlite3_bind_int64(stmt, 1, (sqlite3_int64)i);
        sqlite3_bind_int64(stmt, 2, k < 256 ? (sqlite3_int64)k : (sqlite3_int64)values->colour[k - 256]);
        if (cls == EH_MASK_IGNORE)
            sqlite3_bind_null(stmt, 3);
        else
            sqlite3_bind_int(stmt, 3, cls);
        EH_TRY(eh_sql_step(stmt, w->path, err));
    }
    return EH_OK;
}

/* The masks of one column: a row for each image that has one. */
static eh_status write_column_masks(writer *w, sqlite3_stmt *stmt, size_t i, eh_error *err)
{
    const eh_column_store *column = &w->imp->column[i];
    for (size_t row = 0; row < w->imp->rows; row++) {
        if (!column->text[row])
            continue;
        sqlite3_bind_int64(stmt, 1, (sqlite3_int64)i);
        sqlite3_bind_int64(stmt, 2, (sqlite3_int64)row + 1);
        sqlite3_bind_blob(stmt, 3, column->mask[row].sha256, 32, SQLITE_STATIC);
        if (column->mask[row].png)
            sqlite3_bind_blob64(stmt, 4, column->mask[row].png, column->mask[row].png_size, SQLITE_STATIC);
        else
            sqlite3_bind_null(stmt, 4);
        EH_TRY(eh_sql_step(stmt, w->path, err));
    }
    return EH_OK;
}

/* The tables of masks, in a catalog that has any. */
static eh_status write_masks(writer *w, eh_error *err)
{
    sqlite3_stmt *values = NULL, *masks = NULL;
    eh_status status = EH_OK;
    size_t columns = 0;
    for (size_t i = 0; i < w->imp->columns; i++)
        columns += w->imp->column[i].kind == EH_COLUMN_MASK;
    if (columns == 0)
        return EH_OK;
    EH_TRY(eh_sql_exec(w->db, w->path, eh_catalog_mask_schema, err));
    EH_TRY_GOTO(status, eh_sql_prepare(&values, w->db, w->path, "INSERT INTO pixel VALUES (?, ?, ?)", err));
    EH_TRY_GOTO(status, eh_sql_prepare(&masks, w->db, w->path, "INSERT INTO mask VALUES (?, ?, ?, ?)", err));
    for (size_t i = 0; i < w->imp->columns; i++) {
        if (w->imp->column[i].kind != EH_COLUMN_MASK)
            continue;
        EH_TRY_GOTO(status, write_values(w, values, i, err));
        EH_TRY_GOTO(status, write_column_masks(w, masks, i, err));
    }
done:
    sqlite3_finalize(values);
    sqlite3_finalize(masks);
    return status;
}

static eh_status write_skipped(writer *w, eh_error *err)
{
    sqlite3_stmt *stmt;
    eh_status status = EH_OK;
    EH_TRY(eh_sql_prepare(&stmt, w->db, w->path, "INSERT INTO skipped (item, reason) VALUES (?, ?)", err));
    for (size_t i = 0; i < w->imp->skips && status == EH_OK; i++) {
        sqlite3_bind_text(stmt, 1, w->imp->skipped[i].item, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, w->imp->skipped[i].reason, -1, SQLITE_STATIC);
        status = eh_sql_step(stmt, w->path, err);
    }
    sqlite3_finalize(stmt);
    return status;
}

eh_status eh_import_write(eh_import *imp, const char *temporary, const char *path, eh_error *err)
{
    writer w = { .imp = imp, .path = path };
    eh_status status;
    char pragmas[160];
    EH_TRY(eh_sql_open(&w.db, temporary, SQLITE_OPEN_READWRITE, err));
    /* No journal: until the final rename the file is nobody's, and a failed one is deleted. */
    snprintf(pragmas, sizeof pragmas,
             "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;"
             "PRAGMA application_id = %d; PRAGMA user_version = %d; BEGIN;",
             EH_CATALOG_APPLICATION, EH_CATALOG_VERSION);
    EH_TRY_GOTO(status, eh_sql_exec(w.db, path, pragmas, err));
    EH_TRY_GOTO(status, eh_sql_exec(w.db, path, eh_catalog_schema, err));
    EH_TRY_GOTO(status, eh_sql_exec(w.db, path, eh_catalog_clean_schema, err));
    EH_TRY_GOTO(status, eh_sql_exec(w.db, path, eh_look_schema, err));
    EH_TRY_GOTO(status, write_meta(&w, err));
    EH_TRY_GOTO(status, write_columns(&w, err));
    EH_TRY_GOTO(status, write_rows(&w, err));
    EH_TRY_GOTO(status, write_masks(&w, err));
    EH_TRY_GOTO(status, write_skipped(&w, err));
    EH_TRY_GOTO(status, eh_sql_exec(w.db, path, "COMMIT; PRAGMA optimize;", err));
done:
    sqlite3_close(w.db);
    return status;
}
