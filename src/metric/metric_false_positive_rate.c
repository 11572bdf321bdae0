/* metric_false_positive_rate.c - of the images of other classes, the share taken for the class.
 *
 * Idea   how often the class is seen where it is not; together with recall equal over groups it is equalized odds.
 *
 * Easy to get wrong: it is not 1 - precision.
 */
#include "metric/metric.h"

static eh_estimate compute(const eh_confusion *c, size_t cls, double level)
{
    return eh_wilson(c->predicted[cls] - c->hit[cls], c->n - c->truth[cls], level);
}

const eh_metric eh_metric_false_positive_rate = {
    .entry = { .name = "false-positive-rate",
               .summary = "of the images of other classes, the share taken for the class",
               .source = "Hardt, Price, Srebro 2016, Equality of Opportunity in Supervised Learning" },
    .definition = "images of other classes predicted as the class / images of other classes",
    .better = EH_BETTER_LOWER,
    .of_class = true,
    .compute = compute,
};
