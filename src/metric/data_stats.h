/* data_stats.h - everything that is said about a data set without looking at a model: what `evenhand stats` prints and a report's sections on the
 * data show.
 */
#ifndef EH_METRIC_DATA_STATS_H
#define EH_METRIC_DATA_STATS_H

#include "metric/association.h"
#include "metric/data_counts.h"
#include "metric/group_numbers.h"
#include "metric/group_power.h"
#include "metric/histogram.h"

#include <jansson.h>

typedef struct eh_data_stats_opts {
    const eh_query *where; /* NULL: all usable images */
    eh_str_list groups;    /* columns whose crossing makes groups; none: no groups */
    eh_str_list labels;    /* columns with classes, counted in every group */
    eh_str_list bins;      /* histograms: "age:10" (histogram.h) */
    bool all_columns;      /* counts every column, not only those that are named */
    bool pictures;         /* sizes and quality of the pictures, group by group */
    eh_power_question power;
    uint64_t seed; /* of the bootstrap */
} eh_data_stats_opts;

typedef struct eh_data_stats {
    eh_arena *arena;
    const char *where; /* NULL: all */
    eh_split_info split;
    eh_data_counts counts;
    const char **group_column; /* [group_columns] */
    size_t group_columns;
    const char **group_value; /* [counts.groups * group_columns] */
    eh_histogram *histogram;
    size_t histograms;
    eh_association *association;
    size_t associations;
    eh_power_question question;
    eh_group_power *power; /* [counts.groups]; NULL without groups or a test part */
    const char **picture;  /* [pictures] properties that were measured: "width", "brightness" ... */
    size_t pictures;
    eh_group_number *number; /* [pictures * max(1, counts.groups)] */
} eh_data_stats;

eh_status eh_data_stats_make(eh_data_stats **out, eh_catalog *catalog, const eh_data_stats_opts *opts,
                             eh_error *err);
void eh_data_stats_free(eh_data_stats *stats);

/* The parts of results.json's `data` that say more than counts; new references, NULL when out of memory. */
json_t *eh_data_histograms_json(const eh_data_stats *s);
json_t *eh_data_associations_json(const eh_data_stats *s);
json_t *eh_data_power_json(const eh_data_stats *s);
json_t *eh_data_pictures_json(const eh_data_stats *s);

#endif
