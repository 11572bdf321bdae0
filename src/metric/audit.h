/* audit.h - every group measured honestly, from predictions alone.
 *
 * Rows without a prediction or a truth are counted and listed, never dropped in silence. A group without images stays in the list with
 * the verdict "none"; one with fewer than `few` images gets "few". Every average says which average it is.
 */
#ifndef EH_METRIC_AUDIT_H
#define EH_METRIC_AUDIT_H

#include "evenhand/dataset.h"
#include "metric/confusion.h"
#include "metric/interval.h"

#include "base/str.h"

#include <jansson.h>

/* What one average, the worst group and the gap mean; the same words everywhere. */
#define EH_DEFINE_OVERALL "correct predictions / all images of the split: large groups weigh more"
#define EH_DEFINE_GROUP_MEAN                                                                              \
    "mean of the accuracies of the groups that have images, each group weighing the same (balanced over " \
    "groups)"
#define EH_DEFINE_WORST "lowest accuracy of a group that has images; of equals the first"
#define EH_DEFINE_GAP                                                                                      \
    "highest minus lowest accuracy of a group; the interval does not know that these two were picked for " \
    "being the extremes"

typedef enum eh_verdict { EH_VERDICT_OK, EH_VERDICT_FEW, EH_VERDICT_NONE } eh_verdict;

/* "ok", "few", "none". */
const char *eh_verdict_name(eh_verdict verdict);

typedef struct eh_group_result {
    const char *name;
    const char *const *value; /* one per group column */
    eh_verdict verdict;
    eh_estimate accuracy;
    eh_estimate *precision, *recall; /* [classes]; n = predicted as / truly of that class */
    uint64_t *confusion; /* counts.cell: [classes * classes], row = truth, column = prediction; NULL
                                        above EH_CONFUSION_CLASSES classes */
    eh_confusion counts;
} eh_group_result;

/* What is audited. Truth and prediction are class indices; -1 = missing. */
typedef struct eh_audit_input {
    size_t rows;
    const int32_t *truth, *predicted;
    const float *probability; /* [rows * classes] or NULL */
    const char *const *class_name;
    size_t classes;
    const int32_t *group; /* [rows] index below `groups`; NULL when groups is 0 */
    const char *const *group_name;
    const char *const *group_value; /* [groups * group_columns]; "(missing)" where the value is missing */
    size_t groups, group_columns;   /* groups 0: no groups are known, so one group "all images" is made */
    const char *const *group_column;
    double level; /* of intervals; 0 = 0.95 */
    uint64_t few; /* below this n a group's verdict is "few"; 0 = 30 */
} eh_audit_input;

typedef struct eh_audit {
    eh_arena *arena; /* owns everything, names too */
    size_t classes, groups, group_columns;
    const char *const *class_name, *const *group_column;
    double level;
    uint64_t few;
    eh_group_result overall;
    eh_group_result *group;
    eh_difference group_mean; /* unweighted mean of group accuracies over groups with images */
    size_t group_mean_groups; /* how many those are */
    int64_t worst;    /* index of the group with the lowest accuracy among all that have images, of equals the
                                  first; -1 = none. Groups with few images take part: leaving them out would call a model
                                  improved once its failing group is small enough */
    int64_t worst_ok; /* the same among groups with verdict OK; -1 = none */
    int64_t best;     /* highest among the same groups as worst */
    eh_difference gap; /* best - worst accuracy; NaN with fewer than two groups with images */
    uint64_t missing_truth, missing_prediction; /* a row that lacks both counts as missing truth */
    double log_loss; /* mean of -ln(probability of the truth, at least 1e-15); NaN without probabilities */
} eh_audit;

/* Measures. EH_ERR_INPUT names the first row with a class or group out of range; EH_ERR_NUMERIC a probability that is no
 * number from 0 to 1. Names are copied. Zero rows are fine: every group then has the verdict "none". */
eh_status eh_audit_make(eh_audit **out, const eh_audit_input *in, eh_error *err);
void eh_audit_free(eh_audit *audit);

/* The audit of one split as an element of `evaluation[].splits` of results.json (docs/results.schema.json). `errors` lists nothing
 * yet: whoever knows the images replaces it. New reference, NULL on failure. */
json_t *eh_audit_json(const eh_audit *audit, const char *split, eh_error *err);

/* {value, count, n, interval} or null; {low, high, level, method} or null. New references, NULL when out of memory. */
json_t *eh_estimate_json(const eh_estimate *estimate, double level);
json_t *eh_interval_json(double low, double high, double level, const char *method);

/* [{column, value}] of a group; a missing value is null. New reference, NULL when out of memory. */
json_t *eh_group_values_json(size_t columns, const char *const *column, const char *const *value);

typedef enum eh_audit_sort { EH_AUDIT_SORT_WORST, EH_AUDIT_SORT_NAME } eh_audit_sort;

/* The audit as a text table: a row per group ("Blond Male: 13.89% (25/180)" and so on), worst first or in the groups' own order, then
 * overall, mean and gap, each with its definition, and what was left out. `cls` >= 0 adds precision and recall of that class. */
eh_status eh_audit_table(eh_str *out, const eh_audit *audit, eh_audit_sort sort, int64_t cls, eh_error *err);

#endif
