/* metric.c - the extremes of a metric over groups, and the class that it is about; see metric.h. */
#include "metric/metric.h"

#include <string.h>
#include <strings.h>

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

/* Words for the absence of something: "other", "no", "not blond", "-1". */
static bool is_negative(const char *name)
{
    static const char *const word[] = { "other",  "others",     "no", "false", "none", "negative",
                                        "absent", "background", "0",  "-1",    "rest", "normal" };
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strcasecmp(name, word[i]) == 0)
            return true;
    return strncasecmp(name, "not ", 4) == 0 || strncasecmp(name, "no ", 3) == 0 ||
           strncasecmp(name, "non-", 4) == 0;
}

int64_t eh_positive_class(const char *const *name, size_t classes)
{
    return classes != 2 ? -1 : is_negative(name[1]) && !is_negative(name[0]) ? 0 : 1;
}
