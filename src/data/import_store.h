/* import_store.h - inside of an import: rows and columns in memory until everything has been read and checked.
 *
 * Values are held column by column, so a million rows with 40 class columns take 160 MB, and less than 200 bytes a row besides.
 */
#ifndef EH_DATA_IMPORT_STORE_H
#define EH_DATA_IMPORT_STORE_H

#include "data/format.h"
#include "data/image_look.h"
#include "data/mask.h"
#include "data/text_index.h"

/* What the check found out about an image. */
typedef struct eh_import_image {
    const char *container, *path, *reason; /* reason: why it is broken, NULL when it is fine */
    int64_t item;
    uint64_t bytes;
    int32_t width, height;
    uint8_t channels, part;
    uint8_t sha256[32];
} eh_import_image;

/* A mask of one image. */
typedef struct eh_import_mask {
    const uint8_t *png; /* the mask itself, where it lies in no file */
    size_t png_size;
    uint8_t sha256[32]; /* of the file's bytes */
} eh_import_mask;

typedef struct eh_column_store {
    const char *name;
    eh_column_kind kind;
    const char **class_name;
    size_t classes, class_capacity;
    eh_text_index class_index;
    bool fixed_classes;
    int32_t *cls; /* one of these three, [capacity of the import's rows] */
    double *number;
    const char **text;
    eh_import_mask *mask; /* [capacity] besides text, EH_COLUMN_MASK */
    eh_mask_values values;
    bool own_values; /* the format said what they stand for */
} eh_column_store;

typedef struct eh_import_skipped {
    const char *item, *reason;
} eh_import_skipped;

typedef struct eh_import_meta {
    const char *key, *value;
    struct eh_import_meta *next;
} eh_import_meta;

struct eh_import {
    eh_arena *arena;
    const char *source; /* as the user wrote it */
    eh_source *images;  /* what image paths are relative to */
    const eh_format *format;
    const eh_import_opts *opts;
    eh_progress *progress;
    eh_import_image *image;
    eh_image_look *look; /* [rows] when images were decoded; else NULL */
    size_t rows, capacity;
    eh_column_store *column;
    size_t columns;
    eh_import_skipped *skipped;
    size_t skips, skip_capacity;
    uint64_t rows_without_image, images_without_row;
    eh_import_meta *meta; /* notes about the whole, the latest first */
    eh_text_index files;  /* plain files already named */
    size_t broken;        /* images with a reason */
};

/* Zeroed struct to an empty import over `source`. */
eh_status eh_import_begin(eh_import *imp, const char *source, const eh_format *format,
                          const eh_import_opts *opts, eh_progress *progress, eh_error *err);
void eh_import_end(eh_import *imp);

/* Hashes every image and reads its header (decodes it when check_pixels), on all threads. Fills in the members of eh_import_image. */
eh_status eh_import_check(eh_import *imp, eh_error *err);

/* Writes everything as a catalog into the empty file `temporary`, which will be renamed to `path`. */
eh_status eh_import_write(eh_import *imp, const char *temporary, const char *path, eh_error *err);

#endif
