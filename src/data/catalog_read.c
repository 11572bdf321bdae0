/* catalog_read.c - where an image of a catalog lies, its pixels, and its hash. */
#include "data/image_property.h"
#include "data/query_sql.h"

#include "base/file.h"
#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const eh_format *eh_format_of_container(const char *container)
{
    for (const eh_entry *const *e = eh_format_list; *e; e++) {
        const eh_format *format = (const eh_format *)*e;
        if (format->container && strcmp(format->container, container) == 0)
            return format;
    }
    return NULL;
}

/* Runs the prepared look-up; the caller holds the lock. */
static eh_status locate(eh_catalog *c, int64_t id, eh_image_place *out, eh_error *err)
{
    if (!c->locate)
        EH_TRY(eh_sql_prepare(&c->locate, c->db, c->path,
                              "SELECT container, path, item FROM image WHERE id = ?", err));
    sqlite3_bind_int64(c->locate, 1, id);
    eh_status status = EH_OK;
    int code = sqlite3_step(c->locate);
    if (code == SQLITE_ROW) {
        const char *container = (const char *)sqlite3_column_text(c->locate, 0);
        const char *path = (const char *)sqlite3_column_text(c->locate, 1);
        size_t size = path ? strlen(path) + 1 : 0;
        out->item = sqlite3_column_int64(c->locate, 2);
        out->format = container ? eh_format_of_container(container) : NULL;
        if (!container || !path || (!out->format && strcmp(container, "file") != 0))
            status = eh_fail(err, EH_ERR_INPUT,
                             "image %lld of the catalog %s lies in a container of kind '%s', which this "
                             "evenhand cannot read; "
                             "import the data set again",
                             (long long)id, c->path, container ? container : "");
        else if (!(out->path = eh_alloc(size, 1)))
            status = eh_fail_memory(err, "the path of an image", size, 1);
        else
            memcpy(out->path, path, size);
    } else if (code == SQLITE_DONE) {
        status = eh_fail(err, EH_ERR_USAGE, "the catalog %s has no image %lld", c->path, (long long)id);
    } else {
        status = eh_sql_fail(c->db, c->path, err);
    }
    sqlite3_reset(c->locate);
    return status;
}

eh_status eh_catalog_locate(eh_catalog *catalog, int64_t id, eh_image_place *out, eh_error *err)
{
    *out = (eh_image_place){ 0 };
    pthread_mutex_lock(&catalog->lock);
    eh_status status = locate(catalog, id, out, err);
    pthread_mutex_unlock(&catalog->lock);
    return status;
}

eh_status eh_catalog_image_name(eh_catalog *catalog, int64_t id, char *out, size_t size, eh_error *err)
{
    eh_image_place place;
    EH_TRY(eh_catalog_locate(catalog, id, &place, err));
    assert(place.path);
    if (place.format)
        snprintf(out, size, "%s#%lld", place.path, (long long)place.item);
    else
        snprintf(out, size, "%s", place.path);
    eh_free(place.path);
    return EH_OK;
}

/* A limit that the import was given, as the catalog's "meta" keeps it; 0 when it has none. The caller holds the lock. */
static eh_status archive_limit(eh_catalog *c, const char *key, uint64_t *out, eh_error *err)
{
    const char *text;
    int64_t value = 0;
    EH_TRY(eh_catalog_meta(c, key, &text, err));
    *out = text && eh_parse_int(&value, text) && value > 0 ? (uint64_t)value : 0;
    return EH_OK;
}

/* Opens the source; the caller holds the lock. */
static eh_status open_source(eh_catalog *c, eh_error *err)
{
    eh_archive_limits limits;
    if (c->source)
        return EH_OK;
    EH_TRY(archive_limit(c, "max_entries", &limits.max_entries, err));
    EH_TRY(archive_limit(c, "max_unpacked", &limits.max_bytes, err));
    return eh_source_open(&c->source, c->root, &limits, NULL, err);
}

eh_status eh_catalog_source(eh_catalog *catalog, const eh_source **out, eh_error *err)
{
    pthread_mutex_lock(&catalog->lock);
    eh_status status = open_source(catalog, err);
    *out = catalog->source;
    pthread_mutex_unlock(&catalog->lock);
    return status;
}

/* The opened container, opening it the first time. Threads that need it at the same moment wait for the one that opens it. */
static eh_status open_container(eh_catalog *c, const eh_source *source, const eh_image_place *place,
                                void **state, eh_error *err)
{
    eh_status status = EH_OK;
    pthread_mutex_lock(&c->lock);
    eh_open_container *o = c->container;
    while (o && (o->format != place->format || strcmp(o->path, place->path) != 0))
        o = o->next;
    if (!o) {
        o = eh_arena_alloc(c->arena, 1, sizeof *o);
        const char *path = eh_arena_strdup(c->arena, place->path);
        if (!o || !path) {
            status = eh_fail_memory(err, "an open container", 1, sizeof *o);
            goto done;
        }
        o->path = path;
        o->format = place->format;
        EH_TRY_GOTO(status, place->format->open(&o->state, source, path, err));
        o->next = c->container;
        c->container = o;
    }
    *state = o->state;
done:
    pthread_mutex_unlock(&c->lock);
    return status;
}

/* Decodes a plain file, whose contents must still have the hash when one is given. */
static eh_status read_file(const eh_source *source, const char *path, const uint8_t *sha256,
                           const eh_decode_opts *opts, eh_image *out, eh_error *err)
{
    uint8_t *bytes, now[32];
    size_t size;
    eh_error reason = { 0 };
    EH_TRY(eh_source_read(&bytes, &size, source, path, 0, err));
    if (sha256)
        eh_sha256(now, bytes, size);
    eh_status status;
    if (sha256 && memcmp(now, sha256, sizeof now) != 0) {
        status = eh_fail(err, EH_ERR_INPUT,
                         "%s/%s has other contents than at the import; import the data set again",
                         eh_source_name(source), path);
    } else {
        status = eh_image_decode(out, bytes, size, opts, &reason);
        if (status != EH_OK)
            eh_fail(err, status, "%s/%s: %s", eh_source_name(source), path, reason.message);
    }
    eh_free(bytes);
    return status;
}

eh_status eh_catalog_read_checked(eh_catalog *catalog, int64_t id, const uint8_t *sha256,
                                  const eh_decode_opts *opts, eh_image *out, eh_error *err)
{
    eh_image_place place;
    const eh_source *source;
    *out = (eh_image){ 0 };
    EH_TRY(eh_catalog_locate(catalog, id, &place, err));
    assert(place.path);
    eh_status status;
    EH_TRY_GOTO(status, eh_catalog_source(catalog, &source, err));
    if (place.format) {
        static const eh_decode_opts rgb = { 0 };
        void *state = NULL;
        EH_TRY_GOTO(status, open_container(catalog, source, &place, &state, err));
        status = place.format->read(state, place.item, opts ? opts : &rgb, out, err);
    } else {
        status = read_file(source, place.path, sha256, opts, out, err);
    }
done:
    eh_free(place.path);
    return status;
}

eh_status eh_catalog_read_image(eh_catalog *catalog, int64_t id, const eh_decode_opts *opts, eh_image *out,
                                eh_error *err)
{
    return eh_catalog_read_checked(catalog, id, NULL, opts, out, err);
}

eh_status eh_catalog_measure(eh_catalog_sizes *out, eh_catalog *catalog, const eh_query *where, eh_error *err)
{
    eh_str sql = { 0 };
    sqlite3_stmt *stmt = NULL;
    int64_t scheme = 0;
    int code = SQLITE_DONE;
    eh_status status;
    *out = (eh_catalog_sizes){ 0 };
    pthread_mutex_lock(&catalog->lock);
    EH_TRY_GOTO(status, eh_catalog_scheme(catalog, &scheme, err));
    eh_str_append(&sql, "SELECT i.width, i.height, count(*), max(i.channels), sum(i.bytes)");
    eh_str_append(&sql, where ? EH_IMAGE_TABLES : " FROM image i");
    EH_TRY_GOTO(status, eh_query_append_where(&sql, catalog, where, err));
    eh_str_append(&sql, " GROUP BY i.width, i.height ORDER BY 3 DESC, 1, 2");
    EH_TRY_GOTO(status, eh_str_check(&sql, err));
    EH_TRY_GOTO(status, eh_sql_prepare(&stmt, catalog->db, catalog->path, sql.data, err));
    if (where)
        sqlite3_bind_int64(stmt, 1, scheme);
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        int width = sqlite3_column_int(stmt, 0), height = sqlite3_column_int(stmt, 1),
            channels = sqlite3_column_int(stmt, 3);
        if (out->of_that_size == 0) {
            out->width = out->min_width = out->max_width = width;
            out->height = out->min_height = out->max_height = height;
            out->of_that_size = (uint64_t)sqlite3_column_int64(stmt, 2);
        }
        out->min_width = width < out->min_width ? width : out->min_width;
        out->max_width = width > out->max_width ? width : out->max_width;
        out->min_height = height < out->min_height ? height : out->min_height;
        out->max_height = height > out->max_height ? height : out->max_height;
        out->channels = channels > out->channels ? channels : out->channels;
        out->bytes += (uint64_t)sqlite3_column_int64(stmt, 4);
    }
    if (code != SQLITE_DONE)
        status = eh_sql_fail(catalog->db, catalog->path, err);
done:
    sqlite3_finalize(stmt);
    pthread_mutex_unlock(&catalog->lock);
    eh_str_clear(&sql);
    return status;
}

eh_status eh_catalog_image_hashes(eh_catalog *catalog, const int64_t *id, size_t count, uint8_t *out,
                                  eh_error *err)
{
    sqlite3_stmt *stmt;
    pthread_mutex_lock(&catalog->lock);
    eh_status status = eh_sql_prepare(&stmt, catalog->db, catalog->path,
                                      "SELECT id, sha256 FROM image WHERE status = 'ok' ORDER BY id", err);
    size_t done = 0;
    int code = SQLITE_DONE;
    while (status == EH_OK && done < count && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (sqlite3_column_int64(stmt, 0) != id[done])
            continue;
        if (sqlite3_column_bytes(stmt, 1) != 32) {
            status = eh_fail(err, EH_ERR_INPUT,
                             "the catalog %s is damaged: image %lld has no hash; import the data set again",
                             catalog->path, (long long)id[done]);
            break;
        }
        memcpy(out + 32 * done++, sqlite3_column_blob(stmt, 1), 32);
    }
    if (status == EH_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        status = eh_sql_fail(catalog->db, catalog->path, err);
    sqlite3_finalize(stmt);
    pthread_mutex_unlock(&catalog->lock);
    if (status == EH_OK && done != count)
        status = eh_fail(err, EH_ERR_INPUT,
                         "the catalog %s was changed meanwhile: only %zu of %zu images are still there",
                         catalog->path, done, count);
    return status;
}

/* Appends one value of a row in a form that never makes two different rows equal: type, length, bytes. */
static void append_value(eh_str *s, sqlite3_stmt *stmt, int column)
{
    int type = sqlite3_column_type(stmt, column);
    char tag = (char)('0' + type);
    eh_str_append_bytes(s, &tag, 1);
    if (type == SQLITE_INTEGER) {
        eh_str_appendf(s, "%lld;", (long long)sqlite3_column_int64(stmt, column));
    } else if (type == SQLITE_FLOAT) {
        eh_str_appendf(s, "%.17g;", sqlite3_column_double(stmt, column));
    } else if (type != SQLITE_NULL) {
        const void *bytes = sqlite3_column_blob(stmt, column);
        int size = sqlite3_column_bytes(stmt, column);
        eh_str_appendf(s, "%d:", size);
        if (size > 0)
            eh_str_append_bytes(s, bytes, (size_t)size);
    }
}

/* Every row's digest goes into the next one's: hash = SHA-256(hash so far, row). The first covers the columns and class names. */
static eh_status hash_rows(eh_catalog *c, const char *sql, int64_t scheme, uint8_t hash[32], eh_error *err)
{
    sqlite3_stmt *stmt;
    eh_str row = { 0 };
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path, sql, err));
    if (sqlite3_bind_parameter_count(stmt) > 0)
        sqlite3_bind_int64(stmt, 1, scheme);
    int code, columns = sqlite3_column_count(stmt);
    eh_status status = EH_OK;
    while (status == EH_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        row.size = 0;
        eh_str_append_bytes(&row, hash, 32);
        for (int i = 0; i < columns; i++)
            append_value(&row, stmt, i);
        status = eh_str_check(&row, err);
        if (status == EH_OK)
            eh_sha256(hash, row.data, row.size);
    }
    if (status == EH_OK && code != SQLITE_DONE)
        status = eh_sql_fail(c->db, c->path, err);
    eh_str_clear(&row);
    sqlite3_finalize(stmt);
    return status;
}

eh_status eh_catalog_hash(char out[65], eh_catalog *catalog, eh_error *err)
{
    uint8_t hash[32] = { 0 };
    int64_t scheme = 0;
    eh_str sql = { 0 };
    pthread_mutex_lock(&catalog->lock);
    eh_status status;
    EH_TRY_GOTO(status, eh_catalog_scheme(catalog, &scheme, err));
    EH_TRY_GOTO(status, hash_rows(catalog, "SELECT name, kind FROM \"column\" ORDER BY id", 0, hash, err));
    EH_TRY_GOTO(status,
                hash_rows(catalog, "SELECT \"column\", value, name FROM class ORDER BY \"column\", value", 0,
                          hash, err));
    /* Ids stay out of it: the same images, labels and split give the same hash wherever the rows came from. */
    eh_str_append(&sql, "SELECT i.sha256, s.part");
    for (size_t i = 0; i < catalog->columns; i++)
        if (catalog->column[i].kind == EH_COLUMN_MASK) /* what it shows, not where it lies */
            eh_str_appendf(&sql, ", (SELECT sha256 FROM mask m WHERE m.\"column\" = %zu AND m.image = i.id)",
                           i);
        else
            eh_str_appendf(&sql, ", l.c%zu", i);
    eh_str_append(&sql, " FROM image i LEFT JOIN label l ON l.image = i.id LEFT JOIN split s ON s.scheme = "
                        "?1 AND s.image = i.id"
                        " WHERE i.status = 'ok' ORDER BY i.id");
    EH_TRY_GOTO(status, eh_str_check(&sql, err));
    EH_TRY_GOTO(status, hash_rows(catalog, sql.data, scheme, hash, err));
    eh_hex(out, hash, 32);
done:
    pthread_mutex_unlock(&catalog->lock);
    eh_str_clear(&sql);
    return status;
}
