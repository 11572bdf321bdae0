/* trainer.h - the running training: everything that its parts share. */
#ifndef EH_TRAIN_TRAINER_H
#define EH_TRAIN_TRAINER_H

#include "train/checkpoint.h"
#include "train/evaluation.h"
#include "train/forward.h"
#include "train/run_log.h"
#include "train/select.h"
#include "train/training.h"
#include "train/training_loader.h"

enum { EH_FORWARDS = 4 };

typedef struct eh_trainer {
    eh_run run;                /* first member: eh_run_warn finds the trainer by it */
    const eh_train_opts *base; /* of the run */
    eh_train_opts *stage;      /* [stages] the options of each stage, in the arena */
    size_t stages;
    const eh_train_opts *opts; /* of the running stage */
    eh_progress *progress;
    eh_arena *arena;
    eh_run_data data;
    char data_hash[65];               /* of the catalogs of all stages */
    eh_target first_target[EH_HEADS]; /* of the first stage */
    eh_task task;
    eh_selector selector; /* when the rule is EH_SELECT_METRIC */
    const eh_method *method;
    void *method_state;
    eh_run_home folder;
    eh_append_file log, events; /* log.jsonl; the event file, not open where it is switched off */
    eh_params *params;
    eh_training training;
    eh_evaluation evaluation;
    eh_forward forward[EH_FORWARDS]; /* compiled when they are first asked for */
    eh_loader *loader;               /* of the training part */
    eh_training_augments augments;
    eh_position position;
    eh_epoch_order order;
    bool order_is_fresh;      /* it was drawn when the steps were counted, for the epoch that begins next */
    uint32_t *restored_order; /* owned: the order of a resumed epoch */
    eh_snapshot best;
    bool chosen_precision; /* --precision auto: opts has what was taken */
    bool resumed;
    double last_checkpoint;                   /* eh_seconds of it */
    uint64_t checkpoint_step;                 /* its step */
    char checkpoint_name[EH_CHECKPOINT_NAME]; /* of its variables; "" when there is none */
} eh_trainer;

/* A trainer with resolved options and nothing set up. Release with eh_trainer_free, also after an error. */
eh_status eh_trainer_new(eh_trainer **out, const eh_train_opts *opts, eh_progress *progress, eh_error *err);
void eh_trainer_free(eh_trainer *t); /* NULL is fine */

/* Sets up the first stage, ready to take steps, without a run folder: nothing is logged or saved. */
eh_status eh_trainer_without_folder(eh_trainer *t, eh_error *err);

/* The rule that holds: `last` where the validation part has no value of the first label. */
eh_select eh_trainer_rule(const eh_trainer *t);

/* At the end, the epoch whose weights are kept: the last one where none could be judged. */
uint64_t eh_trainer_kept_epoch(const eh_trainer *t);

/* The rule in words: "worst-group", "worst(recall:blond)", "average-last". */
const char *eh_trainer_rule_text(const eh_trainer *t);

/* Saves a checkpoint of the present position. */
eh_status eh_trainer_checkpoint(eh_trainer *t, eh_error *err);

/* ---- stages (trainer_stage.c) ---- */

/* Options, data and task of the stage of t->position. */
eh_status eh_trainer_load_stage(eh_trainer *t, eh_error *err);

/* With the first stage loaded: whether the others' data can be read and fit; hashes them. */
eh_status eh_trainer_check_stages(eh_trainer *t, eh_error *err);

/* Pixels, method and graphs of the loaded stage. fresh: also counts its steps; else they are in the position. */
eh_status eh_trainer_begin_stage(eh_trainer *t, bool fresh, eh_error *err);

/* From the end of a stage to the beginning of the next, which has the same weights. */
eh_status eh_trainer_next_stage(eh_trainer *t, eh_error *err);

/* The log's event of a stage; nothing in a run of one stage. */
eh_status eh_trainer_log_stage(eh_trainer *t, eh_error *err);

/* Releases what a stage holds. */
void eh_trainer_clear_stage(eh_trainer *t);

/* Steps of the running stage that are done; epochs of all stages if none ends early. */
uint64_t eh_trainer_stage_step(const eh_trainer *t);
uint64_t eh_trainer_epochs_planned(const eh_trainer *t);

/* Loads the weights that --weights names, says what does not fit, and logs the whole list (initial_weights.c). */
eh_status eh_trainer_initial_weights(eh_trainer *t, eh_error *err);

/* ---- */

/* Trains from the position to the last epoch of its stage (trainer_epochs.c). */
eh_status eh_trainer_epochs(eh_trainer *t, eh_error *err);

/* The order of the epoch that begins now, into t->order. */
eh_status eh_trainer_order(eh_trainer *t, eh_error *err);

/* The event file (trainer_events.c); nothing happens where it is switched off. checkpoint: NULL for a new run. */
eh_status eh_trainer_events_open(eh_trainer *t, const eh_position *checkpoint, eh_error *err);
/* After a step, with its loss. */
eh_status eh_trainer_events_step(eh_trainer *t, double loss, eh_error *err);
/* At the end of an epoch; scores: [heads] of the validation part, n 0 without one. */
eh_status eh_trainer_events_epoch(eh_trainer *t, const eh_score *valid, eh_error *err);
eh_status eh_trainer_events_scores(eh_trainer *t, eh_part part, const eh_score *scores, eh_error *err);
eh_status eh_trainer_events_image(eh_trainer *t, const char *tag, const eh_image *image, eh_error *err);
eh_status eh_trainer_events_table(eh_trainer *t, const char *name, const char *const *key,
                                  const double *value, size_t count, eh_error *err);
/* What the network sees of a batch. */
eh_status eh_trainer_events_batch(eh_trainer *t, const eh_batch *batch, eh_error *err);

/* A picture into the event file and, as <name>.png, into the folder (run_services.c). */
eh_status eh_trainer_picture(eh_trainer *t, const char *name, const eh_image *image, eh_error *err);

/* Originals and what a model that draws makes of them, into the event file; `last` also as reconstructions.png (reconstructions.c). Nothing
 * for other models. */
eh_status eh_trainer_reconstructions(eh_trainer *t, bool last, eh_error *err);

/* Selected weights, predictions, last events (trainer_finish.c). */
eh_status eh_trainer_finish(eh_trainer *t, eh_error *err);

/* Writes run.json; `finished` false at the start, true with what is known at the end (run_description.c). */
eh_status eh_trainer_describe(const eh_trainer *t, bool finished, eh_error *err);

/* True when the folder's run.json says that its run has finished. */
bool eh_run_is_finished(const eh_run_home *folder);

#endif
