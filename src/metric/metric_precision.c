/* metric_precision.c - of the images predicted as the class, the share that is of it.
 *
 * Idea   how far a positive answer can be trusted. Also called positive predictive value.
 *
 * Easy to get wrong: n is the number of predictions of the class, not of images of it; it is unknown, not 0, when there are none.
 */
#include "metric/metric.h"

static eh_estimate compute(const eh_confusion *c, size_t cls, double level)
{
    return eh_wilson(c->hit[cls], c->predicted[cls], level);
}

const eh_metric eh_metric_precision = {
    .entry = { .name = "precision",
               .summary = "of the images predicted as the class, the share that is of it",
               .source = "van Rijsbergen 1979, Information Retrieval, chapter 7" },
    .definition = "images of the class predicted as the class / images predicted as the class",
    .better = EH_BETTER_HIGHER,
    .of_class = true,
    .compute = compute,
};
