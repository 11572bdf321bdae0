/* stats_count.h - the numbers behind `evenhand stats`. */
#ifndef EH_CLI_STATS_COUNT_H
#define EH_CLI_STATS_COUNT_H

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

typedef struct eh_stats {
    uint64_t images, skipped, part[4]; /* part[EH_PART_NONE]: in no part */
    bool has_parts;
    eh_catalog_sizes sizes;
    eh_column_count *column;
    size_t columns;
    eh_value_count *group; /* crossing of the group columns */
    size_t groups;
    eh_value_count *crossed; /* [groups * labels] the label's values in each group */
    size_t labels;
} eh_stats;

/* Counts the images that the query (NULL: all) selects; everything lives in the arena. With groups or a label only those columns are counted, else all. `label` may be NULL. */
eh_status eh_stats_count(eh_stats *out, eh_arena *arena, eh_catalog *catalog, const eh_query *where,
                         const eh_str_list *groups, const char *label, eh_error *err);

#endif
