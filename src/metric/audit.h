/* audit.h - every group measured honestly, from predictions alone.
 *
 * Rows without a prediction or a truth are counted and listed, never dropped in silence. A group without images stays in the list with
 * the verdict "none"; one with fewer than `few` images gets "few". Every average says which average it is.
 */
#ifndef EH_METRIC_AUDIT_H
#define EH_METRIC_AUDIT_H

#include "evenhand/dataset.h"

#include <jansson.h>

/* One estimate with its interval; n = 0 makes value, low and high NaN. */
typedef struct eh_estimate {
    double value, low, high;
    uint64_t count, n; /* count of n */
} eh_estimate;

/* Wilson score interval for `count` of `n` at `level` (0.95). Source: Wilson 1927. */
eh_estimate eh_wilson(uint64_t count, uint64_t n, double level);

typedef enum eh_verdict { EH_VERDICT_OK, EH_VERDICT_FEW, EH_VERDICT_NONE } eh_verdict;

typedef struct eh_group_result {
    const char *name;
    const char *const *value; /* one per group column */
    eh_verdict verdict;
    eh_estimate accuracy;
    eh_estimate *precision, *recall; /* [classes]; n = predicted as / truly of that class */
    uint64_t *confusion;             /* [classes * classes], row = truth, column = prediction */
} eh_group_result;

/* What is audited. Truth and prediction are class indices; -1 = missing. */
typedef struct eh_audit_input {
    size_t rows;
    const int32_t *truth, *predicted;
    const float *probability;  /* [rows * classes] or NULL */
    const char *const *class_name;
    size_t classes;
    const int32_t *group; /* [rows] index below `groups` */
    const char *const *group_name;
    const char *const *group_value; /* [groups * group_columns] */
    size_t groups, group_columns;
    const char *const *group_column;
    double level;      /* of intervals; 0 = 0.95 */
    uint64_t few;      /* below this n a group's verdict is "few"; 0 = 30 */
} eh_audit_input;

typedef struct eh_audit {
    eh_arena *arena; /* owns everything */
    size_t classes, groups, group_columns;
    const char *const *class_name, *const *group_column;
    eh_group_result overall;
    eh_group_result *group;
    double group_mean;        /* unweighted mean of group accuracies over groups with images */
    size_t group_mean_groups; /* how many those are */
    int64_t worst;            /* index of the group with the lowest accuracy among verdict OK (then FEW); -1 = none */
    int64_t best;
    double gap;               /* best - worst accuracy */
    uint64_t missing_truth, missing_prediction;
    double log_loss; /* NaN without probabilities */
} eh_audit;

eh_status eh_audit_make(eh_audit **out, const eh_audit_input *in, eh_error *err);
void eh_audit_free(eh_audit *audit);

/* The audit as the `evaluation` object of results.json (docs/results.schema.json). New reference. */
json_t *eh_audit_json(const eh_audit *audit, eh_error *err);

#endif
