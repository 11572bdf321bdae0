/* number_audit.h - predicted numbers measured in every group: how far off, in which direction, how often close enough.
 *
 * The same rules as for classes (audit.h): rows without a prediction or a truth are counted, a group without images stays in the list, and every
 * average says which average it is. All numbers are in the units of the column.
 */
#ifndef EH_METRIC_NUMBER_AUDIT_H
#define EH_METRIC_NUMBER_AUDIT_H

#include "metric/audit.h"

#define EH_DEFINE_NUMBER_OVERALL \
    "mean of |predicted - true| over all images of the split: large groups weigh more"
#define EH_DEFINE_NUMBER_GROUP_MEAN                                                                          \
    "mean of the groups' mean absolute errors, each group that has images weighing the same (balanced over " \
    "groups)"
#define EH_DEFINE_NUMBER_WORST "largest mean absolute error of a group that has images; of equals the first"
#define EH_DEFINE_NUMBER_GAP                                                                                 \
    "largest minus smallest mean absolute error of a group; the interval does not know that these two were " \
    "picked for being the extremes"

/* A mean with its interval; NaN where it is not known: value without images, low and high with fewer than two. */
typedef struct eh_mean_estimate {
    double value, low, high;
    double deviation; /* of one image, with n - 1 */
    uint64_t n;
} eh_mean_estimate;

/* From a mean and the sum of squared distances from it, at `level`. */
eh_mean_estimate eh_mean_estimate_of(double mean, double squares, uint64_t n, double level);

/* {value, interval} or null. New reference, NULL when out of memory. */
json_t *eh_mean_estimate_json(const eh_mean_estimate *mean, double level);

typedef struct eh_number_result {
    const char *name;
    const char *const *value; /* one per group column */
    eh_verdict verdict;
    uint64_t n;
    eh_mean_estimate mae;  /* of |predicted - true| */
    eh_mean_estimate bias; /* of predicted - true: above 0 where the model says too much */
    double rmse;           /* root of the mean of (predicted - true)^2 */
    eh_estimate *within;   /* [within] images whose error is at most that large */
} eh_number_result;

typedef struct eh_number_input {
    size_t rows;
    const double *truth, *predicted; /* NaN = missing */
    const int32_t *group;            /* as in eh_audit_input */
    const char *const *group_name;
    const char *const *group_value;
    size_t groups, group_columns;
    const char *const *group_column;
    const double *within; /* [withins] above 0; NULL: EH_WITHIN */
    size_t withins;
    double level; /* 0 = 0.95 */
    uint64_t few; /* 0 = 30 */
} eh_number_input;

/* How close is close enough, where nobody says it. */
#define EH_WITHIN_COUNT 4
extern const double eh_within_default[EH_WITHIN_COUNT]; /* 1, 3, 5, 8 */

typedef struct eh_number_audit {
    eh_arena *arena; /* owns everything, names too */
    size_t groups, group_columns, withins;
    const char *const *group_column;
    double *within;
    double level;
    uint64_t few;
    eh_number_result overall;
    eh_number_result *group;
    eh_difference group_mean; /* unweighted mean of the groups' mean absolute errors */
    size_t group_mean_groups;
    int64_t worst, best; /* largest and smallest mean absolute error of a group that has images; -1 = none */
    eh_difference gap;   /* worst - best; NaN with fewer than two groups with images */
    uint64_t missing_truth, missing_prediction;
} eh_number_audit;

/* Measures. EH_ERR_INPUT names the first row with a group out of range or an infinite number. Names are copied. */
eh_status eh_number_audit_make(eh_number_audit **out, const eh_number_input *in, eh_error *err);
void eh_number_audit_free(eh_number_audit *audit);

/* One element of `numbers[].splits` of results.json; `errors` is left to whoever knows the images. New reference, NULL on failure. */
json_t *eh_number_audit_json(const eh_number_audit *audit, const char *split, eh_error *err);

/* The audit as a text table, worst group first or in the groups' own order. */
eh_status eh_number_audit_table(eh_str *out, const eh_number_audit *audit, eh_audit_sort sort, eh_error *err);

#endif
