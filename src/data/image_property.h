/* image_property.h - what is known about every image besides the columns of the data set: its size, its file, its part.
 *
 * A property can be asked for wherever a column can: in queries, in frames, in statistics. A column of the data set that has a property's name hides
 * it; "image.width" is the property always.
 */
#ifndef EH_DATA_IMAGE_PROPERTY_H
#define EH_DATA_IMAGE_PROPERTY_H

#include "evenhand/dataset.h"

typedef struct eh_property {
    const char *name, *help;
    eh_column_kind kind;
    const char *sql; /* over image i, label l and split s of the scheme that counts */
    const char *const *class_name;
    size_t classes;
    int since; /* version of the catalog that has its tables; an older one has no value */
} eh_property;

/* "none", "train", "valid", "test", in the order of eh_part. */
extern const char *const eh_property_parts[];

/* Ends with a name of NULL. */
extern const eh_property eh_property_list[];

/* What a frame and a query read from: every image with its labels and its part; ?1 is the scheme. */
#define EH_IMAGE_TABLES                                                                     \
    " FROM image i LEFT JOIN label l ON l.image = i.id LEFT JOIN split s ON s.scheme = ?1 " \
    "AND s.image = i.id"

/* The property called `name`, with or without "image." before it; NULL when there is none. */
const eh_property *eh_property_find(const char *name);

/* A column of the catalog, or a property, by name: the frame column without rows, and the SQL expression of its value, both in the arena. EH_ERR_USAGE
 * names the nearest column or property. */
eh_status eh_catalog_resolve(eh_frame_column *out, const char **sql, eh_arena *arena,
                             const eh_catalog *catalog, const char *name, eh_error *err);

#endif
