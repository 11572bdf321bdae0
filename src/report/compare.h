/* compare.h - numbers read from results.json, and the difference of two models.
 *
 * A split is an element of evaluation[].splits. Readers tolerate what is missing: an absent proportion has n = 0.
 */
#ifndef EH_REPORT_COMPARE_H
#define EH_REPORT_COMPARE_H

#include "metric/interval.h"

#include <jansson.h>
#include <stdbool.h>

/* A proportion of the schema; n = 0 and NaN for null. */
eh_estimate eh_read_estimate(const json_t *proportion);

/* Element of the split's groups, NULL where there is none. */
const json_t *eh_split_group(const json_t *split, int64_t group);

/* Index of the worst group, -1 for none. */
int64_t eh_split_worst(const json_t *split);

/* The level of the split's intervals; 0.95 where it says nothing. */
double eh_split_level(const json_t *split);

typedef struct eh_comparison {
    eh_difference difference; /* second - first; NaN when one of them has no images */
    bool paired;              /* the same images, compared one by one */
    uint64_t n;               /* pairs */
} eh_comparison;

/* Accuracy of one group under the second model minus that under the first. Compared image by image where both files tell which images
 * were right and the images are the same, else as two proportions over different images, which is wider. */
eh_comparison eh_compare_group(const json_t *first, const json_t *second, int64_t group);

/* The same over all groups together. */
eh_comparison eh_compare_overall(const json_t *first, const json_t *second);

#endif
