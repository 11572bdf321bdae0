/* interval.h - proportions and their differences, each with a confidence interval.
 *
 * A proportion is a count of n. All intervals are two-sided at `level` (0.95 means 95 %). Where n is 0 nothing is known: every
 * number is NaN, which JSON writes as null.
 */
#ifndef EH_METRIC_INTERVAL_H
#define EH_METRIC_INTERVAL_H

#include "evenhand/version.h"

#include <stddef.h>
#include <stdint.h>

/* One estimate with its interval; n = 0 makes value, low and high NaN. */
typedef struct eh_estimate {
    double value, low, high;
    uint64_t count, n; /* count of n */
} eh_estimate;

/* A difference, or another combination, of proportions, with its interval. */
typedef struct eh_difference {
    double value, low, high;
} eh_difference;

/* The z for which a standard normal variable lies in [-z, z] with probability `level`, 0 < level < 1. 1.959964 for 0.95. */
double eh_normal_two_sided(double level);

/* Wilson score interval for `count` of `n` at `level` (0.95). Source: Wilson 1927. */
eh_estimate eh_wilson(uint64_t count, uint64_t n, double level);

/* a - b for two proportions over different images, from their Wilson intervals. Source: Newcombe 1998a, method 10. */
eh_difference eh_newcombe(const eh_estimate *a, const eh_estimate *b);

/* a - b for two proportions over the same images, counted in pairs: right in both, in the first alone, in the second alone, in neither.
 * Source: Newcombe 1998b, method 10. */
eh_difference eh_newcombe_paired(uint64_t both, uint64_t first, uint64_t second, uint64_t neither,
                                 double level);

/* Unweighted mean of `count` proportions over different images; those with n = 0 are left out. Source: Zou, Huang and Zhang 2009. */
eh_difference eh_mean_of_estimates(const eh_estimate *estimate, size_t count, size_t *counted);

/* "86.2%" with `digits` decimals, "-" for NaN; never "0.0%" or "100.0%" for what is neither: "<0.1%", ">99.9%". */
void eh_percent(char out[24], double fraction, int digits);

/* "9.6-19.7%" with an en dash. */
void eh_percent_range(char out[56], double low, double high, int digits);

#endif
