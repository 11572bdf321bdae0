/* metric_recall.c - of the images of the class, the share that was found.
 *
 * Idea   how much of the class is found. Also called sensitivity or true positive rate; equal over groups it is equality of
 *        opportunity (Hardt, Price and Srebro 2016).
 *
 * Easy to get wrong: in a group that holds no image of the class it is unknown, not 0.
 */
#include "metric/metric.h"

static eh_estimate compute(const eh_confusion *c, size_t cls, double level)
{
    return eh_wilson(c->hit[cls], c->truth[cls], level);
}

const eh_metric eh_metric_recall = {
    .entry = { .name = "recall",
               .summary = "of the images of the class, the share that was found",
               .source = "van Rijsbergen 1979, Information Retrieval, chapter 7" },
    .definition = "images of the class predicted as the class / images of the class",
    .better = EH_BETTER_HIGHER,
    .of_class = true,
    .compute = compute,
};
