/* interval.c - intervals of proportions, of their differences and of their mean.
 *
 * Idea      Wilson's interval holds every p that a score test at this level would not refuse, so it is sensible at 0 of n and n
 *           of n, where the textbook interval has no width. The others are built from it by adding the squared
 *           distances between estimate and limit ("square and add", MOVER).
 * Equation  Wilson:      (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)
 *           difference:  d - sqrt((a-la)^2 + (ub-b)^2)  to  d + sqrt((ua-a)^2 + (b-lb)^2)
 *           paired:      the same with - 2 phi (a-la)(ub-b) and - 2 phi (ua-a)(b-lb) under the roots
 *           mean of k:   m - sqrt(sum (p-l)^2)/k  to  m + sqrt(sum (u-p)^2)/k
 * Source    Wilson 1927, J. Am. Stat. Assoc. 22:209. Newcombe 1998a, Statistics in Medicine 17:873 (independent proportions, method
 *           10). Newcombe 1998b, Statistics in Medicine 17:2635 (paired, method 10). Zou, Huang, Zhang 2009, Computational
 *           Statistics & Data Analysis 53:1080 (linear functions of proportions).
 * Deviates  Nowhere. Two models judged on the same images are paired; taking them as independent would be too wide.
 * Easy to get wrong: rounding puts the limit at 0 of n a hair off 0 (set exactly here); phi has a continuity
 *           correction only when positive; z for a level, not 1.96 for every level.
 */
#include "metric/interval.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

double eh_normal_two_sided(double level)
{
    assert(level > 0 && level < 1);
    /* Newton on erfc(z/sqrt 2) = 1 - level. From 0 it climbs without overshooting, as the function is convex there. */
    double outside = 1 - level, z = 0;
    for (int i = 0; i < 200; i++) {
        double density = sqrt(2 / M_PI) * exp(-z * z / 2);
        double step = (erfc(z / M_SQRT2) - outside) / density;
        z += step;
        if (!(fabs(step) > 1e-15 * (1 + z)))
            break;
    }
    return z;
}

eh_estimate eh_wilson(uint64_t count, uint64_t n, double level)
{
    assert(count <= n);
    eh_estimate e = { .value = NAN, .low = NAN, .high = NAN, .count = count, .n = n };
    if (n == 0)
        return e;
    double z = eh_normal_two_sided(level), size = (double)n, p = (double)count / size;
    double shrink = 1 + z * z / size, centre = (p + z * z / (2 * size)) / shrink;
    double half = z * sqrt(p * (1 - p) / size + z * z / (4 * size * size)) / shrink;
    e.value = p;
    e.low = count == 0 ? 0 : fmax(0, centre - half);
    e.high = count == n ? 1 : fmin(1, centre + half);
    return e;
}

static eh_difference unknown(void)
{
    return (eh_difference){ NAN, NAN, NAN };
}

static eh_difference square_and_add(const eh_estimate *a, const eh_estimate *b, double correlation)
{
    double below_a = a->value - a->low, above_a = a->high - a->value;
    double below_b = b->value - b->low, above_b = b->high - b->value, d = a->value - b->value;
    double down = below_a * below_a - 2 * correlation * below_a * above_b + above_b * above_b;
    double up = above_a * above_a - 2 * correlation * above_a * below_b + below_b * below_b;
    return (eh_difference){ d, fmax(-1, d - sqrt(fmax(0, down))), fmin(1, d + sqrt(fmax(0, up))) };
}

eh_difference eh_newcombe(const eh_estimate *a, const eh_estimate *b)
{
    if (a->n == 0 || b->n == 0)
        return unknown();
    return square_and_add(a, b, 0);
}

eh_difference eh_newcombe_paired(uint64_t both, uint64_t first, uint64_t second, uint64_t neither,
                                 double level)
{
    uint64_t n = both + first + second + neither;
    if (n == 0)
        return unknown();
    eh_estimate a = eh_wilson(both + first, n, level), b = eh_wilson(both + second, n, level);
    double e = (double)both, f = (double)first, g = (double)second, h = (double)neither;
    double product = (e + f) * (g + h) * (e + g) * (f + h), excess = e * h - f * g;
    if (excess > 0)
        excess = fmax(excess - (double)n / 2, 0);
    return square_and_add(&a, &b, product > 0 ? excess / sqrt(product) : 0);
}

eh_difference eh_mean_of_estimates(const eh_estimate *estimate, size_t count, size_t *counted)
{
    double sum = 0, below = 0, above = 0;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const eh_estimate *e = &estimate[i];
        if (e->n == 0)
            continue;
        sum += e->value;
        below += (e->value - e->low) * (e->value - e->low);
        above += (e->high - e->value) * (e->high - e->value);
        used++;
    }
    if (counted)
        *counted = used;
    if (used == 0)
        return unknown();
    double k = (double)used, mean = sum / k;
    return (eh_difference){ mean, fmax(0, mean - sqrt(below) / k), fmin(1, mean + sqrt(above) / k) };
}

void eh_percent(char out[24], double fraction, int digits)
{
    assert(digits >= 0 && digits <= 6);
    double percent = 100 * fraction, step = pow(10, -digits);
    if (!isfinite(fraction))
        snprintf(out, 24, "-");
    else if (fraction > 0 && percent < step / 2)
        snprintf(out, 24, "<%.*f%%", digits, step);
    else if (fraction < 1 && percent > 100 - step / 2)
        snprintf(out, 24, ">%.*f%%", digits, 100 - step);
    else
        snprintf(out, 24, "%.*f%%", digits, percent);
}

void eh_percent_range(char out[56], double low, double high, int digits)
{
    if (!isfinite(low) || !isfinite(high))
        snprintf(out, 56, "-");
    else
        snprintf(out, 56, "%.*f\u2013%.*f%%", digits, 100 * low, digits, 100 * high);
}
