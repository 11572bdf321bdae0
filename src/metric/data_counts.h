/* data_counts.h - who is in a data set: images by column, group, label and part. */
#ifndef EH_METRIC_DATA_COUNTS_H
#define EH_METRIC_DATA_COUNTS_H

#include "evenhand/query.h"

/* How often a value occurs: count[0] in all images, count[EH_PART_TRAIN ..] in each part. */
typedef struct eh_value_count {
    const char *name;
    uint64_t count[4];
} eh_value_count;

typedef struct eh_column_count {
    const char *name;
    eh_column_kind kind;
    uint64_t rows, missing;
    eh_value_count *value; /* classes in their order, then "(missing)" where there are any */
    size_t values;
    double min, max, mean, median; /* numbers; NaN when all are missing */
    uint64_t distinct;             /* texts */
} eh_column_count;

/* A label's values in every group. */
typedef struct eh_label_count {
    const char *name;
    size_t values;        /* its classes, then "(missing)" where there are any */
    eh_value_count *cell; /* [groups * values] */
} eh_label_count;

typedef struct eh_data_counts {
    uint64_t images, skipped, part[4]; /* part[EH_PART_NONE]: in no part */
    bool has_parts;
    eh_catalog_sizes sizes;
    eh_column_count *column;
    size_t columns;
    eh_value_count *group; /* crossing of the group columns */
    size_t groups;
    eh_label_count *label;
    size_t labels;
} eh_data_counts;

/* Counts the rows of a frame, column by column, and its groups (NULL: none), with every label in each. Everything lives in the arena. A label
 * that has no classes is EH_ERR_USAGE. */
eh_status eh_data_count(eh_data_counts *out, eh_arena *arena, const eh_frame *frame, const eh_groups *groups,
                        const eh_str_list *labels, eh_error *err);

/* Fills in sizes and what was skipped, which stand in the catalog. */
eh_status eh_data_count_images(eh_data_counts *out, eh_catalog *catalog, const eh_query *where,
                               eh_error *err);

#endif
