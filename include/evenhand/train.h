/* train.h - tasks and training runs.
 *
 * A run is a folder: recipe.yaml (resolved), run.json, log.jsonl, an event file for TensorBoard, checkpoints/ (safetensors + JSON state, written to temporary names,
 * fsynced, renamed), weights.safetensors (selected), predictions-<part>.csv, results.json. A killed run resumes and ends with the same bits as one
 * that was never killed.
 */
#ifndef EVENHAND_TRAIN_H
#define EVENHAND_TRAIN_H

#include "evenhand/dataset.h"
#include "evenhand/loader.h"
#include "evenhand/model.h"
#include "evenhand/plan.h"
#include "evenhand/progress.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which epoch is kept. */
typedef enum eh_select {
    EH_SELECT_WORST_GROUP,
    EH_SELECT_AVERAGE,
    EH_SELECT_GROUP_MEAN,
    EH_SELECT_LAST,
    EH_SELECT_METRIC, /* a metric of groups: "recall:blond(gender=female)" */
    EH_SELECT_MEAN    /* none: the mean of the weights after the last epochs (average_last) */
} eh_select;

/* What the network's numbers are: (value / 255 - mean) / std. */
typedef enum eh_normalise {
    EH_NORMALISE_DATASET,  /* mean and standard deviation of the training part's pixels */
    EH_NORMALISE_IMAGENET, /* ImageNet's, for weights that were trained with them */
    EH_NORMALISE_NONE      /* 0 and 1 */
} eh_normalise;

/* Everything that decides a run: the option struct behind `evenhand train` and the recipe (table eh_train_option_table).
 * Zero-initialise it, then eh_opts_defaults. */
typedef struct eh_train_opts {
    const char *data;   /* catalog path */
    const char *out;    /* run folder */
    eh_str_list label;  /* columns to learn, a head each; by the first the epoch is chosen */
    eh_str_list heads;  /* what is special about some of them: "age:loss=l1,weight=0.5" */
    const char *where;  /* query: which images of the catalog there are for this run; NULL: all (query.h) */
    int64_t fold;       /* of `evenhand split --folds`; 0: the split that counts */
    eh_str_list groups; /* columns whose crossing makes the groups; empty: the first label's classes */
    eh_thing_spec model, method, optim, schedule;
    eh_thing_spec head, loss; /* of the heads that they fit; no entry: by the kind of the column */
    bool uncertainty;         /* the factors of the heads' losses are learned */
    const char *
        own_loss_class; /* the model's own loss counts for images of this class of the first label only; NULL: for all */
    eh_str_list augment; /* names of augmentations, each a thing spec text */
    eh_str_list stages;  /* settings "epochs=3,lr=0.1" of one stage after another; empty: one stage */
    int64_t epochs, batch;
    double lr;
    int64_t accumulate; /* batches whose gradients are added up for one update */
    double clip;        /* most length of all gradients together; 0: no limit */
    double
        average; /* decay of the moving average of the weights, which is then evaluated and kept; 0: none */
    eh_str_list freeze;   /* patterns of variables that stay as they are */
    eh_str_list layer_lr; /* "conv1*=0.1": factors on the rate of the variables that match */
    double layer_decay;   /* factor on the rate from each layer to the one before it; 1: none */
    int64_t patience;     /* epochs without a better one after which the training ends; 0: never */
    const char *size; /* of the images: a side, or WIDTHxHEIGHT; "0": their own when all are equal, else 64 */
    int64_t presize;  /* longer side of the pixels that augmentations of the training take from; 0: size */
    int normalise;    /* eh_normalise */
    int channels;     /* choice: 0 auto, 1 grey, 2 rgb (see table) */
    int64_t average_last; /* keep the mean of the weights after so many last epochs; 0: of none */
    const char
        *select; /* "worst-group", "average", "group-mean", "last", or a metric as in "worst(recall:blond)" */
    uint64_t seed;
    const char *weights; /* initial weights (eh_weights_load) or NULL */
    int precision;       /* eh_precision */
    int tune;            /* eh_tune */
    const char *backend; /* "cpu" */
    bool resume;         /* continue the run in `out` when it was interrupted */
    int64_t
        checkpoint_steps; /* a checkpoint every so many steps and every epoch; 0: by time, about every 30 s. The end of the training always
                                makes one */
    int64_t max_memory;   /* MiB; 0 unlimited */
    bool recompute_blocks; /* eh_graph_recompute */
    bool evaluate_train;   /* also evaluate the training part at the end */
    bool tensorboard;      /* write events.out.tfevents.evenhand */
    eh_str_list command;   /* the command line for run.json; may be empty. Not an option */
} eh_train_opts;

EH_API extern const eh_opt eh_train_option_table[];

/* Trains. The run folder must not hold another run (unless resume). EH_ERR_INTERRUPTED after progress->stop_requested, with a checkpoint. */
EH_API eh_status eh_train(const eh_train_opts *opts, eh_progress *progress, eh_error *err);

/* What the network would see: a picture of the first batch of the first epoch, labels below (both with their shares where samples are mixed). The
 * order of images is that of plain training; `out`, `method` and what else has no part in it are not looked at. images: how many there are.
 * `out` is owned by the caller. */
EH_API eh_status eh_train_batch_sheet(eh_image *out, size_t *images, const eh_train_opts *opts,
                                      eh_progress *progress, eh_error *err);

#ifdef __cplusplus
}
#endif
#endif
