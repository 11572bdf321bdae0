/* format.h - data set formats: how files become rows of a catalog, and how an image of it is read again.
 *
 * To add a format "x": src/data/format_x.c with `const eh_format eh_format_x`, a row in format_list.c, a test test_format_x.c.
 */
#ifndef EH_DATA_FORMAT_H
#define EH_DATA_FORMAT_H

#include "evenhand/catalog.h"
#include "evenhand/memory.h"
#include "data/source.h"

/* The catalog being filled. Formats only add; eh_catalog_import hashes, decodes and commits afterwards. */
typedef struct eh_import eh_import;

/* Where one image lies. */
typedef struct eh_image_ref {
    const char *container; /* format's own word for how to read it: "file", "idx" ... */
    const char *path;      /* of a member of the images' source, relative to it */
    int64_t item;          /* index inside the container; 0 for plain files */
} eh_image_ref;

/* One value of one row. */
typedef struct eh_label_value {
    bool missing;
    int32_t cls;
    double number;
    const char *
        text; /* of a mask: its path, a member of the images' source; or a name for people, when `mask` is given */
    const uint8_t *mask; /* a mask that lies in no file of its own: a PNG whose samples are classes; copied */
    size_t mask_size;
} eh_label_value;

/* Declares a column before the first row. class_name may grow later through eh_import_class when classes is 0. */
eh_status eh_import_column(eh_import *imp, size_t *index, const char *name, eh_column_kind kind,
                           const char *const *class_name, size_t classes, eh_error *err);

/* Says what a pixel's value in the masks of a column stands for: `value` as in mask.h, `cls` one of the column's classes or EH_MASK_IGNORE. Without any
 * call the index k stands for class k, and EH_MASK_IGNORE for itself. */
eh_status eh_import_mask_value(eh_import *imp, size_t column, uint32_t value, uint8_t cls, eh_error *err);

/* Index of a class by name, added when new (in order of first appearance; eh_import_sort_classes sorts at the end). */
eh_status eh_import_class(eh_import *imp, size_t column, const char *name, int32_t *out, eh_error *err);

/* Class indices become the order of names: numbers by value, ranges ("3-9", "70+") among them by their first, others behind, bytewise. */
eh_status eh_import_sort_classes(eh_import *imp, size_t column, eh_error *err);

/* Adds a row: value[i] belongs to column i (value may be NULL when there are no columns). part EH_PART_NONE where the source does not
 * say. A plain file that an earlier row named is not taken a second time: it is listed as skipped. Texts are copied. */
eh_status eh_import_row(eh_import *imp, const eh_image_ref *image, const eh_label_value *value, eh_part part,
                        eh_error *err);

/* Lists something that should have been taken and was not, with the reason. */
eh_status eh_import_skip(eh_import *imp, const char *item, const char *reason_format, ...) EH_PRINTF(3, 4);

/* Counters for rows whose image is missing and images that no row names. */
void eh_import_count_missing(eh_import *imp, uint64_t rows_without_image, uint64_t images_without_row);

/* Notes something about the whole data set in the catalog's table `meta`; a later value for the same key replaces an earlier one, and one that
 * the import writes itself, such as "source". Both texts are copied. */
eh_status eh_import_note(eh_import *imp, const char *key, const char *value, eh_error *err);

/* The source that image paths are relative to, instead of the one that is imported; taken over, also on failure. */
void eh_import_set_images(eh_import *imp, eh_source *images);

typedef struct eh_format {
    eh_entry entry;
    /* How sure this format is that `source` is its own: 0 = no ... 100 = certain. Reads little (a folder is not listed whole); never fails. */
    int (*probe)(const eh_source *source);
    eh_status (*import)(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err);
    /* Containers that this format stores in eh_image_ref.container besides "file"; NULL when only files. `state` is opened once
     * per container path, a member of `source` (which outlives it), and shared by threads. `read` with opts NULL gives the image as stored, with its own channels: those
     * pixels (width, height, channels, samples) are what is hashed. */
    const char *container;
    eh_status (*open)(void **state, const eh_source *source, const char *path, eh_error *err);
    eh_status (*read)(void *state, int64_t item, const eh_decode_opts *opts, eh_image *out, eh_error *err);
    void (*close)(void *state);
} eh_format;

extern const eh_entry *const eh_format_list[];

/* The format that is surest of `*source` (`wanted` when that is not NULL). A folder that holds nothing but one folder (and a README or the like) is looked through: where a
 * format is surer of the inner one, *source is closed and replaced by it. EH_ERR_INPUT with the list when no format knows the source. */
eh_status eh_format_probe(const eh_format **out, eh_source **source, const eh_format *wanted, eh_error *err);

/* The format that reads containers of this name, or NULL ("file" has none). */
const eh_format *eh_format_of_container(const char *container);

/* True for names that end like a picture: .jpg .jpeg .png .bmp .gif .webp .tif .tiff .pbm .pgm .ppm .pnm, in any case. */
bool eh_is_image_name(const char *path);

#endif
