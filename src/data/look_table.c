/* look_table.c - the table `look`: read, and completed with what is not known yet. */
#include "data/image_look.h"

#include "base/threads.h"
#include "data/catalog_store.h"

#include <assert.h>
#include <string.h>

#define MEASURES \
    "brightness, contrast, shade, light, blur, colorfulness, entropy, clipped_dark, clipped_light, aspect"
enum { MEASURE_COUNT = sizeof(eh_image_quality_measures) / sizeof(float) };
static_assert(MEASURE_COUNT == 10, "a column for every measure, in the order of the struct");

const char *const eh_look_schema =
    "CREATE TABLE look ("
    " image INTEGER PRIMARY KEY REFERENCES image (id),"
    " phash BLOB NOT NULL,"
    " pixels BLOB,"
    " brightness REAL, contrast REAL, shade REAL, light REAL, blur REAL, colorfulness REAL, entropy REAL,"
    " clipped_dark REAL, clipped_light REAL, aspect REAL);";

const char *const eh_look_insert =
    "INSERT INTO look (image, phash, pixels, " MEASURES ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

void eh_look_bind(struct sqlite3_stmt *stmt, int64_t image, const eh_image_look *look)
{
    uint8_t hash[8 * EH_PHASH_VARIANTS]; /* big-endian, so that hex() shows them as imagehash does */
    float measure[MEASURE_COUNT];
    for (size_t i = 0; i < sizeof hash; i++)
        hash[i] = (uint8_t)(look->phash[i / 8] >> (56 - 8 * (i % 8)));
    memcpy(measure, &look->quality, sizeof measure);
    sqlite3_bind_int64(stmt, 1, image);
    sqlite3_bind_blob(stmt, 2, hash, sizeof hash, SQLITE_TRANSIENT);
    if (look->pixels_known)
        sqlite3_bind_blob(stmt, 3, look->pixels, sizeof look->pixels, SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, 3);
    for (int i = 0; i < MEASURE_COUNT; i++)
        sqlite3_bind_double(stmt, 4 + i, (double)measure[i]);
}

static bool read_row(eh_image_look *out, sqlite3_stmt *stmt)
{
    const uint8_t *hash = sqlite3_column_blob(stmt, 1), *pixels = sqlite3_column_blob(stmt, 2);
    float measure[MEASURE_COUNT];
    if (!hash || sqlite3_column_bytes(stmt, 1) != 8 * EH_PHASH_VARIANTS ||
        (pixels && sqlite3_column_bytes(stmt, 2) != sizeof out->pixels))
        return false;
    for (int v = 0; v < EH_PHASH_VARIANTS; v++) {
        out->phash[v] = 0;
        for (int i = 0; i < 8; i++)
            out->phash[v] = out->phash[v] << 8 | hash[8 * v + i];
    }
    if (pixels)
        memcpy(out->pixels, pixels, sizeof out->pixels);
    out->pixels_known = pixels != NULL;
    for (int i = 0; i < MEASURE_COUNT; i++)
        measure[i] = (float)sqlite3_column_double(stmt, 3 + i);
    memcpy(&out->quality, measure, sizeof measure);
    out->known = true;
    return true;
}

static eh_status read_rows(eh_catalog *c, const int64_t *id, size_t count, eh_image_look *out, eh_error *err)
{
    sqlite3_stmt *stmt;
    size_t at = 0;
    int code = SQLITE_DONE;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path,
                          "SELECT image, phash, pixels, " MEASURES " FROM look ORDER BY image", err));
    eh_status status = EH_OK;
    while (status == EH_OK && at < count && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        int64_t image = sqlite3_column_int64(stmt, 0);
        while (at < count && id[at] < image)
            at++;
        if (at < count && id[at] == image && !read_row(&out[at++], stmt))
            status = eh_fail(err, EH_ERR_INPUT,
                             "the catalog %s is damaged: the hashes of image %lld; import the data set again",
                             c->path, (long long)image);
    }
    if (status == EH_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        status = eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

eh_status eh_catalog_read_looks(eh_catalog *catalog, const int64_t *id, size_t count, eh_image_look *out,
                                eh_error *err)
{
    memset(out, 0, count * sizeof *out);
    if (catalog->version < 2) /* that version had no such table */
        return EH_OK;
    pthread_mutex_lock(&catalog->lock);
    eh_status status = read_rows(catalog, id, count, out, err);
    pthread_mutex_unlock(&catalog->lock);
    return status;
}

/* ---------------------------------------------------------------- what is not known yet */

/* Images that are decoded on all threads, and what is done with each. */
typedef struct decoding {
    eh_catalog *catalog;
    eh_look_pool *pool; /* NULL: pixels are hashed; else looks are measured */
    const int64_t *id;
    eh_image_look *look;
    size_t *row;   /* [count] of id and look */
    int *channels; /* [count] as stored */
    size_t count, first;
    pthread_mutex_t lock; /* guards status and error */
    eh_status status;
    eh_error error;
} decoding;

static void decode_one(void *user, size_t index)
{
    decoding *d = user;
    size_t row = d->row[d->first + index];
    eh_decode_opts opts = { .channels = d->channels[d->first + index] };
    eh_image image;
    eh_error err = { 0 };
    eh_status status = eh_catalog_read_image(d->catalog, d->id[row], &opts, &image, &err);
    if (status == EH_OK && d->pool) {
        status = eh_look_measure(&d->look[row], d->pool, &image, &err);
    } else if (status == EH_OK) {
        eh_hash_pixels(d->look[row].pixels, &image);
        d->look[row].pixels_known = true;
    }
    eh_image_clear(&image);
    if (status != EH_ERR_MEMORY && status != EH_ERR_INTERNAL)
        return;
    pthread_mutex_lock(&d->lock);
    if (d->status == EH_OK)
        d->status = eh_fail(&d->error, status, "%s", err.message);
    pthread_mutex_unlock(&d->lock);
}

static eh_status decode_all(decoding *d, eh_progress *progress, eh_error *err)
{
    enum { PIECE = 256 };
    eh_status status = EH_OK;
    eh_progress_begin(progress, d->pool ? "decode and hash" : "compare pixels", d->count, "images");
    while (d->first < d->count && status == EH_OK) {
        size_t count = d->count - d->first < PIECE ? d->count - d->first : PIECE;
        if (eh_progress_stop(progress)) {
            status = eh_fail(err, EH_ERR_INTERRUPTED, "decoding was stopped; the catalog is as it was");
            break;
        }
        eh_parallel_for(count, decode_one, d);
        if (d->status != EH_OK)
            status = eh_fail(err, d->status, "%s", d->error.message);
        d->first += count;
        eh_progress_update(progress, d->first, NULL);
    }
    eh_progress_end(progress, NULL);
    return status;
}

/* Channels of the listed images, as stored. */
static eh_status read_channels(decoding *d, eh_error *err)
{
    sqlite3_stmt *stmt;
    eh_catalog *c = d->catalog;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path, "SELECT channels FROM image WHERE id = ?", err));
    eh_status status = EH_OK;
    for (size_t i = 0; i < d->count && status == EH_OK; i++) {
        sqlite3_bind_int64(stmt, 1, d->id[d->row[i]]);
        int code = sqlite3_step(stmt), channels = code == SQLITE_ROW ? sqlite3_column_int(stmt, 0) : 0;
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            status = eh_sql_fail(c->db, c->path, err);
        d->channels[i] = channels == 1 || channels == 4 ? channels : 3;
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    return status;
}

static eh_status write_rows(const decoding *d, eh_error *err)
{
    sqlite3_stmt *stmt;
    eh_catalog *c = d->catalog;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path,
                          d->pool ? eh_look_insert : "UPDATE look SET pixels = ?2 WHERE image = ?1", err));
    eh_status status = EH_OK;
    for (size_t i = 0; i < d->count && status == EH_OK; i++) {
        const eh_image_look *look = &d->look[d->row[i]];
        if (!(d->pool ? look->known : look->pixels_known))
            continue;
        if (d->pool) {
            eh_look_bind(stmt, d->id[d->row[i]], look);
        } else {
            sqlite3_bind_int64(stmt, 1, d->id[d->row[i]]);
            sqlite3_bind_blob(stmt, 2, look->pixels, sizeof look->pixels, SQLITE_STATIC);
        }
        status = eh_sql_step(stmt, c->path, err);
    }
    sqlite3_finalize(stmt);
    return status;
}

/* Decodes what is listed in d->row and stores what was found. */
static eh_status decode_and_store(decoding *d, eh_progress *progress, eh_error *err)
{
    eh_catalog *c = d->catalog;
    d->channels = eh_alloc(d->count, sizeof *d->channels);
    if (!d->channels)
        return eh_fail_memory(err, "images", d->count, sizeof *d->channels);
    pthread_mutex_lock(&c->lock);
    eh_status status = read_channels(d, err);
    pthread_mutex_unlock(&c->lock);
    EH_TRY(status);
    EH_TRY(decode_all(d, progress, err));
    pthread_mutex_lock(&c->lock);
    status = eh_catalog_begin_change(c, err);
    if (status == EH_OK)
        status = eh_catalog_end_change(c, write_rows(d, err), err);
    pthread_mutex_unlock(&c->lock);
    return status;
}

static eh_status begin(decoding *d, size_t most, eh_error *err)
{
    pthread_mutex_init(&d->lock, NULL);
    d->row = eh_alloc(most, sizeof *d->row);
    return d->row ? EH_OK : eh_fail_memory(err, "images", most, sizeof *d->row);
}

static void end(decoding *d)
{
    eh_look_pool_free(d->pool);
    eh_free(d->row);
    eh_free(d->channels);
    pthread_mutex_destroy(&d->lock);
}

eh_status eh_catalog_looks(eh_catalog *catalog, const int64_t *id, size_t count, eh_image_look *out,
                           eh_progress *progress, eh_error *err)
{
    decoding d = { .catalog = catalog, .id = id, .look = out };
    eh_status status;
    EH_TRY(eh_catalog_read_looks(catalog, id, count, out, err));
    EH_TRY_GOTO(status, begin(&d, count, err));
    for (size_t row = 0; row < count; row++)
        if (!out[row].known)
            d.row[d.count++] = row;
    if (d.count == 0)
        goto done;
    EH_TRY_GOTO(status, eh_look_pool_new(&d.pool, err));
    status = decode_and_store(&d, progress, err);
done:
    end(&d);
    return status;
}

eh_status eh_catalog_pixel_hashes(eh_catalog *catalog, const int64_t *id, eh_image_look *look,
                                  const size_t *row, size_t rows, eh_progress *progress, eh_error *err)
{
    decoding d = { .catalog = catalog, .id = id, .look = look };
    eh_status status;
    EH_TRY_GOTO(status, begin(&d, rows, err));
    for (size_t i = 0; i < rows; i++)
        if (look[row[i]].known && !look[row[i]].pixels_known)
            d.row[d.count++] = row[i];
    if (d.count)
        status = decode_and_store(&d, progress, err);
done:
    end(&d);
    return status;
}
