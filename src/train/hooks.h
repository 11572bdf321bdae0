/* hooks.h - what a training method can see and change.
 *
 * The trainer calls the hooks of a method at fixed points; any may be NULL. Order of a run:
 *
 *     begin - epoch (of the first epoch: it decides how many steps there are) - build
 *     each epoch: epoch - each step: batch, after_step
 *     end
 *
 * A run in stages (stages.h) begins its method anew, state and all, with each stage: begin - epoch - build ... and `end` after the last.
 * A run that resumes calls begin, build, then visit with what the checkpoint holds; `epoch` is not called again for an epoch that had begun: its order
 * comes from the checkpoint. Written with group DRO, DANN, meta-orthogonalization and DB-VAE in mind:
 *   resample, undersample   epoch: order of rows          reweight        batch: weights
 *   gdro                    build: loss from sample losses and group ids, state in EH_BUFFER variables
 *   dann                    build: domain head over a reversed exposed tensor, scalar input lambda set in `batch`
 *   meta-orth               build: probe, inner step by eh_gradients, second loss with own optimiser effects
 *   dbvae                   epoch: order by weights from eh_run_forward of the latents, build: own_mask, end: tables and sheets
 */
#ifndef EH_TRAIN_HOOKS_H
#define EH_TRAIN_HOOKS_H

#include "evenhand/train.h"

/* The running training, as methods see it. Everything is borrowed. */
typedef struct eh_run {
    const eh_train_opts *opts;
    const eh_frame *frame;
    eh_catalog *catalog;          /* the frame's, for names of images */
    const eh_groups *groups;      /* crossing named by opts->groups; NULL when none could be made */
    const eh_frame_column *label; /* the first column that is learned */
    const uint32_t *train_row;    /* frame rows of the training part that have a label */
    size_t train_rows;
    const uint64_t *group_rows; /* [groups->count] training rows of each group; NULL without groups */
    uint64_t steps_per_epoch, total_steps; /* of the stage; set after the first epoch order is known */
    uint64_t epoch, step;                  /* epoch counts over the whole run, step from 0 over the stage */
    uint64_t steps_before;                 /* of the stages before */
    /* The label's class that the model's own loss counts for (--own-loss-class); -1: for all. A method that sets own_mask says so here in `begin`. */
    int64_t own_class;
    bool has_model;  /* false when `epoch` is called for the first epoch of a stage: nothing is built yet */
    eh_tuner *tuner; /* for every plan of the run */
    eh_arena *arena; /* lives as long as the run */
    eh_progress *progress;
    uint32_t *drawn; /* what eh_run_draw gave last; the trainer releases it */
} eh_run;

/* The training graph while it is being built. Tensors are per batch. */
typedef struct eh_train_graph {
    eh_build *build;
    eh_graph *graph;
    size_t batch;
    eh_tensor *images; /* [N,C,H,W] */
    eh_tensor *labels; /* truth of the first head: i32 [N] classes or f32 [N] numbers */
    eh_tensor *group;  /* i32 [N], -1 where unknown */
    eh_tensor *weight; /* f32 [N]: eh_batch.weight */
    eh_tensor
        *epoch_progress; /* scalar in [0,1): step / total steps of the stage, for schedules of the method */
    eh_tensor *features; /* [N,F]; NULL in models that answer for every pixel */
    eh_tensor
        *head_loss; /* [N], of the heads; sample_loss = head_loss + own_mask * own_loss (nn/own_loss.h) */
    eh_tensor *own_loss; /* [N], of the model itself (an autoencoder's); NULL where it has none */
    eh_tensor *
        own_mask; /* [N], 1 where it counts; NULL: everywhere. A method may set it, with sample_loss and loss */
    eh_tensor *output;      /* of the first head [N,outputs] */
    eh_tensor *sample_loss; /* [N], over all heads, not yet weighted */
    eh_tensor *
        loss; /* scalar that is minimised: in: mean(weight * sample_loss); a method may replace or add to it */
    /* Effects beside the main update (state of the method, updates of extra heads by their own optimiser). */
    eh_tensor *effect[64];
    size_t effects;
    /* Variables not to be updated by the main optimiser although trainable (they have their own). Full names. */
    const char *own_variable[64];
    size_t own_variables;
    /* Scalars to show in the log each epoch (mean over steps): name and scalar tensor. */
    struct {
        const char *name;
        eh_tensor *value;
    } shown[16];
    size_t shown_count;
} eh_train_graph;

/* The order of samples of an epoch. */
typedef struct eh_epoch_order {
    const uint32_t *
        row; /* in: the trainer's uniform shuffle; a method may replace it by eh_run_draw or by an array of its own that lives
                            until the next epoch */
    size_t count;
} eh_epoch_order;

/* Draws the order of the running epoch from the training rows with a sampler (evenhand/loader.h) and its options, and puts it into
 * `order`; valid until the next call. weight: [train_rows] for samplers that take weights, or NULL. */
eh_status eh_run_draw(eh_run *run, const eh_sampler *sampler, const void *opts, const float *weight,
                      eh_epoch_order *order, eh_error *err);

/* Values of an inner tensor that the model exposes ("latent", "pool"), as the model stands, in inference and without augmentation, for frame
 * rows: *out [rows, *width], eh_alloc'ed, owned by the caller. Needs run->has_model. EH_ERR_USAGE names the tensors that there are. */
eh_status eh_run_forward(eh_run *run, const char *name, const uint32_t *row, size_t rows, float **out,
                         size_t *width, eh_error *err);

/* Numbers of the running epoch (at the end: of the selected one) under their names, into log.jsonl and the event file: "weight", {group: weight}. */
eh_status eh_run_table(eh_run *run, const char *name, const char *const *key, const double *value,
                       size_t count, eh_error *err);

/* A sheet of images, each with a line below it (caption NULL: none), as <name>.png in the run's folder and into the event file. */
eh_status eh_run_sheet(eh_run *run, const char *name, const uint32_t *row, const char *const *caption,
                       size_t count, int columns, eh_error *err);

/* Path of a file in the run's folder; NULL when out of memory. */
const char *eh_run_file(const eh_run *run, const char *name);

/* A remark for the user that belongs to the run: shown, and kept in log.jsonl. */
void eh_run_warn(eh_run *run, const char *format, ...) EH_PRINTF(2, 3);

/* Persisting of a method's own state in checkpoints: one function serves saving and loading. */
typedef struct eh_state_visitor eh_state_visitor;
void eh_visit_bytes(eh_state_visitor *v, const char *name, void *data, size_t bytes);

typedef struct eh_train_hooks {
    /* Once, before anything is built: check what is needed, allocate from run->arena. */
    eh_status (*begin)(void *state, const void *opts, eh_run *run, eh_error *err);
    /* While the training graph is built, after tg->loss has its default. */
    eh_status (*build)(void *state, eh_run *run, eh_train_graph *tg, eh_error *err);
    /* Before each epoch. */
    eh_status (*epoch)(void *state, eh_run *run, eh_epoch_order *order, eh_error *err);
    /* Before each step: may change images and per-sample weights. */
    eh_status (*batch)(void *state, eh_run *run, eh_batch *batch, eh_error *err);
    /* After each step, with the per-sample losses [count]. Asking for it (non-NULL) makes them a target of the plan. */
    eh_status (*after_step)(void *state, eh_run *run, const eh_batch *batch, const float *sample_loss,
                            eh_error *err);
    /* Saves or loads what is not in variables. */
    void (*visit)(void *state, eh_state_visitor *visitor);
    eh_status (*end)(void *state, eh_run *run, eh_error *err);
} eh_train_hooks;

enum {
    EH_NEEDS_GROUPS = 1u << 0 /* group labels of training rows; checked before begin, with a sentence */
};

/* To add a method "x": src/method/method_x.c with `const eh_method eh_method_x`, a row in method_list.c, test_method_x.c. method_erm.c is the
 * template to copy. */
typedef struct eh_method {
    eh_entry entry;
    unsigned needs;
    size_t state_size; /* zeroed by the framework before begin */
    eh_train_hooks hooks;
} eh_method;

EH_API extern const eh_entry *const eh_method_list[];

#endif
