/* metric_selection_rate.c - share of images predicted as the class.
 *
 * Idea   how often the model says the class, right or wrong; equal over groups it is demographic parity.
 *
 * Easy to get wrong: neither high nor low is good in itself, so only its gap can be judged; groups that truly differ in the class have a
 *        gap under a perfect model too.
 */
#include "metric/metric.h"

static eh_estimate compute(const eh_confusion *c, size_t cls, double level)
{
    return eh_wilson(c->predicted[cls], c->n, level);
}

const eh_metric eh_metric_selection_rate = {
    .entry = { .name = "selection-rate",
               .summary = "share of images predicted as the class",
               .source =
                   "Calders, Kamiran, Pechenizkiy 2009, Building Classifiers with Independency Constraints" },
    .definition = "images predicted as the class / all images",
    .better = EH_BETTER_NEITHER,
    .of_class = true,
    .compute = compute,
};
