/* results_parts.h - the pieces that results.c puts together. All return new references, NULL when out of memory, unless they say otherwise. */
#ifndef EH_REPORT_RESULTS_PARTS_H
#define EH_REPORT_RESULTS_PARTS_H

#include "report/results.h"
#include "report/run_record.h"

/* A text as JSON; bytes that are no UTF-8 become U+FFFD. */
json_t *eh_json_text(const char *text);

/* Appends, taking the reference over. A NULL member clears the array, so that the json_pack around it fails. */
void eh_json_push(json_t **array, json_t *member);

/* SHA-256 of a file in hexadecimal, or null where there is no such file; reading errors fail. */
eh_status eh_results_file_hash(json_t **out, const char *path, eh_error *err);

/* Processor, threads, system and libraries of this process. */
json_t *eh_results_environment(void);

/* Where the pixels of listed errors come from; all NULL for no thumbnails. */
typedef struct eh_pixels {
    eh_catalog *catalog; /* by catalog id, the predictions' key */
    const char *folder;  /* by file name */
} eh_pixels;

/* A thumbnail as a data URI, null (after a warning) where the picture cannot be read. */
json_t *eh_results_thumbnail(const eh_pixels *pixels, const char *key, const char *file,
                             eh_progress *progress);

/* The `errors` object: the wrong predictions of highest loss. */
json_t *eh_results_errors(const eh_predictions *p, size_t max_errors, const eh_pixels *pixels,
                          eh_progress *progress);

/* One element of evaluation[].splits. `errors` is taken over. `salt` tells apart images of different data sets that have one name. */
eh_status eh_results_split(json_t **out, const eh_predictions *p, const eh_audit *audit, const char *split,
                           const char *salt, json_t *errors, eh_error *err);

/* The parts that a run's folder tells. */
eh_status eh_results_run_data(json_t **out, const eh_run_record *run, eh_catalog *catalog, eh_error *err);
eh_status eh_results_run_training(json_t **out, const eh_run_record *run, eh_error *err);
json_t *eh_results_run_selection(const eh_run_record *run);
json_t *eh_results_run_model(const eh_run_record *run);
json_t *eh_results_run_method(const eh_run_record *run);
json_t *eh_results_run_environment(const eh_run_record *run);
json_t *eh_results_run_timings(const eh_run_record *run);

/* {name, options} of a registered thing that run.json names; options that are lists or objects become text. */
json_t *eh_results_named_options(const json_t *thing);

/* The `groups` array. */
json_t *eh_results_groups(size_t groups, size_t columns, const char *const *name, const char *const *value,
                          const char *const *column);

/* The one head of task.heads. */
json_t *eh_results_head(const char *target, const char *const *class_name, size_t classes, int64_t positive,
                        const char *loss);

#endif
