/* resize_fixed.c - the two passes of a resize in Pillow's 8-bit arithmetic.
 *
 * Idea    A target sample is sum(pixel * weight) with 22-bit weights, half added, shifted and clipped. All of it is integer arithmetic modulo
 *         2^32, so every order of adding gives the same bits. On grey lines, 32 pixels at a time are multiplied with the weights in
 *         two 16-bit halves (w = 1024 * high + low), which is what the multiply-and-add of vectors does fastest; where bytes can be multiplied
 *         and added, four pixels of each of 16 lines with the weights in three digits (w = 65536 high + 256 middle + low).
 * Source  Pillow, src/libImaging/Resample.c, ImagingResampleHorizontal_8bpc and Vertical.
 * Cost    Per target sample one vector step for every 32 taps; with bytes three for every 4 taps of 16 lines.
 * Easy to get wrong: whole vectors are read, so up to split_taps bytes behind the last pixel of a line; `readable` says whether they are there.
 */
#include "image/resize_axis.h"

#include "base/vector_level.h"

#include <stdbool.h>
#include <string.h>

#ifdef EH_VECTOR_X86
#include <immintrin.h>
#endif

enum { COLUMNS = 32 };

#define ROUND (1 << (EH_RESIZE_FRACTION_BITS - 1))

static uint8_t clip_fixed(int32_t sum)
{
    int32_t value = sum >> EH_RESIZE_FRACTION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void plain_line(uint8_t *out, const uint8_t *line, int channels, const eh_resize_axis *axis)
{
    for (int x = 0; x < axis->to; x++) {
        const int32_t *w = axis->fixed + (size_t)x * (size_t)axis->taps;
        const uint8_t *from = line + (size_t)axis->first[x] * (size_t)channels;
        int32_t sum[4] = { ROUND, ROUND, ROUND, ROUND };
        for (int k = 0; k < axis->count[x]; k++, from += channels)
            for (int c = 0; c < channels; c++)
                sum[c] += from[c] * w[k];
        for (int c = 0; c < channels; c++)
            *out++ = clip_fixed(sum[c]);
    }
}

#ifdef EH_VECTOR_X86

/* LINES lines at a time, one in each lane of a vector, so that no sum has to be added up over lanes; WINDOW groups of four pixels of each. */
enum { LINES = 16, WINDOW = 256 };

/* Lane i of v[k] becomes lane k of v[i]. */
EH_WITH_VECTOR_512_PLUS static inline void transpose_lanes(__m512i v[16])
{
    __m512i pair[16], four[16];
    for (int i = 0; i < 8; i++) {
        pair[2 * i] = _mm512_unpacklo_epi32(v[2 * i], v[2 * i + 1]);
        pair[2 * i + 1] = _mm512_unpackhi_epi32(v[2 * i], v[2 * i + 1]);
    }
    for (int i = 0; i < 16; i += 4) { /* four[i + e]: element e of each quarter of four vectors */
        four[i] = _mm512_unpacklo_epi64(pair[i], pair[i + 2]);
        four[i + 1] = _mm512_unpackhi_epi64(pair[i], pair[i + 2]);
        four[i + 2] = _mm512_unpacklo_epi64(pair[i + 1], pair[i + 3]);
        four[i + 3] = _mm512_unpackhi_epi64(pair[i + 1], pair[i + 3]);
    }
    for (int e = 0; e < 4; e++) {
        __m512i even = _mm512_shuffle_i32x4(four[e], four[4 + e], 0x88),
                odd = _mm512_shuffle_i32x4(four[e], four[4 + e], 0xdd);
        __m512i even2 = _mm512_shuffle_i32x4(four[8 + e], four[12 + e], 0x88),
                odd2 = _mm512_shuffle_i32x4(four[8 + e], four[12 + e], 0xdd);
        v[e] = _mm512_shuffle_i32x4(even, even2, 0x88);
        v[4 + e] = _mm512_shuffle_i32x4(odd, odd2, 0x88);
        v[8 + e] = _mm512_shuffle_i32x4(even, even2, 0xdd);
        v[12 + e] = _mm512_shuffle_i32x4(odd, odd2, 0xdd);
    }
}

/* Groups of four pixels that a target sample begins with, and ends before. */
static int first_group(const eh_resize_axis *axis, int x)
{
    return axis->first[x] / 4;
}

static int end_group(const eh_resize_axis *axis, int x)
{
    return (axis->first[x] + axis->count[x] + 3) / 4;
}

EH_WITH_VECTOR_512_PLUS static inline __m512i weights_at(const int8_t *digits)
{
    int32_t four;
    memcpy(&four, digits, sizeof four);
    return _mm512_set1_epi32(four);
}

/* Target sample x of LINES lines; group[0] holds the pixels of group `begin`. */
EH_WITH_VECTOR_512_PLUS static inline __m512i sum_of(const __m512i *group, int begin,
                                                     const eh_resize_axis *axis, int x)
{
    size_t quad = (size_t)axis->quad_taps;
    const int8_t *w = axis->digits + (size_t)x * 3 * quad;
    int groups = end_group(axis, x) - first_group(axis, x);
    __m512i high = _mm512_setzero_si512(), middle = high, low = _mm512_set1_epi32(ROUND);
    group += first_group(axis, x) - begin;
    for (int k = 0; k < groups; k++, w += 4) {
        high = _mm512_dpbusd_epi32(high, group[k], weights_at(w));
        middle = _mm512_dpbusd_epi32(middle, group[k], weights_at(w + quad));
        low = _mm512_dpbusd_epi32(low, group[k], weights_at(w + 2 * quad));
    }
    middle = _mm512_add_epi32(middle, _mm512_slli_epi32(high, 8));
    return _mm512_add_epi32(low, _mm512_slli_epi32(middle, 8));
}

/* Target samples x .. end of `rows` lines. */
EH_WITH_VECTOR_512_PLUS static void grey_window(uint8_t *out, const uint8_t *const line[LINES], int rows,
                                                int x, int end, const eh_resize_axis *axis)
{
    __m512i group[WINDOW + 16], v[16];
    int begin = first_group(axis, x), last = end_group(axis, end - 1);
    for (int g = begin; g < last; g += 16) {
        for (int r = 0; r < LINES; r++)
            v[r] = _mm512_loadu_si512(line[r] + 4 * (size_t)g);
        transpose_lanes(v);
        memcpy(group + (g - begin), v, sizeof v);
    }
    for (; x < end; x += 16) {
        int count = end - x < 16 ? end - x : 16;
        for (int i = 0; i < 16; i++)
            v[i] = i < count ? sum_of(group, begin, axis, x + i) : _mm512_setzero_si512();
        transpose_lanes(v);
        for (int r = 0; r < rows; r++) {
            __m512i all =
                _mm512_max_epi32(_mm512_srai_epi32(v[r], EH_RESIZE_FRACTION_BITS), _mm512_setzero_si512());
            _mm512_mask_cvtusepi32_storeu_epi8(out + (size_t)r * (size_t)axis->to + x,
                                               (__mmask16)((1u << count) - 1), all);
        }
    }
}

static bool fits_window(const eh_resize_axis *axis)
{
    return axis->quad_taps / 4 <= WINDOW;
}

EH_WITH_VECTOR_512_PLUS static void grey_lines_plus(uint8_t *out, const uint8_t *in, int lines,
                                                    const eh_resize_axis *axis)
{
    for (int y = 0; y < lines; y += LINES) {
        int rows = lines - y < LINES ? lines - y : LINES;
        const uint8_t *line[LINES];
        for (int r = 0; r < LINES; r++)
            line[r] = in + (size_t)(y + (r < rows ? r : 0)) * (size_t)axis->from;
        for (int x = 0, end; x < axis->to; x = end) {
            for (end = x + 1; end < axis->to && end_group(axis, end) - first_group(axis, x) <= WINDOW;)
                end++;
            grey_window(out + (size_t)y * (size_t)axis->to, line, rows, x, end, axis);
        }
    }
}

EH_WITH_VECTOR_512 static void grey_line_512(uint8_t *out, const uint8_t *line, const eh_resize_axis *axis)
{
    int taps = axis->split_taps;
    const int16_t *w = axis->halves;
    for (int x = 0; x < axis->to; x++, w += 2 * taps) {
        const uint8_t *from = line + axis->first[x];
        __m512i high = _mm512_setzero_si512(), low = high;
        for (int k = 0; k < taps; k += 32) {
            __m512i p = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(from + k)));
            high = _mm512_add_epi32(high, _mm512_madd_epi16(p, _mm512_loadu_si512(w + k)));
            low = _mm512_add_epi32(low, _mm512_madd_epi16(p, _mm512_loadu_si512(w + taps + k)));
        }
        __m512i sum = _mm512_add_epi32(_mm512_slli_epi32(high, 10), low);
        out[x] = clip_fixed(ROUND + _mm512_reduce_add_epi32(sum));
    }
}

EH_WITH_VECTOR_256 static void grey_line_256(uint8_t *out, const uint8_t *line, const eh_resize_axis *axis)
{
    int taps = axis->split_taps;
    const int16_t *w = axis->halves;
    for (int x = 0; x < axis->to; x++, w += 2 * taps) {
        const uint8_t *from = line + axis->first[x];
        __m256i high = _mm256_setzero_si256(), low = high;
        for (int k = 0; k < taps; k += 16) {
            __m256i p = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(from + k)));
            __m256i h = _mm256_loadu_si256((const __m256i *)(const void *)(w + k));
            __m256i l = _mm256_loadu_si256((const __m256i *)(const void *)(w + taps + k));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(p, h));
            low = _mm256_add_epi32(low, _mm256_madd_epi16(p, l));
        }
        __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, 10), low);
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
        four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1));
        out[x] = clip_fixed(ROUND + _mm_cvtsi128_si32(four));
    }
}

#endif

void eh_resize_lines(uint8_t *out, const uint8_t *in, size_t readable, int lines, int channels,
                     const eh_resize_axis *axis)
{
    size_t stride = (size_t)axis->from * (size_t)channels;
    int fast = 0; /* lines that can be read a vector beyond their end */
#ifdef EH_VECTOR_X86
    eh_vector_level level = eh_vector_get_level();
    size_t beyond = (size_t)axis->split_taps;
    if (channels == 1 && axis->halves && level >= EH_VECTOR_256 && readable >= stride + beyond) {
        size_t most = (readable - beyond) / stride; /* reads begin inside of the line */
        fast = most < (size_t)lines ? (int)most : lines;
    }
    if (level >= EH_VECTOR_512_PLUS && fits_window(axis))
        grey_lines_plus(out, in, fast, axis);
    else
        for (int y = 0; y < fast; y++)
            (level >= EH_VECTOR_512 ? grey_line_512 : grey_line_256)(out + (size_t)y * (size_t)axis->to,
                                                                     in + (size_t)y * stride, axis);
#else
    (void)readable;
#endif
    for (int y = fast; y < lines; y++)
        plain_line(out + (size_t)y * (size_t)axis->to * (size_t)channels, in + (size_t)y * stride, channels,
                   axis);
}

/* ---------------------------------------------------------------- columns */

/* Samples x .. x + count of target line y; a constant `count` keeps the sums in registers. */
EH_VECTOR_INLINE void column_piece(uint8_t *out, const uint8_t *in, size_t stride, const eh_resize_axis *axis,
                                   int y, size_t count)
{
    int32_t sum[COLUMNS];
    const int32_t *w = axis->fixed + (size_t)y * (size_t)axis->taps;
    in += (size_t)axis->first[y] * stride;
    for (size_t x = 0; x < count; x++)
        sum[x] = ROUND;
    for (int k = 0; k < axis->count[y]; k++, in += stride)
        for (size_t x = 0; x < count; x++)
            sum[x] += in[x] * w[k];
    for (size_t x = 0; x < count; x++)
        out[x] = clip_fixed(sum[x]);
}

EH_VECTOR_INLINE void columns(uint8_t *out, const uint8_t *in, size_t stride, const eh_resize_axis *axis)
{
    for (int y = 0; y < axis->to; y++, out += stride) {
        size_t x = 0;
        for (; x + COLUMNS <= stride; x += COLUMNS)
            column_piece(out + x, in + x, stride, axis, y, COLUMNS);
        if (x < stride)
            column_piece(out + x, in + x, stride, axis, y, stride - x);
    }
}

#ifdef EH_VECTOR_X86
EH_WITH_VECTOR_512 static void columns_512(uint8_t *out, const uint8_t *in, size_t stride,
                                           const eh_resize_axis *axis)
{
    columns(out, in, stride, axis);
}

EH_WITH_VECTOR_256 static void columns_256(uint8_t *out, const uint8_t *in, size_t stride,
                                           const eh_resize_axis *axis)
{
    columns(out, in, stride, axis);
}
#endif

void eh_resize_columns(uint8_t *out, const uint8_t *in, size_t stride, const eh_resize_axis *axis)
{
#ifdef EH_VECTOR_X86
    eh_vector_level level = eh_vector_get_level();
    if (level >= EH_VECTOR_512) {
        columns_512(out, in, stride, axis);
        return;
    }
    if (level >= EH_VECTOR_256) {
        columns_256(out, in, stride, axis);
        return;
    }
#endif
    columns(out, in, stride, axis);
}
