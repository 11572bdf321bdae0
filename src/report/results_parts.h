/* results_parts.h - the pieces that results.c puts together. All return new references, NULL when out of memory, unless they say otherwise. */
#ifndef EH_REPORT_RESULTS_PARTS_H
#define EH_REPORT_RESULTS_PARTS_H

#include "report/results.h"
#include "report/run_record.h"
#include "base/json.h"

/* A text as JSON; bytes that are no UTF-8 become U+FFFD. */
json_t *eh_json_text(const char *text);

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

/* One element of masks[]: what the run measured of its first part and the other, with pictures of examples unless opts->no_images. */
eh_status eh_results_mask_head(json_t **out, const eh_run_record *run, const eh_run_head *head,
                               const eh_results_opts *opts, eh_error *err);

/* One element of numbers[].splits, its errors included where `listed`. *audit is owned by the caller. */
eh_status eh_results_number_split(json_t **out, eh_number_audit **audit, const eh_predictions *p,
                                  const char *split, bool listed, const eh_results_opts *opts,
                                  const eh_pixels *pixels, eh_progress *progress, eh_error *err);

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

/* What results.c and results_given.c share: an empty document; its measuring of one split (the first of a head of numbers stays in results->number, that of a
 * further head of classes, where it is named, in results->further; both have room for it); the rules' judgement; the command line; the query. */
eh_status eh_results_new(eh_results **out, eh_error *err);
eh_status eh_results_measure(json_t **out, eh_results *results, const char *further, const eh_predictions *p,
                             const char *split, const char *salt, const eh_results_opts *opts,
                             const eh_pixels *pixels, eh_progress *progress, eh_error *err);
eh_status eh_results_measure_numbers(json_t **out, eh_results *results, const char *head,
                                     const eh_predictions *p, const char *split, bool first,
                                     const eh_results_opts *opts, const eh_pixels *pixels,
                                     eh_progress *progress, eh_error *err);
eh_status eh_results_judge(eh_results *results, const eh_results_opts *opts, eh_error *err);
json_t *eh_results_command(const eh_results_opts *opts, json_t *of_run, const char *path);
bool eh_results_note_where(json_t *document, const eh_results_opts *opts);
eh_status eh_results_fail(eh_error *err);

/* The label of images in counts where the label is a number or a mask: that they have one. */
#define EH_ANY_VALUE "any value"

/* How many errors are listed where nobody says it. */
#define EH_RESULTS_ERRORS 60

#endif
