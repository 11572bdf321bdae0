/* metric.h - what a metric is: a proportion that is read off a confusion matrix.
 *
 * To add a metric "x": src/metric/metric_x.c with `const eh_metric eh_metric_x`, a row in metric_list.c, tests/unit/test_metric_x.c.
 * metric_recall.c is the template to copy. The gate (`evenhand audit --fail-on 'gap(x)>0.05'`) and `evenhand list metrics` know it then.
 */
#ifndef EH_METRIC_METRIC_H
#define EH_METRIC_METRIC_H

#include "evenhand/option.h"
#include "metric/confusion.h"
#include "metric/interval.h"

/* Whether more of it is good. Decides which group is the worst, and which conditions make sense. */
typedef enum eh_better { EH_BETTER_HIGHER, EH_BETTER_LOWER, EH_BETTER_NEITHER } eh_better;

typedef struct eh_metric {
    eh_entry entry;         /* no options */
    const char *definition; /* the fraction in words, "images rightly predicted / all images" */
    eh_better better;
    bool of_class; /* asks for one class ("recall of blond"); false: about all classes together */
    /* The proportion with its Wilson interval at `level`; `cls` is ignored unless of_class. */
    eh_estimate (*compute)(const eh_confusion *confusion, size_t cls, double level);
} eh_metric;

extern const eh_entry *const eh_metric_list[];

/* Among groups, the index with the worst value of a metric with that direction; groups with n = 0 are passed over; of equals the
 * first; -1 when no group has images. EH_BETTER_NEITHER counts as higher. eh_best_of likewise. */
int64_t eh_worst_of(const eh_estimate *estimate, size_t count, eh_better better);
int64_t eh_best_of(const eh_estimate *estimate, size_t count, eh_better better);

/* The class that a metric of one class means where none is named: of two the second, unless it is named as the absence of the first ("other", "not
 * blond"); -1 with more than two. */
int64_t eh_positive_class(const char *const *name, size_t classes);

#endif
