/* select.h - which epoch is kept: by a word ("worst-group") or by any metric of any group ("recall:blond(gender=female)").
 *
 *     select = "worst-group" | "average" | "group-mean" | "last"
 *            | over "(" metric [ ":" name ] ")"          over = worst, gap, mean, overall (metric/rule.h)
 *            | metric [ ":" name ] "(" group ")"         the images of one group, or of all groups with these values
 *     metric = a registered metric of a head of classes;  name: the class, of the first head that has it, or of accuracy the head's column
 *              of a head of numbers "mae" or "rmse" (name: the head's column), or "within:" K [ ":" name ], the share that is off by at most K
 *              of a head of masks one of mask_measure.h, "miou", "iou:CLASS", "worst-iou", "wgap", "pixel-accuracy"
 *     group  = a group's name, "Blond Male", or "column=value,column=value"
 */
#ifndef EH_TRAIN_SELECT_H
#define EH_TRAIN_SELECT_H

#include "metric/mask_measure.h"
#include "metric/rule.h"
#include "train/evaluation.h"

/* What is measured of numbers. */
typedef enum eh_select_number { EH_SELECT_MAE, EH_SELECT_RMSE, EH_SELECT_WITHIN } eh_select_number;

typedef struct eh_selector {
    eh_select rule; /* EH_SELECT_METRIC: the following count */
    const char *text;
    bool lower;     /* the less the better */
    bool one_group; /* of the images of `member` together; else `over` the groups */
    eh_rule_over over;
    const eh_metric *metric; /* NULL: `number` or `mask` */
    eh_select_number number;
    double within;               /* of EH_SELECT_WITHIN */
    const eh_mask_measure *mask; /* NULL: not of masks */
    int64_t mask_class;          /* -1: none named */
    size_t cls, head;            /* of a metric of one class; the head that is measured */
    bool *member;                /* [groups] */
} eh_selector;

/* The rule that holds in a training with these options on these data: EH_SELECT_MEAN with --average-last, EH_SELECT_LAST where the validation part has no
 * value of the first label. */
eh_select eh_select_rule_of(const eh_train_opts *opts, const eh_run_data *data);

/* The rule of a text: that of the word, or EH_SELECT_METRIC. */
eh_select eh_select_rule(const char *text);

/* Reads `text`. EH_ERR_USAGE says what is wrong with it: an unknown metric, class, head or group, a group without an image in the validation part. */
eh_status eh_selector_make(eh_selector *out, const char *text, const eh_task *task, const eh_run_data *data,
                           eh_arena *arena, eh_error *err);

/* Whether the predictions that an EH_SELECT_METRIC selector measures must hold the average precision of masks (eh_evaluation). */
bool eh_selector_needs_precision(const eh_selector *selector);

/* What the metric of an EH_SELECT_METRIC selector is of the validation part's predictions. Where it is undefined (the precision of a class that is never
 * predicted) it is the worst there is: 0, or where less is better 1. */
eh_status eh_selector_value(double *out, const eh_selector *selector, const eh_part_predictions *p,
                            const eh_run_data *data, eh_error *err);

/* "the epoch with the highest recall:blond(Blond Male) on the validation part; of equals ...", in the arena; NULL when out of memory. */
const char *eh_selector_definition(const eh_selector *selector, eh_arena *arena);

#endif
