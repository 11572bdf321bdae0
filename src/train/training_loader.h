/* training_loader.h - what a training reads: augmented batches of the training part. */
#ifndef EH_TRAIN_TRAINING_LOADER_H
#define EH_TRAIN_TRAINING_LOADER_H

#include "train/run_data.h"

/* The augmentations of a run. */
typedef struct eh_training_augments {
    eh_thing_spec *item; /* [count], in the arena they were parsed into */
    size_t count;
    bool mixes; /* one of them mixes batches and labels */
} eh_training_augments;

/* From --augment, for what `data` learns (eh_run_data_load); with --presize and none that takes a part of the picture, three quarters to all of the area are taken first. */
eh_status eh_training_augments_parse(eh_training_augments *out, const eh_train_opts *opts,
                                     const eh_run_data *data, eh_arena *arena, eh_error *err);

/* A loader over the run's pixels (eh_run_data_pixels), with --presize over larger ones, which belong to `data` and are packed when they are not there. */
eh_status eh_training_loader_new(eh_loader **out, eh_run_data *data, const eh_train_opts *opts,
                                 const eh_training_augments *augments, size_t batch, eh_progress *progress,
                                 eh_error *err);

#endif
