/* select.h - which epoch is kept: by a word ("worst-group") or by any metric of any group ("recall:blond(gender=female)").
 *
 *     select = "worst-group" | "average" | "group-mean" | "last"
 *            | over "(" metric [ ":" name ] ")"          over = worst, gap, mean, overall (metric/rule.h)
 *            | metric [ ":" name ] "(" group ")"         the images of one group, or of all groups with these values
 *     metric = a registered metric of a head of classes; name: the class, of the first head that has it, or of accuracy the head's column
 *            | "mae", "rmse" of a head of numbers; name: the head's column
 *            | "within:" K [ ":" name ]                  the share of numbers that are off by at most K
 *            | "iou", "dice" of a head of masks; name: the class, else the mean over the classes; "worst-iou": of the worst class; "pixel-accuracy"
 *     group  = a group's name, "Blond Male", or "column=value,column=value"
 */
#ifndef EH_TRAIN_SELECT_H
#define EH_TRAIN_SELECT_H

#include "metric/rule.h"
#include "train/evaluation.h"

/* What is measured. */
typedef enum eh_select_what {
    EH_SELECT_CLASSES, /* by `metric` */
    EH_SELECT_MAE,
    EH_SELECT_RMSE,
    EH_SELECT_WITHIN,
    EH_SELECT_IOU,
    EH_SELECT_WORST_IOU,
    EH_SELECT_DICE,
    EH_SELECT_PIXEL_ACCURACY,
} eh_select_what;

typedef struct eh_selector {
    eh_select rule; /* EH_SELECT_METRIC: the following count */
    const char *text;
    bool lower;     /* the less the better */
    bool one_group; /* of the images of `member` together; else `over` the groups */
    eh_rule_over over;
    eh_select_what what;
    const eh_metric *metric; /* of EH_SELECT_CLASSES */
    double within;           /* of EH_SELECT_WITHIN */
    int64_t mask_class;      /* -1: the mean over the classes */
    size_t cls, head;        /* of a metric of one class; the head that is measured */
    bool *member;            /* [groups] */
} eh_selector;

/* The rule of a text: that of the word, or EH_SELECT_METRIC. */
eh_select eh_select_rule(const char *text);

/* Reads `text`. EH_ERR_USAGE says what is wrong with it: an unknown metric, class, head or group, a group without an image in the validation part. */
eh_status eh_selector_make(eh_selector *out, const char *text, const eh_task *task, const eh_run_data *data,
                           eh_arena *arena, eh_error *err);

/* What the metric of an EH_SELECT_METRIC selector is of the validation part's predictions. Where it is undefined (the precision of a class that is never
 * predicted) it is the worst there is: 0, or where less is better 1, of errors of numbers infinity. */
eh_status eh_selector_value(double *out, const eh_selector *selector, const eh_part_predictions *p,
                            const eh_run_data *data, eh_error *err);

/* "the epoch with the highest recall:blond(Blond Male) on the validation part; of equals ...", in the arena; NULL when out of memory. */
const char *eh_selector_definition(const eh_selector *selector, eh_arena *arena);

#endif
