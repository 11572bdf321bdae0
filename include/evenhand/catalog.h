/* catalog.h - a data set as one SQLite file: images, labels, splits, findings, plans.
 *
 * Tables (docs/catalog.md draws them): meta, image (id, container, path, item, bytes, width, height, sha256, phash, status, reason),
 * column (name, kind), class (names), label (one typed column per data column, one row per image), scheme and split (scheme, image, part),
 * finding, plan, skipped. Source files are never changed. Groups are never stored: a group is the crossing of named
 * columns (dataset.h). A catalog being written has a temporary name until eh_catalog_commit.
 */
#ifndef EVENHAND_CATALOG_H
#define EVENHAND_CATALOG_H

#include "evenhand/error.h"
#include "evenhand/image.h"
#include "evenhand/memory.h"
#include "evenhand/option.h"
#include "evenhand/progress.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eh_catalog eh_catalog;
struct eh_query; /* query.h */

typedef enum eh_column_kind {
    EH_COLUMN_CLASS,  /* one of the column's classes; stored as an index */
    EH_COLUMN_NUMBER, /* a real number */
    EH_COLUMN_TEXT,   /* anything, identities too */
    EH_COLUMN_MASK    /* reference to a mask image */
} eh_column_kind;

typedef enum eh_part { EH_PART_NONE = 0, EH_PART_TRAIN = 1, EH_PART_VALID = 2, EH_PART_TEST = 3 } eh_part;

/* "none", "train", "valid", "test". */
EH_API const char *eh_part_name(eh_part part);
/* From those words and the usual spellings: training, val, dev, validation, eval(uation), 0/1/2 are NOT accepted here (formats decide). */
EH_API bool eh_part_parse(eh_part *out, const char *text);

/* How much an archive may hold. 0 means the default. */
typedef struct eh_archive_limits {
    uint64_t max_entries; /* members; default 1,000,000 */
    uint64_t max_bytes;   /* of all members, unpacked; default 64 GB */
} eh_archive_limits;

typedef struct eh_import_opts {
    eh_thing_spec format; /* kind "format"; entry NULL: probed by content */
    bool strict;          /* the first image that cannot be decoded ends the import with EH_ERR_INPUT */
    bool
        check_pixels; /* decode every image, so that broken ones are found now (default true on the command line) */
    eh_image_limits limits;
    eh_archive_limits archive;
    bool overwrite; /* replace an existing catalog */
} eh_import_opts;

/* What an import did. */
typedef struct eh_import_report {
    const char *format; /* name of the format used; static */
    uint64_t images;    /* usable */
    uint64_t
        skipped; /* images that cannot be decoded and items that were not taken; eh_catalog_each_skipped lists them with reasons */
    uint64_t rows_without_image, images_without_row;
    double read_seconds, /* for the labels and the names of the images */
        check_seconds,   /* for the images: read, hash, decode, measure */
        write_seconds;   /* for the catalog */
} eh_import_report;

/* Reads the data set at `source` (file, folder, archive) and writes the catalog file `path`, whole or not at all. */
EH_API eh_status eh_catalog_import(const char *path, const char *source, const eh_import_opts *opts,
                                   eh_import_report *report, eh_progress *progress, eh_error *err);

/* Opens an existing catalog. Errors say when the file is no catalog or is of a newer version. */
EH_API eh_status eh_catalog_open(eh_catalog **out, const char *path, eh_error *err);
EH_API void eh_catalog_close(eh_catalog *catalog);

EH_API const char *eh_catalog_path(const eh_catalog *catalog);

/* Images that are usable (status ok). */
EH_API uint64_t eh_catalog_images(const eh_catalog *catalog);

/* SHA-256 (hex, 64 characters + NUL) over images' hashes and label values and the split, in id order: what a run was made from. */
EH_API eh_status eh_catalog_hash(char out[65], eh_catalog *catalog, eh_error *err);

typedef struct eh_column_info {
    const char *name;
    eh_column_kind kind;
    const char *const *
        class_name; /* EH_COLUMN_CLASS: classes of them; sorted as the format gave them. EH_COLUMN_MASK: what a pixel can be */
    size_t classes;
} eh_column_info;

/* Columns in file order; borrowed from the catalog. */
EH_API size_t eh_catalog_columns(const eh_catalog *catalog);
EH_API eh_column_info eh_catalog_column(const eh_catalog *catalog, size_t i);

/* Index of the column, or EH_ERR_USAGE that names the nearest column and all of them. */
EH_API eh_status eh_catalog_find_column(size_t *out, const eh_catalog *catalog, const char *name,
                                        eh_error *err);

/* One skipped item, for lists: callback returns 0 to go on. Images that could not be decoded come first (they stay in `image` with status
 * "broken"), then what never became a row (the table `skipped`). */
typedef int (*eh_skipped_visit)(void *user, const char *item, const char *reason);
EH_API eh_status eh_catalog_each_skipped(eh_catalog *catalog, eh_skipped_visit visit, void *user,
                                         eh_error *err);

/* Sizes and channels over the usable images, as the files have them (EXIF orientation applied). All 0 without images. */
typedef struct eh_catalog_shapes {
    int min_width, max_width, min_height, max_height;
    int max_channels; /* 1: all images are grey */
} eh_catalog_shapes;
EH_API eh_status eh_catalog_image_shapes(eh_catalog_shapes *out, eh_catalog *catalog, eh_error *err);

/* Where image `id` comes from, for messages and lists: "folder/a.jpg" or "train-images-idx3-ubyte.gz#17". Into out. */
EH_API eh_status eh_catalog_image_name(eh_catalog *catalog, int64_t id, char *out, size_t size,
                                       eh_error *err);

/* Sizes of the usable images, or of those that the query (NULL allowed) selects. All 0 when there are none. */
typedef struct eh_catalog_sizes {
    int min_width, max_width, min_height, max_height;
    int width, height;     /* the most frequent size ... */
    uint64_t of_that_size; /* ... and how many images have it */
    int channels;          /* of the image with most: 1, 3 or 4 */
    uint64_t bytes;        /* of all, as stored */
} eh_catalog_sizes;
EH_API eh_status eh_catalog_measure(eh_catalog_sizes *out, eh_catalog *catalog, const struct eh_query *where,
                                    eh_error *err);

/* Decodes image `id`. Safe from several threads at once. */
EH_API eh_status eh_catalog_read_image(eh_catalog *catalog, int64_t id, const eh_decode_opts *opts,
                                       eh_image *out, eh_error *err);

/* ---- masks ---- */

/* The sample of a mask where the pixel counts for nothing: neither in a loss nor in a metric. */
#define EH_MASK_IGNORE 255

/* The mask of image `id` in a column of kind EH_COLUMN_MASK: one channel, in each sample the pixel's class as an index into the column's class_name,
 * or EH_MASK_IGNORE. It has the size of the image as seen. `out` is zeroed first and owned by the caller. EH_ERR_USAGE when the column has no masks or
 * the image none (its text in an eh_frame is NULL then); EH_ERR_INPUT when the file was changed since the import. Safe from several threads at
 * once. To scale it use EH_RESIZE_NEAREST. */
EH_API eh_status eh_catalog_read_mask(eh_catalog *catalog, int64_t id, size_t column, eh_image *out,
                                      eh_error *err);

/* ---- splits ---- */

typedef struct eh_split_opts {
    double train, valid,
        test; /* shares; must sum to 1 within 1e-6 (0.7 0.15 0.15). Not asked for when there are folds */
    eh_str_list stratify; /* columns whose crossing keeps its proportions in every part */
    eh_str_list
        by; /* columns or properties whose equal values never part (a person, a cluster of copies); images that any of them
                       joins stay together; a missing value joins nothing */
    const struct eh_query *where; /* only these images get a part; NULL: all that are usable */
    int64_t folds; /* 2 .. EH_MOST_FOLDS: so many splits for cross-validation instead of one; 0: none */
    uint64_t seed;
    bool keep_test; /* leave a given test part as it is and split only the rest */
} eh_split_opts;

#define EH_MOST_FOLDS 100

/* Assigns every usable image to exactly one part and writes it to the catalog, all or nothing.
 *
 * With folds the images are dealt into K blocks. Fold k tests on block k, chooses epochs on block k + 1 (the first after the last) and trains on the
 * others; of two folds there is no validation part. With keep_test the test part stays, and fold k validates on block k. The splits are
 * called fold-1 .. fold-K; fold-1 is the one that counts then. */
EH_API eh_status eh_catalog_split(eh_catalog *catalog, const eh_split_opts *opts, eh_progress *progress,
                                  eh_error *err);

/* How a split was made. Texts live in the arena. */
typedef struct eh_split_info {
    const char *name;        /* "given", "made", "fold-2"; NULL: the images were never split */
    const char *description; /* "70/15/15 %, stratified by hair x gender, whole person, seed 1" */
    eh_str_list by;
    int64_t fold, folds; /* 0: no fold */
} eh_split_info;

/* The split that counts now. */
EH_API eh_status eh_catalog_split_info(eh_split_info *out, eh_arena *arena, eh_catalog *catalog,
                                       eh_error *err);

/* Chooses the split that counts for everything that is asked of this open catalog: "fold-2". The file is not changed. EH_ERR_USAGE when there is no
 * such split, naming those that are there. */
EH_API eh_status eh_catalog_use_split(eh_catalog *catalog, const char *name, eh_error *err);

#ifdef __cplusplus
}
#endif
#endif
