/* metric_false_negative_rate.c - of the images of the class, the share that was missed.
 *
 * Idea   1 - recall, for rules that speak of what is missed.
 *
 * Easy to get wrong: in a group that holds no image of the class it is unknown, not 0.
 */
#include "metric/metric.h"

static eh_estimate compute(const eh_confusion *c, size_t cls, double level)
{
    return eh_wilson(c->truth[cls] - c->hit[cls], c->truth[cls], level);
}

const eh_metric eh_metric_false_negative_rate = {
    .entry = { .name = "false-negative-rate",
               .summary = "of the images of the class, the share that was missed",
               .source = "Hardt, Price, Srebro 2016, Equality of Opportunity in Supervised Learning" },
    .definition = "images of the class predicted otherwise / images of the class",
    .better = EH_BETTER_LOWER,
    .of_class = true,
    .compute = compute,
};
