/* resize_fixed.c - the two passes of a resize in Pillow's 8-bit arithmetic.
 *
 * Idea    A target sample is sum(pixel * weight) with 22-bit weights, half added, shifted and clipped. All of it is integer arithmetic modulo
 *         2^32, so every order of adding gives the same bits. On grey lines, 32 pixels at a time are multiplied with the weights in
 *         two 16-bit halves (w = 1024 * high + low), which is what the multiply-and-add of vectors does fastest.
 * Source  Pillow, src/libImaging/Resample.c, ImagingResampleHorizontal_8bpc and Vertical.
 * Cost    Per target sample one vector step for every 32 taps.
 * Easy to get wrong: whole vectors are read, so up to split_taps bytes behind the last pixel of a line; `readable` says whether they are there.
 */
#include "image/resize_axis.h"

#include "base/vector_level.h"

#ifdef EH_VECTOR_X86
#include <immintrin.h>
#endif

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

/* Sums over the 16 lanes of each of 16 vectors, in their order. */
EH_WITH_VECTOR_512_PLUS static inline __m512i sum_lanes(__m512i v[16])
{
    for (int i = 0; i < 8; i++) /* pairs of lanes of two vectors */
        v[i] = _mm512_add_epi32(_mm512_unpacklo_epi32(v[2 * i], v[2 * i + 1]),
                                _mm512_unpackhi_epi32(v[2 * i], v[2 * i + 1]));
    for (int i = 0; i < 4; i++) /* a quarter of a lane each for four vectors */
        v[i] = _mm512_add_epi32(_mm512_unpacklo_epi64(v[2 * i], v[2 * i + 1]),
                                _mm512_unpackhi_epi64(v[2 * i], v[2 * i + 1]));
    __m512i a =
        _mm512_add_epi32(_mm512_shuffle_i32x4(v[0], v[1], 0x88), _mm512_shuffle_i32x4(v[0], v[1], 0xdd));
    __m512i b =
        _mm512_add_epi32(_mm512_shuffle_i32x4(v[2], v[3], 0x88), _mm512_shuffle_i32x4(v[2], v[3], 0xdd));
    return _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd));
}

/* `rows` lines at a time, so that the weights are read once for all of them. */
enum { ROWS = 4 };

EH_WITH_VECTOR_512_PLUS static inline void sums_plus(__m512i sum[ROWS], const uint8_t *const line[ROWS],
                                                     size_t first, const int8_t *w, size_t taps)
{
    __m512i high[ROWS], middle[ROWS], low[ROWS];
    for (int r = 0; r < ROWS; r++)
        high[r] = middle[r] = low[r] = _mm512_setzero_si512();
    for (size_t k = 0; k < taps; k += 64) {
        __m512i w_high = _mm512_loadu_si512(w + k), w_middle = _mm512_loadu_si512(w + taps + k),
                w_low = _mm512_loadu_si512(w + 2 * taps + k);
        for (int r = 0; r < ROWS; r++) {
            __m512i p = _mm512_loadu_si512(line[r] + first + k);
            high[r] = _mm512_dpbusd_epi32(high[r], p, w_high);
            middle[r] = _mm512_dpbusd_epi32(middle[r], p, w_middle);
            low[r] = _mm512_dpbusd_epi32(low[r], p, w_low);
        }
    }
    for (int r = 0; r < ROWS; r++) {
        middle[r] = _mm512_add_epi32(middle[r], _mm512_slli_epi32(high[r], 8));
        sum[r] = _mm512_add_epi32(low[r], _mm512_slli_epi32(middle[r], 8));
    }
}

EH_WITH_VECTOR_512_PLUS static void grey_lines_plus(uint8_t *out, const uint8_t *in, int lines,
                                                    const eh_resize_axis *axis)
{
    size_t taps = (size_t)axis->split_taps;
    for (int y = 0; y < lines; y += ROWS) {
        int rows = lines - y < ROWS ? lines - y : ROWS;
        const uint8_t *line[ROWS];
        for (int r = 0; r < ROWS; r++)
            line[r] = in + (size_t)(y + (r < rows ? r : 0)) * (size_t)axis->from;
        for (int x = 0; x < axis->to; x += 16) {
            int count = axis->to - x < 16 ? axis->to - x : 16;
            __m512i sum[ROWS][16];
            for (int i = 0; i < count; i++) {
                __m512i one[ROWS];
                sums_plus(one, line, (size_t)axis->first[x + i], axis->digits + (size_t)(x + i) * 3 * taps,
                          taps);
                for (int r = 0; r < ROWS; r++)
                    sum[r][i] = one[r];
            }
            for (int i = count; i < 16; i++)
                for (int r = 0; r < rows; r++)
                    sum[r][i] = _mm512_setzero_si512();
            for (int r = 0; r < rows; r++) {
                __m512i all = _mm512_add_epi32(sum_lanes(sum[r]), _mm512_set1_epi32(ROUND));
                all =
                    _mm512_max_epi32(_mm512_srai_epi32(all, EH_RESIZE_FRACTION_BITS), _mm512_setzero_si512());
                _mm512_mask_cvtusepi32_storeu_epi8(out + (size_t)(y + r) * (size_t)axis->to + x,
                                                   (__mmask16)((1u << count) - 1), all);
            }
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
    if (level >= EH_VECTOR_512_PLUS)
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

EH_VECTOR_INLINE void columns(uint8_t *out, const uint8_t *in, size_t stride, const eh_resize_axis *axis,
                              int32_t *sum)
{
    for (int y = 0; y < axis->to; y++, out += stride) {
        for (size_t x = 0; x < stride; x++)
            sum[x] = ROUND;
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

#ifdef EH_VECTOR_X86
EH_WITH_VECTOR_512 static void columns_512(uint8_t *out, const uint8_t *in, size_t stride,
                                           const eh_resize_axis *axis, int32_t *sum)
{
    columns(out, in, stride, axis, sum);
}

EH_WITH_VECTOR_256 static void columns_256(uint8_t *out, const uint8_t *in, size_t stride,
                                           const eh_resize_axis *axis, int32_t *sum)
{
    columns(out, in, stride, axis, sum);
}
#endif

void eh_resize_columns(uint8_t *out, const uint8_t *in, size_t stride, const eh_resize_axis *axis,
                       int32_t *sum)
{
#ifdef EH_VECTOR_X86
    eh_vector_level level = eh_vector_get_level();
    if (level >= EH_VECTOR_512) {
        columns_512(out, in, stride, axis, sum);
        return;
    }
    if (level >= EH_VECTOR_256) {
        columns_256(out, in, stride, axis, sum);
        return;
    }
#endif
    columns(out, in, stride, axis, sum);
}
