/* power.c - power of the comparison of two proportions.
 *
 * Equation  With p = (n a + m b) / (n + m), s0 = sqrt(p (1-p) (1/n + 1/m)) and s1 = sqrt(a(1-a)/n + b(1-b)/m) the test rejects when |d| > z(alpha/2) s0, and
 *
 *               power = P(Z > (z s0 - |a-b|) / s1) + P(Z > (z s0 + |a-b|) / s1)
 *
 *           The smallest difference and the number of images are where it reaches what is asked, found by bisection.
 * Source    Fleiss, Levin, Paik 2003, Statistical Methods for Rates and Proportions, section 4.3 (there solved for equal n, first term only).
 * Deviates  No continuity correction: the test of the audit has none.
 * Easy to get wrong: with few images of an accuracy near 1 the normal approximation is rough; a simulation in the tests says how rough.
 */
#include "metric/power.h"

#include "metric/distribution.h"
#include "metric/interval.h"

#include <math.h>

double eh_proportion_power(double a, double n, double b, double m, double alpha)
{
    double z = eh_normal_two_sided(1 - alpha), p = (n * a + m * b) / (n + m), d = fabs(a - b);
    double s0 = sqrt(p * (1 - p) * (1 / n + 1 / m)), s1 = sqrt(a * (1 - a) / n + b * (1 - b) / m);
    if (!(n > 0 && m > 0))
        return NAN;
    if (s1 <= 0) /* both are certain */
        return d > z * s0 ? 1 : 0;
    return eh_normal_tail((z * s0 - d) / s1) + eh_normal_tail((z * s0 + d) / s1);
}

double eh_smallest_difference(double n, double b, double m, double alpha, double power)
{
    if (!(n > 0 && m > 0) || eh_proportion_power(0, n, b, m, alpha) < power)
        return NAN;
    double low = 0, high = b;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (eh_proportion_power(b - middle, n, b, m, alpha) < power)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double eh_images_needed(double difference, double b, double m, double alpha, double power)
{
    const double most = 1e12;
    if (!(m > 0) || difference <= 0 || difference > b ||
        eh_proportion_power(b - difference, most, b, m, alpha) < power)
        return NAN;
    double low = 0, high = most;
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (eh_proportion_power(b - difference, middle, b, m, alpha) < power)
            low = middle;
        else
            high = middle;
    }
    return high;
}
