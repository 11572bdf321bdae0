/* resize_axis.c - which source samples, with which weights, make each target sample of a resize; sources in resize.c. */
#include "image/resize_axis.h"

#include "evenhand/memory.h"

#include <math.h>
#include <stdbool.h>

void eh_resize_axis_clear(eh_resize_axis *axis)
{
    eh_free(axis->first);
    eh_free(axis->count);
    eh_free(axis->weight);
    eh_free(axis->single);
    eh_free(axis->fixed);
    eh_free(axis->halves);
    eh_free(axis->digits);
    *axis = (eh_resize_axis){ 0 };
}

static double triangle(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static double sinc(double x)
{
    if (x == 0)
        return 1;
    x *= 3.14159265358979323846;
    return sin(x) / x;
}

static double lanczos3(double x)
{
    return x > -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

/* Two neighbours around the half-pixel centre. */
static void bilinear_at(eh_resize_axis *axis, int i, int from, double scale)
{
    double center = (i + 0.5) * scale - 0.5;
    int low = center <= 0 ? 0 : (int)center;
    if (low > from - 1)
        low = from - 1;
    double share = center <= 0 ? 0 : center - low;
    double *w = axis->weight + (size_t)i * (size_t)axis->taps;
    axis->first[i] = low;
    axis->count[i] = low + 1 < from ? 2 : 1;
    w[0] = axis->count[i] == 2 ? 1 - share : 1;
    if (axis->count[i] == 2)
        w[1] = share;
}

/* The part of every source sample that lies in [i * scale, (i + 1) * scale). */
static void area_at(eh_resize_axis *axis, int i, int from, double scale)
{
    double low = i * scale, high = (i + 1) * scale, sum = 0;
    int first = (int)low;
    double *w = axis->weight + (size_t)i * (size_t)axis->taps;
    axis->first[i] = first;
    int k = 0;
    for (int at = first; at < from && at < high && k < axis->taps; at++) {
        double part = fmin(high, at + 1) - fmax(low, at);
        if (k > 0 && part < 1e-9)
            break;
        w[k++] = part;
        sum += part;
    }
    axis->count[i] = k;
    for (int n = 0; n < k; n++)
        w[n] /= sum;
}

/* Pillow's precompute_coeffs. */
static void filtered_at(eh_resize_axis *axis, int i, int from, double scale, double support,
                        double (*filter)(double))
{
    double stretch = scale < 1 ? 1 : scale, center = (i + 0.5) * scale, sum = 0;
    int first = (int)(center - support + 0.5), end = (int)(center + support + 0.5);
    first = first < 0 ? 0 : first;
    end = end > from ? from : end;
    double *w = axis->weight + (size_t)i * (size_t)axis->taps;
    for (int k = 0; k < end - first; k++) {
        w[k] = filter((k + first - center + 0.5) / stretch);
        sum += w[k];
    }
    for (int k = 0; k < end - first; k++)
        w[k] = sum != 0 ? w[k] / sum : w[k];
    axis->first[i] = first;
    axis->count[i] = end - first;
}

/* Parts of the weights that fit 16 and 8 bits, which vectors multiply faster. */
static eh_status split_weights(eh_resize_axis *axis, eh_error *err)
{
    enum { VECTOR = 64 };
    axis->split_taps = (axis->taps + VECTOR - 1) / VECTOR * VECTOR;
    axis->quad_taps = (axis->taps + 3 + 3) / 4 * 4;
    size_t taps = (size_t)axis->split_taps, count = (size_t)axis->to * taps, quad = (size_t)axis->quad_taps;
    axis->halves = eh_alloc(2 * count, sizeof *axis->halves);
    axis->digits = eh_alloc(3 * (size_t)axis->to * quad, sizeof *axis->digits);
    if (!axis->halves || !axis->digits)
        return eh_fail_memory(err, "the weights of a resize", 7 * count, 1);
    for (int i = 0; i < axis->to; i++) {
        const int32_t *w = axis->fixed + (size_t)i * (size_t)axis->taps;
        int16_t *half = axis->halves + (size_t)i * 2 * taps;
        int8_t *digit = axis->digits + (size_t)i * 3 * quad + axis->first[i] % 4;
        for (size_t k = 0; k < (size_t)axis->count[i]; k++) {
            half[k] = (int16_t)(w[k] >> 10);
            half[taps + k] = (int16_t)(w[k] & 1023);
            int32_t low = (w[k] + 128) & 255, middle = (w[k] - (low - 128) + 32768) >> 8 & 255;
            digit[2 * quad + k] = (int8_t)(low - 128);
            digit[quad + k] = (int8_t)(middle - 128);
            digit[k] = (int8_t)((w[k] - (low - 128) - (middle - 128) * 256) >> 16);
        }
    }
    return EH_OK;
}

eh_status eh_resize_axis_make(eh_resize_axis *axis, int from, int to, eh_resize_filter filter, eh_error *err)
{
    double scale = (double)from / to, stretch = scale < 1 ? 1 : scale;
    double support = (filter == EH_RESIZE_LANCZOS ? 3.0 : 1.0) * stretch;
    bool area = filter == EH_RESIZE_AREA && to < from;
    *axis = (eh_resize_axis){ .from = from, .to = to };
    if (filter == EH_RESIZE_LANCZOS || filter == EH_RESIZE_ANTIALIAS)
        axis->taps = (int)ceil(support) * 2 + 1;
    else
        axis->taps = area ? (int)ceil(scale) + 1 : 2;
    size_t count = (size_t)to, all = count * (size_t)axis->taps;
    axis->first = eh_alloc(count, sizeof *axis->first);
    axis->count = eh_alloc(count, sizeof *axis->count);
    axis->weight = eh_alloc(all, sizeof *axis->weight);
    axis->single = eh_alloc(all, sizeof *axis->single);
    axis->fixed = eh_alloc(all, sizeof *axis->fixed);
    if (!axis->first || !axis->count || !axis->weight || !axis->single || !axis->fixed)
        return eh_fail_memory(err, "the weights of a resize", all, sizeof *axis->weight);
    for (int i = 0; i < to; i++) {
        if (filter == EH_RESIZE_LANCZOS)
            filtered_at(axis, i, from, scale, support, lanczos3);
        else if (filter == EH_RESIZE_ANTIALIAS)
            filtered_at(axis, i, from, scale, support, triangle);
        else if (area)
            area_at(axis, i, from, scale);
        else
            bilinear_at(axis, i, from, scale);
    }
    for (size_t k = 0; k < all; k++) {
        axis->single[k] = (float)axis->weight[k];
        axis->fixed[k] =
            (int32_t)(axis->weight[k] * (1 << EH_RESIZE_FRACTION_BITS) + (axis->weight[k] < 0 ? -0.5 : 0.5));
    }
    return filter == EH_RESIZE_LANCZOS || filter == EH_RESIZE_ANTIALIAS ? split_weights(axis, err) : EH_OK;
}
