/* resize_axis.h - one axis of a resize as a table of weights, and the passes of Pillow's 8-bit arithmetic over it. */
#ifndef EH_IMAGE_RESIZE_AXIS_H
#define EH_IMAGE_RESIZE_AXIS_H

#include "evenhand/image.h"

enum { EH_RESIZE_FRACTION_BITS = 22 };

/* Which source samples make target sample i: first[i] .. first[i] + count[i] - 1, weights at i * taps. */
typedef struct eh_resize_axis {
    int from, to, taps;
    int *first, *count; /* [to] */
    double *weight;     /* [to, taps] sums to 1 per target sample */
    float *single;      /* the same in float */
    int32_t *fixed;     /* the same with EH_RESIZE_FRACTION_BITS */
    /* For vectors, Lanczos and antialias only: zeros behind the weights up to split_taps, taps rounded up to 64. */
    int split_taps;
    int16_t *halves; /* [to, 2, split_taps] fixed = 1024 halves[0] + halves[1] */
    int quad_taps;   /* taps and up to 3 zeros before them, rounded up to 4 */
    int8_t *
        digits; /* [to, 3, quad_taps] fixed = 65536 digits[0] + 256 digits[1] + digits[2], behind first[i] % 4 zeros */
} eh_resize_axis;

/* Fills a zeroed axis; release with eh_resize_axis_clear (also after a failure). */
eh_status eh_resize_axis_make(eh_resize_axis *axis, int from, int to, eh_resize_filter filter, eh_error *err);
void eh_resize_axis_clear(eh_resize_axis *axis);

/* Lines: `lines` lines of axis->from samples with `channels` values each become lines of axis->to samples. `readable` bytes from `in` on may be
 * read; with axis->split_taps more than the picture has, every grey line takes the fast way. Rounded to 8 bits as Pillow does. */
void eh_resize_lines(uint8_t *out, const uint8_t *in, size_t readable, int lines, int channels,
                     const eh_resize_axis *axis);

/* Columns: axis->from lines of `stride` bytes become axis->to lines. */
void eh_resize_columns(uint8_t *out, const uint8_t *in, size_t stride, const eh_resize_axis *axis);

#endif
