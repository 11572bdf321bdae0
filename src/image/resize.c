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
#include "image/resize_axis.h"

#include "evenhand/memory.h"

#include <string.h>

static eh_status resize_fixed(eh_image *out, const eh_image *in, const eh_resize_axis *across,
                              const eh_resize_axis *down, eh_error *err)
{
    size_t stride = (size_t)out->width * (size_t)in->channels;
    uint8_t *lines = NULL;
    const uint8_t *wide = in->data;
    if (out->width != in->width) { /* an axis that keeps its length is not filtered */
        lines = eh_alloc_raw(stride, (size_t)in->height);
        wide = lines;
    }
    if (!wide)
        return eh_fail_memory(err, "the lines of a resize", stride, (size_t)in->height);
    if (lines)
        eh_resize_lines(lines, in->data, (size_t)in->width * (size_t)in->height * (size_t)in->channels,
                        in->height, in->channels, across);
    if (out->height != in->height)
        eh_resize_columns(out->data, wide, stride, down);
    else
        memcpy(out->data, wide, stride * (size_t)out->height);
    eh_free(lines);
    return EH_OK;
}

static void lines_float(float *out, const eh_image *in, int width, const eh_resize_axis *axis)
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

static eh_status resize_float(eh_image *out, const eh_image *in, const eh_resize_axis *across,
                              const eh_resize_axis *down, eh_error *err)
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

/* Each pixel is the one of `in` whose area holds its centre. */
static void resize_nearest(eh_image *out, const eh_image *in)
{
    size_t channels = (size_t)in->channels;
    uint8_t *to = out->data;
    for (int y = 0; y < out->height; y++) {
        int64_t row = (2 * (int64_t)y + 1) * in->height / (2 * (int64_t)out->height);
        for (int x = 0; x < out->width; x++, to += channels) {
            int64_t column = (2 * (int64_t)x + 1) * in->width / (2 * (int64_t)out->width);
            memcpy(to, in->data + (size_t)(row * in->width + column) * channels, channels);
        }
    }
}

eh_status eh_image_resize(eh_image *out, const eh_image *in, int width, int height, eh_resize_filter filter,
                          eh_error *err)
{
    eh_resize_axis across = { 0 }, down = { 0 };
    eh_status status;
    *out = (eh_image){ 0 };
    EH_TRY_GOTO(status, eh_image_alloc(out, width, height, in->channels, err));
    if (filter == EH_RESIZE_NEAREST) {
        resize_nearest(out, in);
        return EH_OK;
    }
    EH_TRY_GOTO(status, eh_resize_axis_make(&across, in->width, width, filter, err));
    EH_TRY_GOTO(status, eh_resize_axis_make(&down, in->height, height, filter, err));
    if (filter == EH_RESIZE_LANCZOS || filter == EH_RESIZE_ANTIALIAS)
        status = resize_fixed(out, in, &across, &down, err);
    else
        status = resize_float(out, in, &across, &down, err);
done:
    eh_resize_axis_clear(&across);
    eh_resize_axis_clear(&down);
    if (status != EH_OK)
        eh_image_clear(out);
    return status;
}
