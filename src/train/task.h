/* task.h - what is learned: heads over a model's features, each for one column, with its loss and its prediction. */
#ifndef EH_TRAIN_TASK_H
#define EH_TRAIN_TASK_H

#include "train/run_data.h"

#include <jansson.h>

/* One column learned by one head. Borrows everything. */
typedef struct eh_task_head {
    const eh_frame_column *column;
    eh_target target;
    const eh_head *head;
    const void *head_opts;
    const eh_loss *loss;
    const void *loss_opts;
    int64_t outputs;
    double factor;        /* of its loss in the sum: weight / norm */
    double weight, norm;  /* as the user set them */
    const char *variable; /* name below which its variables live */
    bool gaps;            /* some images have no value: the head learns nothing from them */
} eh_task_head;

typedef struct eh_task {
    const eh_model *model;
    const void *model_opts;
    eh_task_head head[EH_HEADS]; /* the first is the main one: by it the epoch is chosen */
    size_t heads;
    bool uncertainty;  /* each head's factor is learned beside the network */
    bool mixes;        /* batches come with the labels of partners (eh_batch.partner, lambda) */
    int64_t own_class; /* of the first head: the model's own loss counts for its images only; -1: for all */
} eh_task;

/* From the options and the data of a run: kind and scale of every target, and the head and loss that fit it. EH_ERR_USAGE with a sentence
 * when something does not fit. Memory: `arena`. */
eh_status eh_task_init(eh_task *out, const eh_train_opts *opts, const eh_run_data *data, eh_arena *arena,
                       eh_error *err);

/* One head's part of a forward pass. partner_: of the sample that is mixed into this one; NULL where nothing is mixed. */
typedef struct eh_head_tensors {
    eh_tensor *partner_truth, *partner_present;
    eh_tensor *
        truth; /* input: i32 [N] classes, f32 [N] numbers, i32 [N,H,W] masks, -1 where a pixel is not judged */
    eh_tensor *
        present; /* input [N]: 1 where the image has a value, else 0; NULL for heads without gaps and for masks */
    eh_tensor *output;      /* [N,outputs], of masks [N,outputs,H,W] */
    eh_tensor *sample_loss; /* [N], 0 where not present, not yet multiplied by the factor */
    eh_tensor *prediction;  /* [N,classes] probabilities, or [N,1], of masks [N,classes,H,W] */
} eh_head_tensors;

/* The tensors of one forward pass. */
typedef struct eh_task_tensors {
    eh_features features;
    eh_head_tensors head[EH_HEADS];
    eh_tensor *lambda;      /* input [N]: the share of a sample's own label; NULL where nothing is mixed */
    eh_tensor *head_loss;   /* [N]: the sum of factor * loss over the heads */
    eh_tensor *own_mask;    /* [N]: 1 where the model's own loss counts; NULL: everywhere */
    eh_tensor *sample_loss; /* [N]: both together */
} eh_task_tensors;

/* images [N,C,H,W]. Errors are the graph's sticky error. */
eh_task_tensors eh_task_build(const eh_task *task, eh_build *b, eh_tensor *images);

/* What a reader of the weights or of run.json must know of a head: {"column", "kind", "classes" (or "mean", "std"), "head", "loss", "weight",
 * "norm"}; head and loss as texts that the command line takes. New reference; NULL when out of memory. */
json_t *eh_task_head_json(const eh_task_head *head, eh_arena *arena);

/* Pixels of each class of a head that learns masks, in the training part: what class weights need. After eh_run_data_pixels. EH_ERR_NOT_ENOUGH where there is
 * nothing to learn; classes without a pixel are remarked. */
eh_status eh_task_count_pixels(eh_task *task, eh_run_data *data, eh_arena *arena, eh_error *err);

/* Name below which the variables of a column's head live, when so many columns are learned. In the arena or static; NULL when out of memory. */
const char *eh_task_variable(const eh_model *model, const char *column, size_t heads, eh_arena *arena);

/* Numbers that a head predicts for an image, of masks for a pixel: its classes, or 1. */
size_t eh_task_head_width(const eh_task_head *head);

/* Floats that eh_task_write_truth needs as scratch for a batch of so many images of so many pixels. */
size_t eh_task_truth_size(const eh_task *task, size_t batch, size_t pixels);

/* Writes the truth of a batch's rows into the plan; rows beyond count are absent. `scratch`: [eh_task_truth_size] floats. */
eh_status eh_task_write_truth(const eh_task *task, const eh_task_tensors *tensors, eh_plan *plan,
                              const eh_batch *batch, float *scratch, eh_error *err);

#endif
