/* distribution.h - tails of the distributions that tests compare with, and the correction of many p-values. */
#ifndef EH_METRIC_DISTRIBUTION_H
#define EH_METRIC_DISTRIBUTION_H

#include "evenhand/version.h"

#include <stddef.h>

/* P(X >= x) for chi-square with df > 0 degrees of freedom. 1 at x <= 0, NaN for NaN. */
double eh_chi_square_tail(double x, double df);

/* P(sup |B(t)| >= x) for a Brownian bridge: the limit of sqrt(n) D in Kolmogorov's and Smirnov's tests. */
double eh_kolmogorov_tail(double x);

/* P(Z >= z), standard normal. */
double eh_normal_tail(double z);

/* The t for which a variable of Student's distribution with df > 0 degrees of freedom lies in [-t, t] with probability `level`, 0 < level < 1. 2.262157 for
 * 0.95 and 9. NaN outside of that. */
double eh_student_two_sided(double level, double df);

/* Holm's step-down correction of `count` p-values, in place of none: corrected[i] of p[i]; NaN stays NaN and is not counted. Each test that is below
 * alpha afterwards is significant with at most alpha chance of even one false alarm. Source: Holm 1979. */
void eh_holm(double *corrected, const double *p, size_t count);

#endif
