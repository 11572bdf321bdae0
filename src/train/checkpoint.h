/* checkpoint.h - the state of a running training on disk: enough to go on as if nothing had happened.
 *
 * checkpoints/last.json           the state: position, sums of the running epoch, best epoch; names the files below with their SHA-256
 * checkpoints/last-<step>.safetensors    every variable, the optimiser's too; "run/order": the running epoch's rows; "method/<name>": the method's state
 * checkpoints/best-<epoch>.safetensors   weights and buffers of the best epoch so far
 *
 * The tensors are written first under a new name, then last.json replaces the old one in one step, then files that it does not name are removed.
 * Whenever the process dies, last.json names complete files.
 */
#ifndef EH_TRAIN_CHECKPOINT_H
#define EH_TRAIN_CHECKPOINT_H

#include "train/hooks.h"
#include "train/run_home.h"
#include "train/snapshot.h"

enum { EH_SHOWN_LIMIT = 16, EH_CHECKPOINT_NAME = 80 };

/* The best epoch so far. */
typedef struct eh_best {
    uint64_t epoch;           /* from 1; 0 = none yet */
    double value, group_mean; /* what the rule compares, and what decides between equals */
    char hash[65];            /* SHA-256 of its file; "" until eh_checkpoint_save has written it */
} eh_best;

/* Where a training stands. */
typedef struct eh_position {
    uint64_t epochs_done, step;                   /* completed epochs, steps over the whole run */
    uint64_t stage, stage_epoch, stage_step;      /* running stage from 0; epochs and steps before it */
    uint64_t batch, steps_per_epoch, total_steps; /* images in a step; of the stage */
    bool inside_epoch;                            /* an epoch has begun: the next four and the order count */
    uint64_t steps_in_epoch;
    double loss_sum, shown_sum[EH_SHOWN_LIMIT];
    double epoch_seconds, wait_seconds, epoch_cpu; /* epoch_cpu: of all threads, user and system */
    double seconds, cpu_seconds;                   /* of training in all */
    uint64_t images;                               /* of all steps */
    uint64_t log_bytes, event_bytes; /* length of log.jsonl and of the event file, 0 without one */
    eh_best best;
} eh_position;

/* What is saved and restored beside the position. */
typedef struct eh_checkpoint_parts {
    const eh_run_home *folder;
    const char *catalog_hash;
    eh_params *params;
    const eh_method *method;
    void *method_state;
    eh_snapshot *best; /* weights of position.best.epoch */
} eh_checkpoint_parts;

/* Saves. order: rows of the running epoch, when inside one. Sets position->best.hash. EH_ERR_NUMERIC, and nothing is replaced, when a variable
 * holds NaN or infinity. */
eh_status eh_checkpoint_save(const eh_checkpoint_parts *parts, eh_position *position, const uint32_t *order,
                             size_t order_count, eh_error *err);

/* Name of the file of all variables in the checkpoint of that position. */
void eh_checkpoint_name(char out[EH_CHECKPOINT_NAME], const eh_position *position);

/* Removes everything in the folder's checkpoints: a new run begins. */
eh_status eh_checkpoint_remove_all(const eh_run_home *folder, eh_error *err);

/* A checkpoint that was found. */
typedef struct eh_checkpoint eh_checkpoint;

/* Opens the folder's checkpoint; *out = NULL when there is none. EH_ERR_INPUT when it is damaged. */
eh_status eh_checkpoint_open(eh_checkpoint **out, const eh_run_home *folder, eh_error *err);
void eh_checkpoint_close(eh_checkpoint *checkpoint);

const eh_position *eh_checkpoint_position(const eh_checkpoint *checkpoint);
/* Hashes that it was made with: of the recipe and of the catalog. */
const char *eh_checkpoint_recipe_hash(const eh_checkpoint *checkpoint);
const char *eh_checkpoint_catalog_hash(const eh_checkpoint *checkpoint);

/* Restores all variables (which must exist), the method's state and the best epoch's weights. `*order` is the running epoch's rows, owned by the caller (eh_free), or NULL. */
eh_status eh_checkpoint_restore(eh_checkpoint *checkpoint, const eh_checkpoint_parts *parts, uint32_t **order,
                                size_t *order_count, eh_error *err);

#endif
