/* saved_model.h - a trained model as its run left it: everything that its predictions need, from the metadata of weights.safetensors. */
#ifndef EH_TRAIN_SAVED_MODEL_H
#define EH_TRAIN_SAVED_MODEL_H

#include "train/task.h"

typedef struct eh_saved_model {
    eh_arena *arena;
    const char *path; /* of the weights */
    char hash[65];    /* SHA-256 of that file */
    const char *program,
        *model;   /* "evenhand 0.1.0"; "resnet18" with its options, as the command line takes it */
    eh_task task; /* every head's column has its name, kind and classes, and no rows */
    int width, height, channels; /* of the images */
    float mean[3], std[3];       /* in units of 0..1 */
    eh_params *params;
    /* From run.json beside the weights, where the folder of a run was named; else 0, NULL and empty. */
    const char *run; /* the folder */
    size_t batch;
    const char *precision;
    eh_str_list groups;
} eh_saved_model;

/* Opens the folder of a finished run, or a weights.safetensors of one. EH_ERR_INPUT says what is not there: a run that has not finished, weights of another
 * program. Release with eh_saved_model_clear in every case. */
eh_status eh_saved_model_open(eh_saved_model *out, const char *path, eh_error *err);
void eh_saved_model_clear(eh_saved_model *model);

/* The tensors of one forward pass. */
typedef struct eh_saved_tensors {
    eh_features features;
    eh_tensor *output[EH_HEADS]; /* [N,outputs]: what the loss reads (logits) */
    eh_tensor *prediction
        [EH_HEADS]; /* [N,classes] probabilities, [N,1] numbers in the column's units, [N,classes,H,W] of masks */
} eh_saved_tensors;

/* images [N,C,H,W] -> predictions, without any loss. Errors are the graph's sticky error. */
eh_saved_tensors eh_saved_model_build(const eh_saved_model *model, eh_build *b, eh_tensor *images);

#endif
