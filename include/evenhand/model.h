/* model.h - models, heads, losses, optimisers and schedules: registered kinds that build parts of a training graph.
 *
 * A model turns images into features and exposes its inner tensors by name ("layer3", "pool"), so that methods, explanations
 * and embeddings can ask for them. Heads turn features into outputs; the task (train.h) chooses them. Parameter names equal
 * torchvision's where the model exists there.
 */
#ifndef EVENHAND_MODEL_H
#define EVENHAND_MODEL_H

#include "evenhand/graph.h"
#include "evenhand/option.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a model is being built. */
typedef struct eh_build {
    eh_graph *graph;
    bool training;             /* batch statistics in batch norm, dropout on; false: inference */
    bool freeze_statistics;    /* training with fixed batch-norm statistics */
    double bn_momentum;        /* default 0.1 */
    double bn_epsilon;         /* default 1e-5 */
    const eh_str_list *freeze; /* patterns of variables that stay as they are ("layer1*"); NULL: none */
    eh_tensor *
        step; /* scalar, another value each step: what dropout and other draws depend on; NULL in inference */
    eh_tensor *
        noise; /* [N,latent]: taken by a model that samples in place of a draw, to compare it with another program; NULL: drawn */
} eh_build;

/* What a model makes of images. Members that a model does not have are NULL; all of them when an error was recorded. */
typedef struct eh_features {
    eh_tensor *map;    /* [N,C,h,w]: the last feature map, where it has places */
    eh_tensor *vector; /* [N,F]: what a linear head reads; NULL in models that answer for every pixel */
    eh_tensor *
        own_loss; /* [N]: what the model itself makes small beside its heads (an autoencoder's reconstruction) */
    struct {
        const char *name;
        eh_tensor *value; /* [N] */
    } own_part[4];        /* what own_loss is made of, for the log; a name of NULL ends it */
} eh_features;

/* To add a model "x": src/nn/model_x.c with `const eh_model eh_model_x`, a row in model_list.c, test_model_x.c. Each part that repeats (a residual block) stands
 * between eh_block_begin and eh_block_end, so that gradient checkpointing can compute it again. */
typedef struct eh_model {
    eh_entry entry;
    /* Name below which the only head's variables live ("fc": fc.weight, fc.bias). Several heads: "<head_name>.<head>". */
    const char *head_name;
    /* images [N,C,H,W] -> features. Errors (an image too small) are the graph's sticky error. */
    eh_features (*features)(eh_build *b, const void *opts, eh_tensor *images);
} eh_model;

/* To add a head "x": src/nn/head_x.c with `const eh_head eh_head_x`, a row in head_list.c, test_head_x.c. */
typedef struct eh_head {
    eh_entry entry;
    bool dense; /* answers for every pixel: [N, outputs, H, W] */
    /* features -> [N, outputs]; variables below `name`. A model without the features that the head reads is the graph's sticky error,
     * in a sentence that names another head. height, width: of the images, for dense heads. */
    eh_tensor *(*build)(eh_build *b, const void *opts, const char *name, const eh_features *features,
                        int64_t outputs, int64_t height, int64_t width);
} eh_head;

/* What a head learns: the values of one column. */
typedef enum eh_target_kind {
    EH_TARGET_CLASS,  /* one class an image: i32 [N], -1 = unknown */
    EH_TARGET_NUMBER, /* a number an image: f32 [N] in the column's own units; of unknown ones the mean */
    EH_TARGET_MASK    /* one class a pixel: i32 [N,H,W], -1 = not judged */
} eh_target_kind;

typedef struct eh_target {
    eh_target_kind kind;
    size_t classes; /* EH_TARGET_CLASS and EH_TARGET_MASK; else 0 */
    const uint64_t
        *class_count; /* [classes] images (pixels of masks) of the training part; NULL: not known */
    double mean, std, low, high; /* EH_TARGET_NUMBER: of the training part; std > 0 */
} eh_target;

/* To add a loss "x": src/nn/loss_x.c, a row in loss_list.c. */
typedef struct eh_loss {
    eh_entry entry;
    /* Outputs of the head; 0 when the loss does not fit, e.g. binary with 3 classes, or classes where it needs a number. */
    int64_t (*outputs)(const void *opts, const eh_target *target);
    /* out [N, outputs] (of masks [N, outputs, H, W]), truth as its kind says -> per-sample loss [N]; 0 where a class is unknown. */
    eh_tensor *(*build)(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth);
    /* out -> what is reported: probabilities [N, classes], numbers in the column's units [N,1], of masks probabilities [N, classes, H, W]. */
    eh_tensor *(*predict)(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out);
} eh_loss;

/* To add an optimiser "x": src/nn/optim_x.c, a row in optim_list.c. */
typedef struct eh_optim {
    eh_entry entry;
    /* The effect that updates `param`; lr, step (1, 2 ...) and momentum are scalar input tensors; decay false: leave weight decay out (norms and biases). */
    eh_tensor *(*update)(eh_graph *g, const void *opts, eh_tensor *param, eh_tensor *grad, eh_tensor *lr,
                         eh_tensor *step, eh_tensor *momentum, bool decay);
    double (*momentum)(const void *opts); /* the base momentum, for schedules that cycle it; NULL = none */
} eh_optim;

/* To add a schedule "x": src/nn/schedule_x.c, a row in schedule_list.c. */
typedef struct eh_schedule {
    eh_entry entry;
    /* Factor on the base learning rate, and momentum (in: base momentum), at `step` (0-based) of `total`. */
    void (*at)(const void *opts, uint64_t step, uint64_t total, double *lr_factor, double *momentum);
} eh_schedule;

EH_API extern const eh_entry *const eh_model_list[];
EH_API extern const eh_entry *const eh_head_list[];
EH_API extern const eh_entry *const eh_loss_list[];
EH_API extern const eh_entry *const eh_optim_list[];
EH_API extern const eh_entry *const eh_schedule_list[];

/* Writes variables of the store as a safetensors file (F32, names as in the store, `metadata` NULL-terminated key/value pairs or NULL), atomically. roles: bit mask of
 * (1u << eh_role). */
EH_API eh_status eh_weights_save(eh_params *params, unsigned roles, const char *path,
                                 const char *const *metadata, eh_error *err);

/* What becomes of a tensor of the model or of the file. */
typedef enum eh_weights_fate {
    EH_WEIGHTS_MATCHED,
    EH_WEIGHTS_MISSING,   /* in the model only */
    EH_WEIGHTS_RESHAPED,  /* of another shape in the file: kept as initialised */
    EH_WEIGHTS_LEFT_OVER, /* in the file only */
    EH_WEIGHTS_COUNTER    /* a batch norm's num_batches_tracked, which nothing reads */
} eh_weights_fate;

/* What a load did: how many variables, and the name of the first of each sort ("" when there is none). */
typedef struct eh_weights_report {
    size_t matched, missing, left_over, reshaped, counters;
    size_t not_finite; /* loaded although NaN or infinity is among its values */
    char first_missing[128], first_left_over[128], first_reshaped[128], first_not_finite[128];
} eh_weights_report;

/* Reads a file of weights into variables of the same name: safetensors, or one that PyTorch wrote (.pt, .pth; zip or legacy; nothing in it is ever run), found by
 * content. Where all names begin with "module." that is left out. strict: anything missing, left over or of another shape is EH_ERR_INPUT. The
 * file is validated before anything is written. F64, F16 and BF16 are converted. `report` may be NULL. */
EH_API eh_status eh_weights_load(eh_params *params, const char *path, bool strict, eh_weights_report *report,
                                 eh_error *err);

/* What a load would do, tensor by tensor; visit may be NULL. Changes nothing. */
typedef void (*eh_weights_visit)(void *user, eh_weights_fate fate, const char *name, eh_shape in_model,
                                 eh_shape in_file);
EH_API eh_status eh_weights_compare(const eh_params *params, const char *path, eh_weights_visit visit,
                                    void *user, eh_weights_report *report, eh_error *err);

#ifdef __cplusplus
}
#endif
#endif
