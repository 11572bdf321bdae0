/* task.h - what is learned: a head over a model's features, its loss, its prediction. */
#ifndef EH_TRAIN_TASK_H
#define EH_TRAIN_TASK_H

#include "evenhand/dataset.h"
#include "evenhand/model.h"

/* One column of classes learned by one model. Borrows everything. */
typedef struct eh_task {
    const eh_model *model;
    const void *model_opts;
    const eh_loss *loss;
    const void *loss_opts;
    const eh_frame_column *label;
    int64_t outputs; /* of the head */
} eh_task;

/* Checks that the loss fits the column. EH_ERR_USAGE with a sentence when it does not. */
eh_status eh_task_init(eh_task *out, eh_thing_spec model, eh_thing_spec loss, const eh_frame_column *label,
                       eh_error *err);

/* The tensors of one forward pass. */
typedef struct eh_task_tensors {
    eh_tensor *features;    /* [N,F] */
    eh_tensor *output;      /* [N,outputs] */
    eh_tensor *sample_loss; /* [N] */
    eh_tensor *prediction;  /* [N,classes] */
} eh_task_tensors;

/* images [N,C,H,W], labels i32 [N]. Errors are the graph's sticky error. */
eh_task_tensors eh_task_build(const eh_task *task, eh_build *b, eh_tensor *images, eh_tensor *labels);

#endif
