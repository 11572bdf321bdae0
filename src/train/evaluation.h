/* evaluation.h - predictions of the model as it stands, and what they are worth. */
#ifndef EH_TRAIN_EVALUATION_H
#define EH_TRAIN_EVALUATION_H

#include "evenhand/params.h"
#include "evenhand/plan.h"
#include "metric/pixel_audit.h"
#include "train/run_data.h"
#include "train/task.h"

/* The inference graph of a task, compiled. */
typedef struct eh_evaluation {
    const eh_run_data *data;
    const eh_task *task;
    eh_graph *graph;
    eh_plan *plan;
    eh_tensor *images;
    eh_task_tensors tensors;
    eh_loader *loader;
    size_t batch;
    float *scratch; /* [batch * the widest prediction] */
    uint8_t *mask;  /* [height * width] of one image; NULL without a head of masks */
    /* Set before eh_evaluate: whether average precision of masks is measured, which takes memory for histograms; and where masks are written, an existing
     * folder, NULL: nowhere. Borrowed. */
    bool precision;
    const char *mask_folder;
} eh_evaluation;

/* What one head says about some rows. */
typedef struct eh_head_predictions {
    const eh_task_head *head;
    size_t width;           /* classes, or 1 */
    int32_t *predicted;     /* [rows] the most probable class; NULL for numbers and masks */
    float *value;           /* [rows * width] probabilities, or numbers; NULL for masks */
    eh_pixel_audit *pixels; /* masks: what was counted; NULL for others */
    eh_pixel_image *image;  /* [rows] masks: what each is worth by itself */
    float *loss;            /* [rows]; means nothing where the row has no value */
} eh_head_predictions;

/* What a model says about some rows. */
typedef struct eh_part_predictions {
    const uint32_t *row; /* [rows] frame rows; borrowed */
    size_t rows;
    eh_head_predictions head[EH_HEADS];
    size_t heads;
} eh_part_predictions;

/* What a head's predictions are worth: accuracy for classes, mean absolute error for numbers, mean IoU for masks (of all pixels of a group together). NaN without rows that have a value. */
typedef struct eh_score {
    eh_target_kind kind;
    uint64_t n, correct; /* rows with a value; correct: classes only */
    double overall, group_mean,
        worst;           /* all images alike; groups with images alike; that of the worst group with images */
    int64_t worst_group; /* -1 = none; of equals the first */
    double loss;         /* mean */
    uint64_t *group_n, *group_correct; /* [groups] */
    double *group_value;               /* [groups] */
    size_t groups;
} eh_score;

/* "accuracy", "mean absolute error": what a score of this kind holds. */
const char *eh_score_metric(eh_target_kind kind);

/* The same as a key of the log: "accuracy", "mae", "miou". */
const char *eh_score_key(eh_target_kind kind);

/* The larger the better: accuracy as it is, an error with its sign turned. */
double eh_score_gain(eh_target_kind kind, double value);

/* Builds and compiles; shares variables with the training graph by name. Release with eh_evaluation_clear in every case. */
eh_status eh_evaluation_make(eh_evaluation *out, const eh_task *task, eh_params *params,
                             const eh_run_data *data, size_t batch, const eh_plan_opts *plan, eh_error *err);
void eh_evaluation_clear(eh_evaluation *e);

/* Predicts the rows of a part. `step` names the work in progress ("evaluate test"); NULL: it is part of another step. EH_ERR_INTERRUPTED when the
 * user asks to stop. `out` is to be cleared in every case. */
eh_status eh_evaluate(eh_part_predictions *out, eh_evaluation *e, eh_part part, const char *step,
                      eh_progress *progress, eh_error *err);
void eh_part_predictions_clear(eh_part_predictions *p);

/* What the predictions of head `k` are worth in each group. */
eh_status eh_score_make(eh_score *out, const eh_part_predictions *p, size_t k, const eh_run_data *data,
                        eh_error *err);
void eh_score_clear(eh_score *s);

/* The head of masks, or NULL. */
const eh_head_predictions *eh_part_masks_of(const eh_part_predictions *p);

/* evaluation_masks.c: room for a head of masks, and one batch of it, whose rows begin at `first`. */
eh_status eh_evaluation_masks_begin(eh_head_predictions *out, const eh_evaluation *e, size_t rows,
                                    eh_error *err);
eh_status eh_evaluation_masks_read(eh_head_predictions *out, eh_evaluation *e, const eh_head_tensors *tensors,
                                   const eh_batch *batch, size_t first, eh_error *err);

/* Of a head of masks: <folder>.csv, <folder>.json and pictures of examples beside the masks in <folder> (docs/run-folder.md), each atomically. */
eh_status eh_part_masks_write(const eh_part_predictions *p, const eh_run_data *data, const char *part,
                              const char *folder, eh_error *err);

/* Writes predictions-<part>.csv (docs/run-folder.md) atomically, of all heads but masks. */
eh_status eh_part_predictions_write(const eh_part_predictions *p, const eh_run_data *data, const char *path,
                                    eh_error *err);

#endif
