/* dataset.h - a catalog's rows in memory, and groups as crossings of columns. */
#ifndef EVENHAND_DATASET_H
#define EVENHAND_DATASET_H

#include "evenhand/catalog.h"
#include "evenhand/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eh_frame_column {
    const char *name;
    eh_column_kind kind;
    const char *const *class_name;
    size_t classes;
    int32_t *cls;      /* [rows] EH_COLUMN_CLASS; -1 = missing */
    float *number;     /* [rows] EH_COLUMN_NUMBER; NaN = missing */
    const char **text; /* [rows] EH_COLUMN_TEXT and EH_COLUMN_MASK; NULL = missing */
} eh_frame_column;

/* Usable images of a catalog in id order, with some of its columns. */
typedef struct eh_frame {
    eh_arena *arena; /* owns everything below */
    size_t rows;
    int64_t *image; /* [rows] catalog id */
    uint8_t *part;  /* [rows] eh_part */
    eh_frame_column *column;
    size_t columns;
} eh_frame;

/* Loads the named columns, or properties of the images such as "width" (evenhand/query.h); count 0: all columns. Release with eh_frame_free. */
EH_API eh_status eh_frame_load(eh_frame **out, eh_catalog *catalog, const char *const *names, size_t count,
                               eh_error *err);
EH_API void eh_frame_free(eh_frame *frame);

/* The column, or EH_ERR_USAGE naming the nearest. */
EH_API eh_status eh_frame_find(const eh_frame_column **out, const eh_frame *frame, const char *name,
                               eh_error *err);

/* The crossing of class columns. A missing value is its own, visible value "(missing)". All crossings of values that occur
 * anywhere in the frame are groups, also those empty in some part; crossings that occur nowhere are left out. */
typedef struct eh_groups {
    eh_arena *arena;
    size_t columns;
    const char **column; /* [columns] names */
    size_t count;        /* number of groups */
    const char *
        *name; /* [count] "Blond Male"; values that are numbers or yes/no are written "column=value" */
    const char **value; /* [count * columns] value of each column */
    int32_t *of_row;    /* [rows] group of each row */
    size_t rows;
} eh_groups;

/* Groups in the order of the first column's classes, then the second's ... Number and text columns are an error that says so. */
EH_API eh_status eh_groups_make(eh_groups **out, const eh_frame *frame, const char *const *names,
                                size_t count, eh_error *err);
EH_API void eh_groups_free(eh_groups *groups);

/* counts[count] rows of `part` in each group (EH_PART_NONE: all rows). */
EH_API void eh_groups_counts(const eh_groups *groups, const eh_frame *frame, eh_part part, uint64_t *counts);

#ifdef __cplusplus
}
#endif
#endif
