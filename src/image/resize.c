/* resize.c - changing the size of pictures.
 *
 * Idea    All filters are separable: a table per axis says which source samples, with which weights, make each target sample; lines are filtered
 *         first, then columns. Two families of arithmetic:
 *           bilinear, area      float weights and float lines in between, rounded once at the end;
 *           Lanczos, antialias  22-bit fixed-point weights, rounded to 8 bits after each pass, as Pillow does, so that the
 *                               pixels are Pillow's, bit for bit.
 * Source  Half-pixel centres: PyTorch, torch.nn.functional.interpolate(mode="bilinear", align_corners=False). Antialias and
 *         Lanczos: Pillow, src/libImaging/Resample.c (supports 1 and 3, scaled by the shrinking factor). Lanczos-3: Duchon 1979.
 * Cost    O(target width x source height x taps + target pixels x taps).
 * Easy to get wrong: a filter without antialias drops pixels when shrinking by more than two; area weights have to count parts of
 * pixels at both ends. RGBA is filtered channel by channel, alpha not premultiplied.
 */
#include "evenhand/image.h"

#include "evenhand/memory.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { FRACTION_BITS = 22 };

/* Which source samples make target sample i: first[i] .. first[i] + count[i] - 1, weights at i * taps. */
typedef struct axis_weights {
    int taps;
    int *first, *count;
    double *weight; /* sums to 1 per target sample */
    float *single;  /* the same in float */
    int32_t *fixed; /* the same with FRACTION_BITS */
} axis_weights;

static void free_axis(axis_weights *axis)
{
    eh_free(axis->first);
    eh_free(axis->count);
    eh_free(axis->weight);
    eh_free(axis->single);
    eh_free(axis->fixed);
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
static void bilinear_at(axis_weights *axis, int i, int from, double scale)
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
static void area_at(axis_weights *axis, int i, int from, double scale)
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
static void filtered_at(axis_weights *axis, int i, int from, double scale, double support,
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

static eh_status make_axis(axis_weights *axis, int from, int to, eh_resize_filter filter, eh_error *err)
{
    double scale = (double)from / to, stretch = scale < 1 ? 1 : scale;
    double support = (filter == EH_RESIZE_LANCZOS ? 3.0 : 1.0) * stretch;
    bool area = filter == EH_RESIZE_AREA && to < from;
    *axis = (axis_weights){ 0 };
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
            (int32_t)(axis->weight[k] * (1 << FRACTION_BITS) + (axis->weight[k] < 0 ? -0.5 : 0.5));
    }
    return EH_OK;
}

static uint8_t clip_fixed(int32_t sum)
{
    int32_t value = sum >> FRACTION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Lines of `in` to lines of `width` samples. */
static void lines_fixed(uint8_t *out, const eh_image *in, int width, const axis_weights *axis)
{
    int channels = in->channels;
    for (int y = 0; y < in->height; y++) {
        const uint8_t *line = in->data + (size_t)y * (size_t)in->width * (size_t)channels;
        for (int x = 0; x < width; x++) {
            const int32_t *w = axis->fixed + (size_t)x * (size_t)axis->taps;
            const uint8_t *from = line + (size_t)axis->first[x] * (size_t)channels;
            int32_t sum[4] = { 1 << (FRACTION_BITS - 1), 1 << (FRACTION_BITS - 1), 1 << (FRACTION_BITS - 1),
                               1 << (FRACTION_BITS - 1) };
            for (int k = 0; k < axis->count[x]; k++, from += channels)
                for (int c = 0; c < channels; c++)
                    sum[c] += from[c] * w[k];
            for (int c = 0; c < channels; c++)
                *out++ = clip_fixed(sum[c]);
        }
    }
}

/* Columns: `stride` samples a line. */
static void columns_fixed(uint8_t *out, const uint8_t *in, size_t stride, int height,
                          const axis_weights *axis, int32_t *sum)
{
    for (int y = 0; y < height; y++, out += stride) {
        for (size_t x = 0; x < stride; x++)
            sum[x] = 1 << (FRACTION_BITS - 1);
        for (int k = 0; k < axis->count[y]; k++) {
            const uint8_t *line = in + (size_t)(axis->first[y] + k) * stride;
            int32_t w = axis->fixed[(size_t)y * (size_t)axis->taps + (size_t)k];
            for (size_t x = 0; x < stride; x++)
                sum[x] += line[x] * w;
        }
        for (size_t x = 0; x < stride; x++)
            out[x] = clip_fixed(sum[x]);
    }
}

static eh_status resize_fixed(eh_image *out, const eh_image *in, const axis_weights *across,
                              const axis_weights *down, eh_error *err)
{
    size_t stride = (size_t)out->width * (size_t)in->channels;
    uint8_t *lines = NULL;
    int32_t *sum = eh_alloc_raw(stride, sizeof *sum);
    const uint8_t *wide = in->data;
    eh_status status = EH_OK;
    if (out->width != in->width) { /* an axis that keeps its length is not filtered */
        lines = eh_alloc_raw(stride, (size_t)in->height);
        wide = lines;
    }
    if (!sum || !wide) {
        status = eh_fail_memory(err, "the lines of a resize", stride, (size_t)in->height);
        goto done;
    }
    if (lines)
        lines_fixed(lines, in, out->width, across);
    if (out->height != in->height)
        columns_fixed(out->data, wide, stride, out->height, down, sum);
    else
        memcpy(out->data, wide, stride * (size_t)out->height);
done:
    eh_free(lines);
    eh_free(sum);
    return status;
}

static void lines_float(float *out, const eh_image *in, int width, const axis_weights *axis)
{
    int channels = in->channels;
    for (int y = 0; y < in->height; y++) {
        const uint8_t *line = in->data + (size_t)y * (size_t)in->width * (size_t)channels;
        for (int x = 0; x < width; x++) {
            const float *w = axis->single + (size_t)x * (size_t)axis->taps;
            const uint8_t *from = line + (size_t)axis->first[x] * (size_t)channels;
            float sum[4] = { 0 };
            for (int k = 0; k < axis->count[x]; k++, from += channels)
                for (int c = 0; c < channels; c++)
                    sum[c] += from[c] * w[k];
            for (int c = 0; c < channels; c++)
                *out++ = sum[c];
        }
    }
}

static eh_status resize_float(eh_image *out, const eh_image *in, const axis_weights *across,
                              const axis_weights *down, eh_error *err)
{
    size_t stride = (size_t)out->width * (size_t)in->channels;
    float *lines = eh_alloc_raw(stride, (size_t)in->height * sizeof *lines),
          *sum = eh_alloc_raw(stride, sizeof *sum);
    eh_status status = EH_OK;
    if (!lines || !sum) {
        status = eh_fail_memory(err, "the lines of a resize", stride, (size_t)in->height * sizeof *lines);
        goto done;
    }
    lines_float(lines, in, out->width, across);
    uint8_t *to = out->data;
    for (int y = 0; y < out->height; y++, to += stride) {
        memset(sum, 0, stride * sizeof *sum);
        for (int k = 0; k < down->count[y]; k++) {
            const float *line = lines + (size_t)(down->first[y] + k) * stride;
            float w = down->single[(size_t)y * (size_t)down->taps + (size_t)k];
            for (size_t x = 0; x < stride; x++)
                sum[x] += line[x] * w;
        }
        for (size_t x = 0; x < stride;
             x++) { /* weights are >= 0 and sum to 1, so only rounding can leave 0..255 */
            float value = sum[x] + 0.5f;
            to[x] = (uint8_t)(value > 255 ? 255 : value);
        }
    }
done:
    eh_free(lines);
    eh_free(sum);
    return status;
}

eh_status eh_image_resize(eh_image *out, const eh_image *in, int width, int height, eh_resize_filter filter,
                          eh_error *err)
{
    axis_weights across = { 0 }, down = { 0 };
    eh_status status;
    *out = (eh_image){ 0 };
    EH_TRY_GOTO(status, eh_image_alloc(out, width, height, in->channels, err));
    EH_TRY_GOTO(status, make_axis(&across, in->width, width, filter, err));
    EH_TRY_GOTO(status, make_axis(&down, in->height, height, filter, err));
    if (filter == EH_RESIZE_LANCZOS || filter == EH_RESIZE_ANTIALIAS)
        status = resize_fixed(out, in, &across, &down, err);
    else
        status = resize_float(out, in, &across, &down, err);
done:
    free_axis(&across);
    free_axis(&down);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}
