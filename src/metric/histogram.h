/* histogram.h - a column of numbers in steps, group by group. */
#ifndef EH_METRIC_HISTOGRAM_H
#define EH_METRIC_HISTOGRAM_H

#include "evenhand/dataset.h"

/* How to cut a column: "age:10" (steps of 10), "age:0/18/65" (edges), "age" (steps that suit the numbers). */
typedef struct eh_bins {
    const char *column;
    double step;        /* 0: edges are given, or chosen */
    const double *edge; /* [edges]; NULL: by step, or chosen */
    size_t edges;
} eh_bins;

/* Reads such a text; EH_ERR_USAGE says what is wrong with it. A colon belongs to the name where nothing that could be a step follows. */
eh_status eh_bins_parse(eh_bins *out, eh_arena *arena, const char *text, eh_error *err);

typedef struct eh_histogram {
    const char *column;
    double *
        edge; /* [bins + 1]; bin i holds edge[i] <= x < edge[i + 1], the last one its upper edge too where edges were given */
    const char **name; /* [bins] "10-19" for whole numbers, "0.5 to 1" */
    size_t bins, groups;
    uint64_t *count;   /* [groups * bins] */
    uint64_t *missing; /* [groups] without a value */
    uint64_t *outside; /* [groups] below the first or above the last edge */
} eh_histogram;

/* Counts; everything in the arena. `groups` NULL: all rows are one group. EH_ERR_USAGE: the column holds no numbers; EH_ERR_LIMIT: more than 10,000 steps. */
eh_status eh_histogram_make(eh_histogram *out, eh_arena *arena, const eh_frame *frame,
                            const eh_groups *groups, const eh_bins *bins, eh_error *err);

#endif
