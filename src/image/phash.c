/* phash.c - perceptual hashes.
 *
 * Idea    DCT hash: the picture in grey, shrunk to 32 x 32, transformed by a two-dimensional cosine transform (DCT-II); of the 8 x 8 lowest
 *         frequencies, those above their median are ones.
 *           X[u,v] = sum over y, x of p[y,x] cos(pi u (2y + 1) / 64) cos(pi v (2x + 1) / 64)
 *         Mirroring the picture left-right negates the columns with odd v, turning it upside down the rows with odd u, transposing it
 *         transposes X: so the hashes of all eight variants cost three more medians.
 *         Average: 8 x 8 pixels above their mean. Difference: 8 rows of 9 pixels, brighter than the left neighbour. Wavelet: the low band of a
 *         Haar transform is sums over blocks; those above their median.
 * Source  Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010; imagehash 4.3 (phash, average_hash, dhash, whash).
 *         whash's removal of the highest level shifts all sums alike and so changes nothing.
 * Cost    One pass over the picture for grey and lines, then microseconds.
 * Easy to get wrong: the median of 64 values is the mean of the two in the middle; the median changes with the variant. A flat picture must give
 *         coefficients that are exactly 0, so sums and differences of mirrored samples are taken first, as a fast DCT does. Pillow passes
 *         over an axis that keeps its length.
 */
#include "image/phash.h"

#include "base/vector_level.h"
#include "evenhand/memory.h"
#include "image/grey.h"
#include "image/resize_axis.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { SIDE = 32, LOW = 8 };

struct eh_hasher {
    eh_resize_axis across, down;
    uint8_t *grey;  /* the picture in grey, with room behind it for reading whole vectors */
    uint8_t *lines; /* with lines shrunk */
    uint8_t *small; /* with columns shrunk, too */
    size_t grey_size, lines_size, small_size;
    double cosine[LOW][SIDE / 2]; /* cos(pi k (2 n + 1) / 64) */
};

eh_status eh_hasher_new(eh_hasher **out, eh_error *err)
{
    eh_hasher *h = eh_alloc(1, sizeof *h);
    *out = h;
    if (!h)
        return eh_fail_memory(err, "image hashes", 1, sizeof *h);
    for (int k = 0; k < LOW; k++)
        for (int n = 0; n < SIDE / 2; n++)
            h->cosine[k][n] = cos(3.14159265358979323846 * k * (2 * n + 1) / (2 * SIDE));
    return EH_OK;
}

void eh_hasher_free(eh_hasher *hasher)
{
    if (!hasher)
        return;
    eh_resize_axis_clear(&hasher->across);
    eh_resize_axis_clear(&hasher->down);
    eh_free(hasher->grey);
    eh_free(hasher->lines);
    eh_free(hasher->small);
    eh_free(hasher);
}

const uint8_t *eh_hasher_grey(const eh_hasher *hasher)
{
    return hasher->grey;
}

static eh_status reserve(void *buffer, size_t *have, size_t size, eh_error *err)
{
    void **at = buffer;
    if (*have >= size && *at)
        return EH_OK;
    eh_free(*at);
    *have = 0;
    *at = eh_alloc_raw(size, 1);
    if (!*at)
        return eh_fail_memory(err, "a grey picture", size, 1);
    *have = size;
    return EH_OK;
}

static eh_status fit_axis(eh_resize_axis *axis, int from, int to, eh_error *err)
{
    if (axis->digits && axis->from == from && axis->to == to)
        return EH_OK;
    eh_resize_axis_clear(axis);
    eh_status status = eh_resize_axis_make(axis, from, to, EH_RESIZE_LANCZOS, err);
    if (status != EH_OK)
        eh_resize_axis_clear(axis);
    return status;
}

/* h->small becomes the picture in grey, `width` x `height`. */
static eh_status shrink(eh_hasher *h, const eh_image *image, int width, int height, eh_error *err)
{
    size_t pixels = (size_t)image->width * (size_t)image->height;
    size_t lines = (size_t)width * (size_t)image->height, small = (size_t)width * (size_t)height;
    EH_TRY(reserve(&h->lines, &h->lines_size, lines, err));
    EH_TRY(reserve(&h->small, &h->small_size, small, err));
    EH_TRY(fit_axis(&h->across, image->width, width, err));
    EH_TRY(fit_axis(&h->down, image->height, height, err));
    size_t readable = pixels + (size_t)h->across.split_taps;
    EH_TRY(reserve(&h->grey, &h->grey_size, readable, err));
    eh_grey_pixels(h->grey, image->data, pixels, image->channels);
    const uint8_t *wide = h->grey;
    if (width != image->width) {
        eh_resize_lines(h->lines, h->grey, readable, image->height, 1, &h->across);
        wide = h->lines;
    }
    if (height != image->height)
        eh_resize_columns(h->small, wide, (size_t)width, &h->down);
    else
        memcpy(h->small, wide, small);
    return EH_OK;
}

/* The LOW lowest coefficients of SIDE samples, `stride` apart, in and out. Mirrored samples are subtracted for odd k; added, they are the samples of
 * half the length that the even k are made of, and so on. */
static void low_frequencies(const eh_hasher *h, double *out, const double *in, size_t stride)
{
    double sum[SIDE], difference[SIDE / 2];
    for (int n = 0; n < SIDE; n++)
        sum[n] = in[(size_t)n * stride];
    for (int step = 1, size = SIDE; step < LOW; step *= 2, size /= 2) {
        for (int n = 0; n < size / 2; n++) {
            difference[n] = sum[n] - sum[size - 1 - n];
            sum[n] += sum[size - 1 - n];
        }
        for (int k = step; k < LOW; k += 2 * step) {
            double total = 0;
            for (int n = 0; n < size / 2; n++)
                total += difference[n] * h->cosine[k][n];
            out[(size_t)k * stride] = total;
        }
    }
    out[0] = sum[0] + sum[1] + sum[2] + sum[3]; /* SIDE / LOW of them are left */
}

/* Integers in the order of the numbers whose bits they come from, and back: negative numbers have all but the sign turned over. */
static int64_t turn_over(int64_t bits)
{
    return bits ^ (int64_t)((uint64_t)(bits >> 63) >> 1);
}

/* Mean of the 32nd and 33rd of 64 finite values: a value that 32 of them are below is looked for by halving the range of their bits. */
EH_VECTOR_INLINE double median_of_64(const double *value)
{
    enum { COUNT = 64, HALF = COUNT / 2 };
    int64_t key[COUNT], low = INT64_MAX, high = INT64_MIN, less, below = INT64_MIN, above = INT64_MAX;
    double middle[2];
    memcpy(key, value, sizeof key);
    for (int i = 0; i < COUNT; i++) {
        key[i] = turn_over(key[i]);
        low = key[i] < low ? key[i] : low;
        high = key[i] > high ? key[i] : high;
    }
    high++; /* at most HALF - 1 are below `low`, at least HALF below `high` */
    do {
        int64_t between = (low & high) + ((low ^ high) >> 1);
        less = 0;
        for (int i = 0; i < COUNT; i++)
            less += key[i] < between;
        if (less < HALF)
            low = between;
        else
            high = between;
    } while (less != HALF && low + 1 < high);
    less = 0;
    for (int i = 0; i < COUNT; i++) {
        less += key[i] < high;
        below = key[i] < high && key[i] > below ? key[i] : below;
        above = key[i] >= high && key[i] < above ? key[i] : above;
    }
    int64_t pair[2] = { turn_over(below), turn_over(less > HALF ? below : above) };
    memcpy(middle, pair, sizeof middle);
    return (middle[0] + middle[1]) / 2;
}

static double median_base(const double *value)
{
    return median_of_64(value);
}

#ifdef EH_VECTOR_X86
EH_WITH_VECTOR_256 static double median_256(const double *value)
{
    return median_of_64(value);
}

EH_WITH_VECTOR_512 static double median_512(const double *value)
{
    return median_of_64(value);
}
#endif

static double median(const double *value)
{
#ifdef EH_VECTOR_X86
    eh_vector_level level = eh_vector_get_level();
    if (level >= EH_VECTOR_256)
        return (level >= EH_VECTOR_512 ? median_512 : median_256)(value);
#endif
    return median_base(value);
}

/* Bits of those above the median, the first in the highest bit. */
static uint64_t above_median(const double value[64])
{
    double middle = median(value);
    uint64_t bits = 0;
    for (int i = 0; i < 64; i++)
        bits = bits << 1 | (value[i] > middle);
    return bits;
}

/* Bit (row, column) goes to (column, row). */
static uint64_t transpose_bits(uint64_t bits)
{
    uint64_t out = 0;
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
            out |= (bits >> (63 - (y * 8 + x)) & 1) << (63 - (x * 8 + y));
    return out;
}

eh_status eh_phash(eh_hasher *hasher, uint64_t out[EH_PHASH_VARIANTS], const eh_image *image, eh_error *err)
{
    double pixel[SIDE * SIDE], lines[LOW * SIDE], low[LOW * LOW], turned[LOW * LOW];
    EH_TRY(shrink(hasher, image, SIDE, SIDE, err));
    for (int i = 0; i < SIDE * SIDE; i++)
        pixel[i] = hasher->small[i];
    for (size_t x = 0; x < SIDE; x++) /* columns first: pixel[0 .. LOW)[x] */
        low_frequencies(hasher, pixel + x, pixel + x, SIDE);
    for (size_t y = 0; y < LOW; y++) {
        low_frequencies(hasher, lines, pixel + y * SIDE, 1);
        memcpy(low + y * LOW, lines, LOW * sizeof *low);
    }
    for (int v = 0; v < 4; v++) {
        for (int i = 0; i < LOW * LOW; i++) {
            bool negative = ((v & 1) && (i % LOW) % 2 == 1) != ((v & 2) && (i / LOW) % 2 == 1);
            turned[i] = negative ? -low[i] : low[i];
        }
        out[v] = above_median(turned);
    }
    /* Transposed first, then mirrored: what negates columns afterwards negates rows before. */
    for (int v = 0; v < 4; v++)
        out[4 + v] = transpose_bits(out[(v & 1) << 1 | v >> 1]);
    return EH_OK;
}

eh_status eh_average_hash(eh_hasher *hasher, uint64_t *out, const eh_image *image, eh_error *err)
{
    unsigned sum = 0;
    EH_TRY(shrink(hasher, image, 8, 8, err));
    for (int i = 0; i < 64; i++)
        sum += hasher->small[i];
    *out = 0;
    for (int i = 0; i < 64; i++)
        *out = *out << 1 | (hasher->small[i] * 64u > sum);
    return EH_OK;
}

eh_status eh_difference_hash(eh_hasher *hasher, uint64_t *out, const eh_image *image, eh_error *err)
{
    EH_TRY(shrink(hasher, image, 9, 8, err));
    *out = 0;
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
            *out = *out << 1 | (hasher->small[y * 9 + x + 1] > hasher->small[y * 9 + x]);
    return EH_OK;
}

eh_status eh_wavelet_hash(eh_hasher *hasher, uint64_t *out, const eh_image *image, eh_error *err)
{
    int shorter = image->width < image->height ? image->width : image->height, side = 8;
    while (side * 2 <= shorter)
        side *= 2;
    EH_TRY(shrink(hasher, image, side, side, err));
    double sum[64] = { 0 };
    int block = side / 8;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            sum[y / block * 8 + x / block] += hasher->small[y * side + x];
    *out = above_median(sum);
    return EH_OK;
}
