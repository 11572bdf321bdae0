/* metric.c - the extremes of a metric over groups; see metric.h. */
#include "metric/metric.h"

static int64_t extreme(const eh_estimate *estimate, size_t count, bool lowest)
{
    int64_t found = -1;
    for (size_t i = 0; i < count; i++) {
        if (estimate[i].n == 0)
            continue;
        if (found < 0 ||
            (lowest ? estimate[i].value < estimate[found].value : estimate[i].value > estimate[found].value))
            found = (int64_t)i;
    }
    return found;
}

int64_t eh_worst_of(const eh_estimate *estimate, size_t count, eh_better better)
{
    return extreme(estimate, count, better != EH_BETTER_LOWER);
}

int64_t eh_best_of(const eh_estimate *estimate, size_t count, eh_better better)
{
    return extreme(estimate, count, better == EH_BETTER_LOWER);
}
