/* evaluation.h - predictions of the model as it stands, and what they are worth. */
#ifndef EH_TRAIN_EVALUATION_H
#define EH_TRAIN_EVALUATION_H

#include "evenhand/params.h"
#include "evenhand/plan.h"
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
} eh_evaluation;

/* What one head says about some rows. */
typedef struct eh_head_predictions {
    const eh_task_head *head;
    size_t width;       /* classes, or 1 */
    int32_t *predicted; /* [rows] the most probable class; NULL for numbers */
    float *value;       /* [rows * width] probabilities, or numbers */
    float *loss;        /* [rows]; means nothing where the row has no value */
} eh_head_predictions;

/* What a model says about some rows. */
typedef struct eh_part_predictions {
    const uint32_t *row; /* [rows] frame rows; borrowed */
    size_t rows;
    eh_head_predictions head[EH_HEADS];
    size_t heads;
} eh_part_predictions;

/* What a head's predictions are worth: accuracy for classes, mean absolute error for numbers. NaN without rows that have a value. */
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

/* Writes predictions-<part>.csv (docs/run-folder.md) atomically. */
eh_status eh_part_predictions_write(const eh_part_predictions *p, const eh_run_data *data, const char *path,
                                    eh_error *err);

#endif
