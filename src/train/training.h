/* training.h - one training step as a plan: forward, backward and update in one run. */
#ifndef EH_TRAIN_TRAINING_H
#define EH_TRAIN_TRAINING_H

#include "train/hooks.h"
#include "train/run_data.h"
#include "train/task.h"

/* Scalars that an update reads. */
typedef struct eh_update_inputs {
    eh_tensor *lr, *step, *momentum, *blend; /* blend: 1 - decay of the average */
} eh_update_inputs;

typedef struct eh_training {
    const eh_run *run;
    const eh_train_opts *opts;
    eh_graph *graph;
    eh_plan *plan;
    eh_build build;
    eh_train_graph tensors;
    const eh_task *task;
    eh_task_tensors task_tensors;
    eh_tensor *lr, *step, *momentum, *draw;
    eh_tensor *gradient_length; /* of all gradients together; NULL without clipping in `graph` */
    eh_update_inputs inputs;
    /* With accumulation: the update, a graph of its own that runs every so many steps. NULL otherwise. */
    eh_graph *apply_graph;
    eh_plan *apply;
    eh_update_inputs apply_inputs;
    double fixed_rate; /* instead of the schedule's; 0: none */
    size_t
        model_variables; /* the first so many of the store are the model's, the others the method's and the optimiser's */
    bool needs_sample_loss;
    size_t batch;
    float *scratch;     /* [eh_task_truth_size] */
    int32_t *groups;    /* [batch] of the present step */
    float *sample_loss; /* [batch] of the last step */
    double shown[16];   /* of the last step, tensors.shown_count of them */
    eh_error bad;       /* of the last step: EH_ERR_NUMERIC when the loss or a gradient was not finite */
} eh_training;

/* Builds and compiles. The method's `build` hook is called when the default loss stands. Variables appear in `params`. Release with
 * eh_training_clear in every case. */
eh_status eh_training_make(eh_training *out, eh_run *run, const eh_task *task, const eh_method *method,
                           void *method_state, eh_params *params, const eh_run_data *data, size_t batch,
                           eh_error *err);

/* Appends the effects that change the weights (training_updates.c); with accumulation those that add up gradients, and makes `apply`. */
eh_status eh_training_updates(eh_training *t, eh_params *params, eh_tensor **target, size_t *targets,
                              eh_error *err);

/* How the plans of a training are compiled. */
eh_plan_opts eh_training_plan_opts(const eh_training *t);

/* Moving average of the weights: begin at the present weights; exchange weights and averages (for an evaluation, and back). Nothing happens
 * in runs without average. */
eh_status eh_training_begin_average(eh_params *params, eh_error *err);
eh_status eh_training_swap_average(eh_params *params, eh_error *err);

/* Learning rate (and momentum, unless NULL) of a step, counted from 0 over the stage. */
double eh_training_rate(const eh_training *t, uint64_t step, double *momentum);

/* One step on a full batch: writes the inputs, runs, reads the loss. Where the loss, a gradient or a weight is not finite the step has stopped (eh_plan_run tells
 * what has been updated) and t->bad says what it was. An input that is not finite is EH_ERR_NUMERIC. `step` counts from 0 over the stage. */
eh_status eh_training_step(eh_training *t, const eh_batch *batch, uint64_t step, double *loss, eh_error *err);

void eh_training_clear(eh_training *t);

#endif
