/* catalog_mask.c - masks of a catalog's images.
 *
 * A mask lies in a file of the images' source, whose path is the label, or inside of the catalog (table `mask`, column png). What the values in
 * the files of a column stand for is in the table `pixel`; a mask inside of the catalog holds classes as they are.
 */
#include "data/catalog_store.h"

#include "base/file.h"

#include <string.h>

/* What the values of the column stand for, read the first time. The caller holds the lock. */
static eh_status load_values(eh_catalog *c, size_t column, const eh_mask_values **out, eh_error *err)
{
    if (!c->mask_values)
        c->mask_values = eh_arena_alloc(c->arena, c->columns, sizeof(eh_mask_values *));
    if (!c->mask_values)
        return eh_fail_memory(err, "the values of masks", c->columns, sizeof(eh_mask_values *));
    *out = c->mask_values[column];
    if (*out)
        return EH_OK;
    eh_mask_values *values = eh_alloc(1, sizeof *values);
    if (!values)
        return eh_fail_memory(err, "the values of masks", 1, sizeof *values);
    sqlite3_stmt *stmt;
    int code = SQLITE_DONE;
    eh_status status =
        eh_sql_prepare(&stmt, c->db, c->path, "SELECT value, class FROM pixel WHERE \"column\" = ?", err);
    if (status == EH_OK)
        sqlite3_bind_int64(stmt, 1, (sqlite3_int64)column);
    while (status == EH_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        sqlite3_int64 value = sqlite3_column_int64(stmt, 0), cls = sqlite3_column_int64(stmt, 1);
        if (sqlite3_column_type(stmt, 1) == SQLITE_NULL)
            cls = EH_MASK_IGNORE;
        if (value < 0 || value > 2 * (sqlite3_int64)EH_MASK_COLOUR || cls < 0 ||
            (cls >= (sqlite3_int64)c->column[column].classes && cls != EH_MASK_IGNORE))
            status =
                eh_fail(err, EH_ERR_INPUT,
                        "the catalog %s is damaged: its table of pixels; import the data set again", c->path);
        else
            status = eh_mask_values_add(values, (uint32_t)value, (uint8_t)cls, err);
    }
    if (status == EH_OK && code != SQLITE_DONE)
        status = eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    if (status != EH_OK) {
        eh_mask_values_clear(values);
        eh_free(values);
        return status;
    }
    *out = c->mask_values[column] = values;
    return EH_OK;
}

/* Where a mask lies. Both owned by the caller; png NULL: in the file. */
typedef struct mask_place {
    char *path;
    uint8_t *png;
    size_t png_size;
    int width, height; /* of the image */
} mask_place;

static void clear_place(mask_place *place)
{
    eh_free(place->path);
    eh_free(place->png);
}

static eh_status copy_place(mask_place *out, sqlite3_stmt *stmt, eh_error *err)
{
    const char *path = (const char *)sqlite3_column_text(stmt, 0);
    const void *png = sqlite3_column_blob(stmt, 1);
    size_t length = strlen(path) + 1;
    out->png_size = (size_t)sqlite3_column_bytes(stmt, 1);
    out->width = sqlite3_column_int(stmt, 2);
    out->height = sqlite3_column_int(stmt, 3);
    out->path = eh_alloc(length, 1);
    out->png = png ? eh_alloc(out->png_size, 1) : NULL;
    if (!out->path || (png && !out->png))
        return eh_fail_memory(err, "a mask", length + out->png_size, 1);
    memcpy(out->path, path, length);
    if (png)
        memcpy(out->png, png, out->png_size);
    return EH_OK;
}

/* The caller holds the lock. */
static eh_status find_mask(eh_catalog *c, int64_t id, size_t column, mask_place *out, eh_error *err)
{
    sqlite3_stmt *stmt;
    char sql[400];
    snprintf(sql, sizeof sql,
             "SELECT l.c%zu, m.png, i.width, i.height FROM image i JOIN label l ON l.image = i.id JOIN mask "
             "m ON m.image = i.id "
             "WHERE i.id = ?1 AND m.\"column\" = %zu AND l.c%zu IS NOT NULL",
             column, column, column);
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path, sql, err));
    sqlite3_bind_int64(stmt, 1, id);
    int code = sqlite3_step(stmt);
    eh_status status;
    if (code == SQLITE_ROW)
        status = copy_place(out, stmt, err);
    else if (code == SQLITE_DONE)
        status = eh_fail(err, EH_ERR_USAGE, "image %lld of the catalog %s has no mask in the column '%s'",
                         (long long)id, c->path, c->column[column].name);
    else
        status = eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

/* A mask inside of the catalog holds classes. */
static eh_status decode_stored(const eh_catalog *c, const mask_place *place, size_t classes, eh_image *out,
                               eh_error *err)
{
    const eh_decode_opts indices = { .indices = 1 };
    EH_TRY(eh_image_decode(out, place->png, place->png_size, &indices, err));
    size_t pixels = (size_t)out->width * (size_t)out->height;
    for (size_t i = 0; i < pixels; i++)
        if (out->data[i] >= classes && out->data[i] != EH_MASK_IGNORE) {
            eh_image_clear(out);
            return eh_fail(err, EH_ERR_INPUT,
                           "the catalog %s is damaged: its mask '%s'; import the data set again", c->path,
                           place->path);
        }
    return EH_OK;
}

/* sha256: the contents that the file must still have, or NULL. */
static eh_status decode_file(eh_catalog *c, const mask_place *place, const eh_mask_values *values,
                             const uint8_t *sha256, eh_image *out, eh_error *err)
{
    const eh_source *source;
    uint8_t *bytes;
    size_t size;
    eh_error reason = { 0 };
    EH_TRY(eh_catalog_source(c, &source, err));
    EH_TRY(eh_source_read(&bytes, &size, source, place->path, 0, err));
    uint8_t hash[32] = { 0 };
    if (sha256)
        eh_sha256(hash, bytes, size);
    eh_status status = sha256 && memcmp(hash, sha256, sizeof hash) != 0
                           ? eh_fail(&reason, EH_ERR_INPUT, "has other contents than at the import")
                           : eh_mask_decode(out, bytes, size, values, NULL, &reason);
    if (status != EH_OK)
        eh_fail(err, status, "%s/%s: %s", eh_source_name(source), place->path, reason.message);
    eh_free(bytes);
    return status;
}

static eh_status check_column(const eh_catalog *c, size_t column, eh_error *err)
{
    if (column < c->columns && c->column[column].kind == EH_COLUMN_MASK)
        return EH_OK;
    return eh_fail(err, EH_ERR_USAGE, "the column '%s' of the catalog %s does not hold masks",
                   column < c->columns ? c->column[column].name : "", c->path);
}

eh_status eh_catalog_read_mask_checked(eh_catalog *catalog, int64_t id, size_t column, const uint8_t *sha256,
                                       eh_image *out, eh_error *err)
{
    mask_place place = { 0 };
    const eh_mask_values *values = NULL;
    *out = (eh_image){ 0 };
    EH_TRY(check_column(catalog, column, err));
    pthread_mutex_lock(&catalog->lock);
    eh_status status = load_values(catalog, column, &values, err);
    if (status == EH_OK)
        status = find_mask(catalog, id, column, &place, err);
    pthread_mutex_unlock(&catalog->lock);
    if (status == EH_OK)
        status = place.png ? decode_stored(catalog, &place, catalog->column[column].classes, out, err)
                           : decode_file(catalog, &place, values, sha256, out, err);
    if (status == EH_OK && (out->width != place.width || out->height != place.height)) {
        status =
            eh_fail(err, EH_ERR_INPUT,
                    "the mask %s has %d x %d pixels, but its image %d x %d; it was changed after the import",
                    place.path, out->width, out->height, place.width, place.height);
        eh_image_clear(out);
    }
    clear_place(&place);
    return status;
}

eh_status eh_catalog_read_mask(eh_catalog *catalog, int64_t id, size_t column, eh_image *out, eh_error *err)
{
    return eh_catalog_read_mask_checked(catalog, id, column, NULL, out, err);
}

/* The caller holds the lock. */
static eh_status read_hashes(eh_catalog *c, size_t column, const int64_t *id, size_t count, uint8_t *out,
                             eh_error *err)
{
    sqlite3_stmt *stmt;
    char sql[300];
    snprintf(sql, sizeof sql,
             "SELECT m.image, m.sha256 FROM mask m JOIN label l ON l.image = m.image "
             "WHERE m.\"column\" = %zu AND l.c%zu IS NOT NULL ORDER BY m.image",
             column, column);
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path, sql, err));
    int code;
    size_t at = 0;
    eh_status status = EH_OK;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        int64_t image = sqlite3_column_int64(stmt, 0);
        while (at < count && id[at] < image)
            at++;
        if (at == count || id[at] != image)
            continue;
        if (sqlite3_column_bytes(stmt, 1) != 32) {
            status = eh_fail(err, EH_ERR_INPUT,
                             "the catalog %s is damaged: the mask of image %lld has no hash; import the data "
                             "set again",
                             c->path, (long long)image);
            break;
        }
        memcpy(out + 32 * at, sqlite3_column_blob(stmt, 1), 32);
    }
    if (status == EH_OK && code != SQLITE_DONE)
        status = eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

/* Two columns whose values stand for the same classes have the same hash. */
static eh_status hash_values(const eh_mask_values *v, uint8_t out[32], eh_error *err)
{
    size_t fixed = sizeof v->cls + sizeof v->known, size = fixed + 5 * v->colours;
    uint8_t *bytes = eh_alloc(size, 1);
    if (!bytes)
        return eh_fail_memory(err, "the values of masks", size, 1);
    for (size_t i = 0; i < 256; i++) {
        bytes[i] = v->known[i] ? v->cls[i] : 0;
        bytes[256 + i] = v->known[i];
    }
    for (size_t i = 0; i < v->colours; i++) {
        for (int b = 0; b < 4; b++)
            bytes[fixed + 5 * i + (size_t)b] = (uint8_t)(v->colour[i] >> 8 * b);
        bytes[fixed + 5 * i + 4] = v->colour_cls[i];
    }
    eh_sha256(out, bytes, size);
    eh_free(bytes);
    return EH_OK;
}

eh_status eh_catalog_mask_hashes(eh_catalog *catalog, size_t column, const int64_t *id, size_t count,
                                 uint8_t *out, uint8_t meaning[32], eh_error *err)
{
    const eh_mask_values *values = NULL;
    EH_TRY(check_column(catalog, column, err));
    memset(out, 0, 32 * count);
    pthread_mutex_lock(&catalog->lock);
    eh_status status = load_values(catalog, column, &values, err);
    if (status == EH_OK)
        status = read_hashes(catalog, column, id, count, out, err);
    pthread_mutex_unlock(&catalog->lock);
    return status == EH_OK ? hash_values(values, meaning, err) : status;
}
