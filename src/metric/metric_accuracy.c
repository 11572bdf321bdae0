/* metric_accuracy.c - share of images that were predicted rightly.
 *
 * Idea   how often the model is right, whatever the class.
 *
 * Easy to get wrong: over all images the large groups decide it, so the overall accuracy hides a group that fails. Read it per group.
 */
#include "metric/metric.h"

static eh_estimate compute(const eh_confusion *c, size_t cls, double level)
{
    (void)cls;
    return eh_wilson(c->correct, c->n, level);
}

const eh_metric eh_metric_accuracy = {
    .entry = { .name = "accuracy",
               .summary = "share of images that were predicted rightly",
               .source = "Buolamwini and Gebru 2018, Gender Shades" },
    .definition = "rightly predicted images / all images",
    .better = EH_BETTER_HIGHER,
    .of_class = false,
    .compute = compute,
};
