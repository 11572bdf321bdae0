/* grey.c - luma, many pixels at a time; see grey.h.
 *
 * Idea    16-bit multiply-and-add of (R, G) with (19595, 19235) plus (B, G) with (7471, 19235): 38470 does not fit 16 bits with sign, its half
 *         does. Exact, so the plain loop gives the same bits.
 */
#include "image/grey.h"

#include "base/vector_level.h"

#include <string.h>

#ifdef EH_VECTOR_X86
#include <immintrin.h>
#endif

static void plain(uint8_t *out, const uint8_t *in, size_t count, int channels)
{
    for (size_t i = 0; i < count; i++, in += channels)
        out[i] = (uint8_t)((in[0] * 19595u + in[1] * 38470u + in[2] * 7471u + 32768u) >> 16);
}

#ifdef EH_VECTOR_X86

/* Pixels that were done: 16 at a time, as long as whole vectors can be read. */
EH_WITH_VECTOR_512 static size_t grey_512(uint8_t *out, const uint8_t *in, size_t count, int channels)
{
    /* Four pixels to a lane, then their bytes as 16-bit pairs. */
    const __m512i spread = channels == 3
                               ? _mm512_setr_epi32(0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12)
                               : _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m128i red_green3 = _mm_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1);
    const __m128i blue_green3 = _mm_setr_epi8(2, -1, 1, -1, 5, -1, 4, -1, 8, -1, 7, -1, 11, -1, 10, -1);
    const __m128i red_green4 = _mm_setr_epi8(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1);
    const __m128i blue_green4 = _mm_setr_epi8(2, -1, 1, -1, 6, -1, 5, -1, 10, -1, 9, -1, 14, -1, 13, -1);
    const __m512i rg = _mm512_broadcast_i32x4(channels == 3 ? red_green3 : red_green4);
    const __m512i bg = _mm512_broadcast_i32x4(channels == 3 ? blue_green3 : blue_green4);
    const __m512i w_rg = _mm512_set1_epi32(19595 | 19235 << 16), w_bg = _mm512_set1_epi32(7471 | 19235 << 16);
    const __m512i half = _mm512_set1_epi32(32768);
    size_t i = 0, reach = channels == 3 ? 22 : 16; /* pixels that 64 bytes touch */
    for (; i + reach <= count; i += 16) {
        __m512i p = _mm512_permutexvar_epi32(spread, _mm512_loadu_si512(in + i * (size_t)channels));
        __m512i sum = _mm512_add_epi32(_mm512_madd_epi16(_mm512_shuffle_epi8(p, rg), w_rg),
                                       _mm512_madd_epi16(_mm512_shuffle_epi8(p, bg), w_bg));
        __m512i grey = _mm512_srli_epi32(_mm512_add_epi32(sum, half), 16);
        _mm_storeu_si128((__m128i *)(void *)(out + i), _mm512_cvtepi32_epi8(grey));
    }
    return i;
}

/* The same with eight pixels. */
EH_WITH_VECTOR_256 static size_t grey_256(uint8_t *out, const uint8_t *in, size_t count, int channels)
{
    const __m256i spread =
        channels == 3 ? _mm256_setr_epi32(0, 1, 2, 3, 3, 4, 5, 6) : _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m128i red_green3 = _mm_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1);
    const __m128i blue_green3 = _mm_setr_epi8(2, -1, 1, -1, 5, -1, 4, -1, 8, -1, 7, -1, 11, -1, 10, -1);
    const __m128i red_green4 = _mm_setr_epi8(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1);
    const __m128i blue_green4 = _mm_setr_epi8(2, -1, 1, -1, 6, -1, 5, -1, 10, -1, 9, -1, 14, -1, 13, -1);
    const __m256i rg = _mm256_broadcastsi128_si256(channels == 3 ? red_green3 : red_green4);
    const __m256i bg = _mm256_broadcastsi128_si256(channels == 3 ? blue_green3 : blue_green4);
    const __m256i w_rg = _mm256_set1_epi32(19595 | 19235 << 16), w_bg = _mm256_set1_epi32(7471 | 19235 << 16);
    const __m256i half = _mm256_set1_epi32(32768);
    size_t i = 0, reach = channels == 3 ? 11 : 8;
    for (; i + reach <= count; i += 8) {
        __m256i p = _mm256_loadu_si256((const __m256i *)(const void *)(in + i * (size_t)channels));
        p = _mm256_permutevar8x32_epi32(p, spread);
        __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(p, rg), w_rg),
                                       _mm256_madd_epi16(_mm256_shuffle_epi8(p, bg), w_bg));
        __m256i grey = _mm256_srli_epi32(_mm256_add_epi32(sum, half), 16);
        __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(grey), _mm256_extracti128_si256(grey, 1));
        _mm_storel_epi64((__m128i *)(void *)(out + i), _mm_packus_epi16(words, words));
    }
    return i;
}

#endif

void eh_grey_pixels(uint8_t *out, const uint8_t *pixels, size_t count, int channels)
{
    size_t done = 0;
    if (channels == 1) {
        memcpy(out, pixels, count);
        return;
    }
#ifdef EH_VECTOR_X86
    eh_vector_level level = eh_vector_get_level();
    if (level >= EH_VECTOR_512)
        done = grey_512(out, pixels, count, channels);
    else if (level >= EH_VECTOR_256)
        done = grey_256(out, pixels, count, channels);
#endif
    plain(out + done, pixels + done * (size_t)channels, count - done, channels);
}
