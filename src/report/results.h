/* results.h - results.json: everything that one run or one audit measured (docs/results.schema.json).
 *
 * Made from files alone: a run's folder (docs/run-folder.md), or predictions of any program. The catalog is asked only for thumbnails and
 * examples; where it is gone they are left out, with a warning.
 */
#ifndef EH_REPORT_RESULTS_H
#define EH_REPORT_RESULTS_H

#include "evenhand/progress.h"
#include "metric/rule.h"
#include "report/predictions.h"

#include <jansson.h>

/* Zero-initialise for the defaults. */
typedef struct eh_results_opts {
    const char *name; /* what the report calls it; NULL: the method, or the file */
    const char *data; /* of predictions: the data set's name; NULL: "given predictions" */
    /* The command line, for the record; NULL: the run's own, or "evenhand audit FILE". */
    const char *const *command;
    size_t command_words;
    const char *catalog;          /* where the catalog is now; NULL: where the run found it */
    const char *images;           /* folder of the files that predictions name; NULL: no thumbnails of them */
    bool no_images;               /* no thumbnails at all */
    size_t max_errors;            /* wrong predictions listed per split; 0 = 60 */
    double level;                 /* 0 = 0.95 */
    uint64_t few;                 /* 0 = 30 */
    const struct eh_query *where; /* measures only the predictions for which it holds; NULL: all */
    const double *within;         /* [withins] how close a number must be; NULL: eh_within_default */
    size_t withins;
    const eh_rule *rule; /* [rules] judged on the first split of the first head that they are about */
    size_t rules;
} eh_results_opts;

/* A head of numbers, on the first split. */
typedef struct eh_results_number {
    const char *head;
    eh_number_audit *audit;
} eh_results_number;

/* A further head of classes, on the first split. */
typedef struct eh_results_further {
    const char *head;
    eh_audit *audit;
    int64_t positive;
} eh_results_further;

/* What was measured. */
typedef struct eh_results {
    eh_arena *arena;
    json_t *json; /* the whole document */
    eh_audit *
        audit; /* of the first split of the first head of classes, the one that the verdict is about; NULL: no head learns classes */
    eh_results_further *further; /* [furthers] heads of classes behind that one, in the order of the run */
    size_t furthers;
    eh_results_number *number; /* [numbers] heads of numbers, in the order of the run */
    size_t numbers;
    int64_t positive;            /* class that precision and recall are shown of; -1 = none */
    eh_rule_result *rule_result; /* [opts->rules] */
} eh_results;

/* Measures the predictions of a run: the test part first, then the validation part. */
eh_status eh_results_from_run(eh_results **out, const char *run_folder, const eh_results_opts *opts,
                              eh_progress *progress, eh_error *err);

/* Measures predictions of any program. */
eh_status eh_results_from_predictions(eh_results **out, const char *path, const eh_predictions_opts *columns,
                                      const eh_results_opts *opts, eh_progress *progress, eh_error *err);

void eh_results_free(eh_results *results);

/* Every head of the first split as text tables, one after another, each under a line with its name where there are several. */
eh_status eh_results_table(eh_str *out, const eh_results *results, eh_audit_sort sort, eh_error *err);

/* Writes <run_folder>/results.json, whole or not at all. */
eh_status eh_results_write_run(const char *run_folder, eh_progress *progress, eh_error *err);

#endif
