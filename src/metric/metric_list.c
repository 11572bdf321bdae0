/* metric_list.c - the table of metrics. */
#include "metric/metric.h"

extern const eh_metric eh_metric_accuracy, eh_metric_precision, eh_metric_recall, eh_metric_specificity,
    eh_metric_false_positive_rate, eh_metric_false_negative_rate, eh_metric_selection_rate;

const eh_entry *const eh_metric_list[] = {
    &eh_metric_accuracy.entry,
    &eh_metric_precision.entry,
    &eh_metric_recall.entry,
    &eh_metric_specificity.entry,
    &eh_metric_false_positive_rate.entry,
    &eh_metric_false_negative_rate.entry,
    &eh_metric_selection_rate.entry,
    NULL,
};
