/* predict.h - what a trained model says about images, whatever they come from. */
#ifndef EH_TRAIN_PREDICT_H
#define EH_TRAIN_PREDICT_H

#include "train/predict_input.h"
#include "train/saved_model.h"

#include "base/str.h"

#include <jansson.h>

typedef enum eh_predict_format { EH_PREDICT_CSV, EH_PREDICT_JSON, EH_PREDICT_NPY } eh_predict_format;

/* Takes a piece of the output and clears it. */
typedef eh_status (*eh_predict_sink)(void *user, eh_str *text, eh_error *err);

typedef struct eh_predict_opts {
    const char *model; /* folder of a run, or weights */
    const char *input; /* predict_input.h */
    const char *where, *column;
    const char *output; /* file to write, atomically; NULL: everything goes to the sink */
    eh_predict_sink sink;
    void *sink_user;
    eh_predict_format format;
    const char *features; /* .npy for the vectors in front of the heads, [images, F]; NULL: none */
    const char *masks;    /* folder for the pictures of heads of masks */
    eh_str_list groups;   /* columns of a catalog beside the predictions; empty: those of the run */
    bool
        mirror; /* answers are the mean of those for the picture and its mirror image; features stay the picture's */
    int64_t batch;         /* 0: the run's, else 32 */
    const char *precision; /* "f32", "bf16", "auto"; NULL: the run's, else f32 */
    const char *backend;   /* NULL: cpu */
} eh_predict_opts;

/* An image that could not be read. */
typedef struct eh_predict_skip {
    char *file, *reason;
} eh_predict_skip;

typedef struct eh_predict_report {
    size_t images, predicted;
    eh_predict_skip *skip; /* [skips] */
    size_t skips, passed_over;
    char hash[65]; /* of the weights */
} eh_predict_report;

/* Predicts. Memory is bounded by a batch. Images that cannot be read are left out of CSV and JSON, are NaN in NPY, and are listed in the report; they are no
 * error. `report` is to be cleared in every case. CSV columns: docs/run-folder.md, without loss; truths and groups where the input is a catalog that has
 * them. A file beside the output, "<output>.json", says what it was made from; for NPY it also names the images ("files"). */
eh_status eh_predict(const eh_predict_opts *opts, eh_predict_report *report, eh_progress *progress,
                     eh_error *err);
void eh_predict_report_clear(eh_predict_report *report);

#endif
