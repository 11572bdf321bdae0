/* metric_cases.c - see metric_cases.h. */
#include "support/metric_cases.h"

#include <math.h>

void expect_metric(const eh_metric *metric, const uint64_t *matrix, size_t classes, size_t cls,
                   uint64_t count, uint64_t n)
{
    eh_arena *arena = eh_arena_new();
    eh_confusion confusion;
    assert_int_equal(eh_confusion_make(&confusion, arena, classes, NULL), EH_OK);
    for (size_t i = 0; i < classes * classes; i++)
        for (uint64_t k = 0; k < matrix[i]; k++)
            eh_confusion_add(&confusion, (int32_t)(i / classes), (int32_t)(i % classes));
    eh_estimate e = metric->compute(&confusion, cls, 0.9), wilson = eh_wilson(count, n, 0.9);
    assert_int_equal(e.count, count);
    assert_int_equal(e.n, n);
    assert_true(n == 0 ? isnan(e.value) : e.value == wilson.value && e.low == wilson.low);
    eh_arena_free(arena);
}
