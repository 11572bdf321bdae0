/* two_sample.h - do two lists of numbers come from one distribution? Kolmogorov and Smirnov's test. */
#ifndef EH_METRIC_TWO_SAMPLE_H
#define EH_METRIC_TWO_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct eh_two_sample {
    double distance; /* largest difference of the two distribution functions, 0 to 1 */
    double p;        /* of a distance at least as large by chance; NaN when a list is empty */
    bool exact;      /* p counts paths; else it is the limit for large lists */
} eh_two_sample;

/* Two-sided; both lists ascending, without NaN. Ties make p too large, never too small. `design` >= 1 is the factor by which the lists count for less
 * than so many independent numbers (photographs of one person); above 1 p is the limit, never exact. */
eh_two_sample eh_kolmogorov_smirnov(const float *a, size_t a_size, const float *b, size_t b_size,
                                    double design);

#endif
