/* metric_specificity.c - of the images of other classes, the share that was not taken for the class.
 *
 * Idea   the recall of "not this class". Also called true negative rate.
 *
 * Easy to get wrong: with many classes nearly every image is of another class, which makes it look good.
 */
#include "metric/metric.h"

static eh_estimate compute(const eh_confusion *c, size_t cls, double level)
{
    return eh_wilson(c->n - c->truth[cls] - c->predicted[cls] + c->hit[cls], c->n - c->truth[cls], level);
}

const eh_metric eh_metric_specificity = {
    .entry = { .name = "specificity",
               .summary = "of the images of other classes, the share that was not taken for the class",
               .source = "Yerushalmy 1947, Public Health Reports 62:1432" },
    .definition = "images of other classes not predicted as the class / images of other classes",
    .better = EH_BETTER_HIGHER,
    .of_class = true,
    .compute = compute,
};
