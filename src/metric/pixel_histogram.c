/* pixel_histogram.c - probabilities counted by the leading bits of the float; see pixel_audit.c.
 *
 * Below a half a probability's own bits make the bin, above a half its complement's, mirrored: so bins are fine where it matters, near 0 and near 1, and their
 * order is that of the probabilities.
 */
#include "metric/pixel_histogram.h"

#include <math.h>
#include <string.h>

#define MOST_BYTES  ((size_t)512 << 20)
#define FINEST      14 /* bits dropped of the 23 of a float's fraction: steps of 1/512 */
#define COARSEST    20
#define LOWEST_BITS 0x32000000u /* 2^-27: what is below is one bin */
#define HALF_BITS   0x3f000000u

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Bins of one half. */
static size_t half_bins(int shift)
{
    return (size_t)((HALF_BITS - LOWEST_BITS) >> shift) + 1;
}

static size_t bin_of(float p, int shift, size_t half)
{
    float x = p < 0.5f ? p : 1 - p;
    uint32_t bits = x > 0 ? bits_of(x) : 0;
    size_t at = bits <= LOWEST_BITS ? 0 : (size_t)((bits - LOWEST_BITS) >> shift);
    at = at < half ? at : half - 1;
    return p < 0.5f ? at : 2 * half - 1 - at;
}

eh_status eh_pixel_histogram_make(eh_pixel_audit *a, eh_error *err)
{
    size_t cells = a->groups * a->classes;
    a->shift = FINEST;
    while (a->shift < COARSEST && 4 * half_bins(a->shift) * sizeof(uint64_t) > MOST_BYTES / cells)
        a->shift++;
    a->bins = 2 * half_bins(a->shift);
    a->all = eh_alloc(cells * a->bins, sizeof *a->all);
    a->positive = eh_alloc(cells * a->bins, sizeof *a->positive);
    if (!a->all || !a->positive)
        return eh_fail_memory(err, "histograms of probabilities", cells * a->bins, 2 * sizeof *a->all);
    return EH_OK;
}

void eh_pixel_histogram_add(eh_pixel_audit *a, size_t group, const uint8_t *truth, const float *probability,
                            size_t pixels)
{
    size_t half = a->bins / 2;
    for (size_t k = 0; k < a->classes; k++) {
        uint64_t *all = a->all + (group * a->classes + k) * a->bins,
                 *positive = a->positive + (group * a->classes + k) * a->bins;
        const float *p = probability + k * pixels;
        for (size_t i = 0; i < pixels; i++) {
            if (truth[i] == EH_PIXEL_UNJUDGED)
                continue;
            size_t bin = bin_of(p[i], a->shift, half);
            all[bin]++;
            positive[bin] += truth[i] == k;
        }
    }
}

/* What `hits` right ones of one probability add, after `found` right of `seen`. */
static double step(double found, double seen, double hits, double count)
{
    return hits > 0 ? hits * (found + hits) / (seen + count) : 0;
}

/* The least that they add: behind all others of the bin, and one by one. */
static double least(double found, double seen, uint64_t hits, double others)
{
    double sum = 0;
    for (uint64_t i = 1; i <= hits; i++)
        sum += (found + (double)i) / (seen + others + (double)i);
    return sum;
}

void eh_pixel_histogram_ap(double *ap, double *error, const eh_pixel_audit *a, int64_t group, size_t cls)
{
    double found = 0, seen = 0, sum = 0, high = 0, low = 0;
    size_t first = group < 0 ? 0 : (size_t)group, last = group < 0 ? a->groups : first + 1;
    for (size_t bin = a->bins; bin-- > 0;) {
        uint64_t count = 0, hits = 0;
        for (size_t g = first; g < last; g++) {
            count += a->all[(g * a->classes + cls) * a->bins + bin];
            hits += a->positive[(g * a->classes + cls) * a->bins + bin];
        }
        if (count == 0)
            continue;
        double n = (double)count, h = (double)hits;
        sum += step(found, seen, h, n);
        high += step(found, seen, h, h); /* the most: before all others */
        low += least(found, seen, hits, n - h);
        found += h;
        seen += n;
    }
    *ap = found > 0 ? sum / found : (double)NAN;
    *error = found > 0 ? fmax(high - sum, sum - low) / found : 0;
}
