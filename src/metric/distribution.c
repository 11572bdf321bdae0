/* distribution.c - tails of distributions, Holm's correction.
 *
 * Equation  chi-square: Q(df/2, x/2), the regularised upper incomplete gamma function; below a + 1 by the series of P = 1 - Q, above by the continued
 *           fraction of Q (modified Lentz).
 *           Kolmogorov: 2 sum (-1)^(k-1) exp(-2 k^2 x^2); for small x, where that converges slowly, 1 - sqrt(2 pi)/x sum exp(-(2k-1)^2 pi^2 / 8x^2).
 *           Student: 1 - I_x(1/2, df/2) at x = t^2 / (df + t^2), I the regularised incomplete beta function by its continued fraction (modified Lentz).
 *           Holm: sorted p, p~_(i) = max over j <= i of min(1, (m - j + 1) p_(j)).
 * Source    NIST Digital Library of Mathematical Functions 8.7.1, 8.9.2, 8.17.22. Marsaglia, Tsang, Wang 2003, J. Stat. Software 8(18) (both series). Holm 1979,
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

/* I_x(a, b) below its mean, where the continued fraction is quick. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    int sign;
    double log_scale = a * log(x) + b * log1p(-x) + lgamma_r(a + b, &sign) - lgamma_r(a, &sign) -
                       lgamma_r(b, &sign) - log(a);
    double c = 1, d = 1 - (a + b) * x / (a + 1), h;
    d = 1 / (fabs(d) < tiny ? tiny : d);
    h = d;
    for (int i = 1; i < 100000; i++) {
        double m = i, even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
               odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        for (int half = 0; half < 2; half++) {
            double term = half ? odd : even;
            d = 1 + term * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            c = fabs(c) < tiny ? tiny : c;
            h *= d * c;
        }
        if (fabs(d * c - 1) < 1e-15)
            break;
    }
    return h * exp(log_scale);
}

/* P(|T| > t), from the side on which the fraction is quick. */
static double student_outside(double t, double df)
{
    double x = df / (df + t * t);
    if (x < (df / 2 + 1) / (df / 2 + 2.5))
        return beta_fraction(df / 2, 0.5, x);
    double y = t * t / (df + t * t);
    return y > 0 ? 1 - beta_fraction(0.5, df / 2, y) : 1;
}

double eh_student_two_sided(double level, double df)
{
    if (!(df > 0) || !(level > 0 && level < 1))
        return NAN;
    double low = 0, high = 1;
    while (student_outside(high, df) > 1 - level && high < 1e300)
        high *= 2;
    for (int i = 0; i < 200 && high - low > 1e-14 * high; i++) {
        double middle = (low + high) / 2;
        if (student_outside(middle, df) > 1 - level)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
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
