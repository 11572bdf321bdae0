/* metric_cases.h - checks one metric on a confusion matrix that is written out in a test. */
#ifndef EH_TESTS_METRIC_CASES_H
#define EH_TESTS_METRIC_CASES_H

#include "metric/metric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Fails the test unless the metric of class `cls` is `count` of `n`, with Wilson's interval. `matrix`: row = truth. */
void expect_metric(const eh_metric *metric, const uint64_t *matrix, size_t classes, size_t cls,
                   uint64_t count, uint64_t n);

#endif
