/* two_sample.c - Kolmogorov and Smirnov's test of two samples.
 *
 * Idea      D is the largest distance of the two step functions. Under equality all orders of the merged lists are equally likely; an order is a path
 *           on a grid, and P(D < d) is the share of paths that stay within d of the diagonal.
 * Equation  Exact up to EXACT_CELLS grid points: u(i,j) = share of paths to (i,j) that never left, u(i,j) = i/(i+j) u(i-1,j) + j/(i+j) u(i,j-1).
 *           Else the limit P(sqrt(nm/(n+m)) D >= x) of Kolmogorov.
 * Source    Hodges 1958, Arkiv foer Matematik 3:469 (the recursion); Smirnov 1939 (the limit).
 * Cost      O(n + m) for D, O(n m) for the exact p.
 * Easy to get wrong: D is a multiple of 1/(nm) and is compared as such, or rounding lets a path touch the limit; equal numbers are stepped over
 *           in both lists before the distance is taken.
 */
#include "metric/two_sample.h"

#include "evenhand/memory.h"
#include "metric/distribution.h"

#include <math.h>

#define EXACT_CELLS 1000000.0

static double largest_distance(const float *a, size_t n, const float *b, size_t m)
{
    size_t i = 0, j = 0;
    double largest = 0;
    while (i < n && j < m) {
        float at = a[i] < b[j] ? a[i] : b[j];
        while (i < n && a[i] == at)
            i++;
        while (j < m && b[j] == at)
            j++;
        largest = fmax(largest, fabs((double)i / (double)n - (double)j / (double)m));
    }
    return largest;
}

/* 1 - share of the paths that stay below; NaN without memory. */
static double exact_tail(double distance, size_t n, size_t m)
{
    double nm = (double)n * (double)m, limit = (0.5 + floor(distance * nm - 1e-7)) / nm;
    double *u = eh_alloc(m + 1, sizeof *u);
    if (!u)
        return NAN;
    for (size_t j = 0; j <= m; j++)
        u[j] = (double)j / (double)m > limit ? 0 : 1;
    for (size_t i = 1; i <= n; i++) {
        double share = (double)i / (double)n;
        u[0] = share > limit ? 0 : u[0];
        for (size_t j = 1; j <= m; j++) {
            double total = (double)(i + j);
            u[j] = fabs(share - (double)j / (double)m) > limit
                       ? 0
                       : (double)i / total * u[j] + (double)j / total * u[j - 1];
        }
    }
    double below = u[m];
    eh_free(u);
    return fmin(1, fmax(0, 1 - below));
}

eh_two_sample eh_kolmogorov_smirnov(const float *a, size_t a_size, const float *b, size_t b_size,
                                    double design)
{
    eh_two_sample out = { NAN, NAN, false };
    if (a_size == 0 || b_size == 0)
        return out;
    double n = (double)a_size, m = (double)b_size;
    out.distance = largest_distance(a, a_size, b, b_size);
    out.exact = !(design > 1) && n * m <= EXACT_CELLS;
    out.p = out.exact ? exact_tail(out.distance, a_size, b_size) : (double)NAN;
    if (isnan(out.p)) {
        out.exact = false;
        out.p = eh_kolmogorov_tail(sqrt(n * m / (n + m) / fmax(1, design)) * out.distance);
    }
    return out;
}
