/* distribution.c - tails of distributions, Holm's correction.
 *
 * Equation  chi-square: Q(df/2, x/2), the regularised upper incomplete gamma function; below a + 1 by the series of P = 1 - Q, above by the continued
 *           fraction of Q (modified Lentz).
 *           Kolmogorov: 2 sum (-1)^(k-1) exp(-2 k^2 x^2); for small x, where that converges slowly, 1 - sqrt(2 pi)/x sum exp(-(2k-1)^2 pi^2 / 8x^2).
 *           Holm: sorted p, p~_(i) = max over j <= i of min(1, (m - j + 1) p_(j)).
 * Source    NIST Digital Library of Mathematical Functions 8.7.1, 8.9.2. Marsaglia, Tsang, Wang 2003, J. Stat. Software 8(18) (both series). Holm 1979,
 *           Scand. J. Statistics 6:65.
 * Easy to get wrong: 1 - P for a far tail is 0; the tail itself is computed where it is small.
 */
#include "metric/distribution.h"

#include <math.h>

/* P(a, x) by its series; x < a + 1. */
static double lower_gamma(double a, double x, double log_scale)
{
    double term = 1 / a, sum = term;
    for (double k = a + 1; fabs(term) > fabs(sum) * 1e-17; k += 1) {
        term *= x / k;
        sum += term;
    }
    return sum * exp(log_scale);
}

/* Q(a, x) by its continued fraction; x >= a + 1. */
static double upper_gamma(double a, double x, double log_scale)
{
    const double tiny = 1e-300;
    double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
    for (int i = 1; i < 100000; i++) {
        double an = -i * (i - a);
        b += 2;
        d = an * d + b;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = b + an / c;
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        if (fabs(d * c - 1) < 1e-16)
            break;
    }
    return h * exp(log_scale);
}

double eh_chi_square_tail(double x, double df)
{
    if (isnan(x) || isnan(df) || df <= 0)
        return NAN;
    if (x <= 0)
        return 1;
    if (isinf(x))
        return 0;
    int sign;
    double a = df / 2, h = x / 2, log_scale = a * log(h) - h - lgamma_r(a, &sign);
    return h < a + 1 ? fmax(0, 1 - lower_gamma(a, h, log_scale)) : upper_gamma(a, h, log_scale);
}

double eh_kolmogorov_tail(double x)
{
    if (isnan(x))
        return NAN;
    if (x <= 0)
        return 1;
    double sum = 0;
    if (x < 1) {
        for (int k = 1; k <= 20; k++) {
            double odd = 2 * k - 1;
            sum += exp(-odd * odd * M_PI * M_PI / (8 * x * x));
        }
        return fmax(0, 1 - sqrt(2 * M_PI) / x * sum);
    }
    for (int k = 20; k >= 1; k--)
        sum = exp(-2.0 * k * k * x * x) - sum;
    return fmin(1, 2 * sum);
}

double eh_normal_tail(double z)
{
    return erfc(z / M_SQRT2) / 2;
}

void eh_holm(double *corrected, const double *p, size_t count)
{
    size_t tests = 0, done = 0;
    double highest = 0;
    for (size_t i = 0; i < count; i++) {
        corrected[i] = isnan(p[i]) ? (double)NAN : -1; /* -1: not yet */
        tests += !isnan(p[i]);
    }
    /* The number of tests is small: a handful of columns. */
    for (; done < tests; done++) {
        size_t next = count;
        for (size_t i = 0; i < count; i++)
            if (corrected[i] < 0 && (next == count || p[i] < p[next]))
                next = i;
        highest = fmax(highest, fmin(1, (double)(tests - done) * p[next]));
        corrected[next] = highest;
    }
}
