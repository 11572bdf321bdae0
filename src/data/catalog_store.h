/* catalog_store.h - inside of an open catalog. */
#ifndef EH_DATA_CATALOG_STORE_H
#define EH_DATA_CATALOG_STORE_H

#include "evenhand/catalog.h"
#include "evenhand/memory.h"
#include "data/catalog_sql.h"
#include "data/format.h"
#include "data/mask.h"

#include <pthread.h>

/* A container file that was opened for reading images of it. */
typedef struct eh_open_container {
    const eh_format *format;
    const char *path; /* relative to the root */
    void *state;
    struct eh_open_container *next;
} eh_open_container;

struct eh_catalog {
    eh_arena *arena; /* owns the texts, the columns and the container list */
    const char *path;
    const char *
        root; /* what image paths are relative to; absolute, or relative to the current folder as `path` is */
    sqlite3 *db;
    int version; /* of the file: 1 .. EH_CATALOG_VERSION */
    eh_column_info *column;
    size_t columns;
    uint64_t images;
    const char *scheme;   /* chosen by eh_catalog_use_split; NULL: the one that meta names */
    pthread_mutex_t lock; /* guards db, locate, arena, container and source */
    sqlite3_stmt *locate; /* container, path and item of an image */
    eh_open_container *container;
    eh_source *source; /* what lies at root; opened by the first image that is read */
    eh_mask_values **
        mask_values; /* [columns] of the columns of masks that were read from; under the lock while they are made */
};

/* Everything that says where an image is, copied into the caller's arena-free buffers: release path with eh_free. */
typedef struct eh_image_place {
    char *path;              /* relative to the root */
    const eh_format *format; /* of its container; NULL for a plain file */
    int64_t item;
} eh_image_place;

/* Looks up image `id`; thread-safe. */
eh_status eh_catalog_locate(eh_catalog *catalog, int64_t id, eh_image_place *out, eh_error *err);

/* The source that image paths are relative to, opened the first time. Thread-safe; it lives as long as the catalog. */
eh_status eh_catalog_source(eh_catalog *catalog, const eh_source **out, eh_error *err);

/* "meta" value in the catalog's arena, or NULL when there is none. The caller holds the lock or is alone. */
eh_status eh_catalog_meta(eh_catalog *catalog, const char *key, const char **out, eh_error *err);

/* Id of the scheme whose parts count now, or 0 when the images were never split. The caller holds the lock or is alone. */
eh_status eh_catalog_scheme(eh_catalog *catalog, int64_t *out, eh_error *err);

/* Begins a change: a transaction that nobody else can write beside, in a catalog of the present version (an older one is brought to it by
 * the same transaction). The caller holds the lock until eh_catalog_end_change. */
eh_status eh_catalog_begin_change(eh_catalog *catalog, eh_error *err);

/* Commits when `status` is EH_OK and the number of usable images could be counted anew; else takes everything back. Returns `status` or
 * the commit's own failure. */
eh_status eh_catalog_end_change(eh_catalog *catalog, eh_status status, eh_error *err);

/* As eh_catalog_read_image; with `sha256` (32 bytes) a plain file must still have these contents. */
eh_status eh_catalog_read_checked(eh_catalog *catalog, int64_t id, const uint8_t *sha256,
                                  const eh_decode_opts *opts, eh_image *out, eh_error *err);

/* SHA-256 that the import found for each of `count` images (ids ascending): 32 bytes each into out. Used to name a pack by content. */
eh_status eh_catalog_image_hashes(eh_catalog *catalog, const int64_t *id, size_t count, uint8_t *out,
                                  eh_error *err);

/* As eh_catalog_read_mask; with `sha256` (32 bytes) a mask in a file must still have these contents. */
eh_status eh_catalog_read_mask_checked(eh_catalog *catalog, int64_t id, size_t column, const uint8_t *sha256,
                                       eh_image *out, eh_error *err);

/* SHA-256 of the masks of `count` images (ids ascending) in a column: 32 bytes each into out, zeros where there is no mask; and one of what the values
 * in the files stand for. */
eh_status eh_catalog_mask_hashes(eh_catalog *catalog, size_t column, const int64_t *id, size_t count,
                                 uint8_t *out, uint8_t meaning[32], eh_error *err);

#endif
