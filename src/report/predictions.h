/* predictions.h - predictions of this or any other program, one row per image, from a CSV file.
 *
 * Our own files (docs/run-folder.md) hold image, file, the same four of further heads as <head>.truth ..., truth, predicted, loss,
 * p:<class> ..., then the group columns. Of other files the columns are
 * found by their usual names or named by the caller. Empty cells, "(missing)", and for truth and prediction also "nan", "NA" and
 * "null" are missing values: they are kept as such, and the audit counts them.
 */
#ifndef EH_REPORT_PREDICTIONS_H
#define EH_REPORT_PREDICTIONS_H

#include "evenhand/dataset.h"
#include "evenhand/progress.h"
#include "metric/audit.h"
#include "metric/number_audit.h"

/* What truth and prediction are. */
typedef enum eh_predictions_kind {
    EH_PREDICTIONS_AUTO, /* numbers where a value is no whole number and the truth has more than two values; else classes */
    EH_PREDICTIONS_CLASSES,
    EH_PREDICTIONS_NUMBERS
} eh_predictions_kind;

/* Which columns mean what. Zero-initialise: everything is found by its usual name. */
typedef struct eh_predictions_opts {
    const char *truth, *predicted; /* column names */
    const char *score; /* column with the probability of the positive class, where no class was predicted */
    /* A score at or above it means the positive class; NULL: 0.5, and scores must be probabilities. */
    const double *threshold;
    /* The positive class; NULL: the second of two, but the first where the second is called "other", "no" or the like. */
    const char *positive;
    eh_str_list groups; /* columns whose crossing makes the groups */
    const char *
        head; /* of our own files of several heads: NULL the first, else whose columns to read: "age.truth", "age.predicted" ... */
    const struct eh_query
        *where; /* only rows for which it holds over the file's columns (query.h); NULL: all */
    eh_predictions_kind kind;
    bool allow_duplicates; /* count an image as often as it is listed; else a repeated image is an error */
    /* Of a run: the classes and groups that are known already, borrowed by the result. A value outside them is an error. All NULL or 0
     * otherwise. */
    const char *const *class_name;
    size_t classes;
    const char *const *group_name;
    const char *const *group_value; /* [known_groups * groups.count] */
    size_t known_groups;
} eh_predictions_opts;

typedef struct eh_predictions {
    eh_arena *arena; /* owns everything but the names of known classes and groups */
    const char *path;
    size_t rows, classes, groups, group_columns;
    const char *const *class_name;
    /* Names in the file; predicted_column is the score's column where that was thresholded. */
    const char *truth_column, *predicted_column;
    int32_t *truth, *predicted; /* [rows]; -1 = missing */
    float *probability; /* [rows * classes]; NULL when the file has none; NaN in rows that are not counted */
    double *loss;       /* [rows]; NaN = unknown */
    const char **file;  /* [rows] path in the data set; NULL when the file names none */
    const char **key;   /* [rows] what identifies the image; NULL when nothing does */
    int32_t *group;     /* [rows]; NULL when groups is 0 */
    const char *const *group_name, *const *group_value, *const *group_column; /* as in eh_audit_input */
    /* [rows] NaN = missing; NULL where classes were read. Then truth, predicted and probability are NULL and there are no classes. */
    double *number_truth, *number_predicted;
    int64_t positive; /* class; -1 with more than two classes and none named */
} eh_predictions;

/* Reads a file. EH_ERR_INPUT names file, line and column of what is wrong: a column that is missing, a class or group that the run does not
 * know, an image listed twice, a probability that is no number from 0 to 1. Remarks about what was assumed go to `progress`. */
eh_status eh_predictions_read(eh_predictions **out, const char *path, const eh_predictions_opts *opts,
                              eh_progress *progress, eh_error *err);
void eh_predictions_free(eh_predictions *predictions);

/* The same rows as the audit's input; borrowed. `level` and `few` are left 0. */
eh_audit_input eh_predictions_input(const eh_predictions *predictions);

/* The same of numbers. */
eh_number_input eh_predictions_number_input(const eh_predictions *predictions);

#endif
