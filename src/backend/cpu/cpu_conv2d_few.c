/* cpu_conv2d_few.c - convolution of row-major bf16 images of a few channels by AVX512_BF16's dot products.
 *
 * Idea    The instruction multiplies pairs, and two neighbouring kernel columns meet two neighbouring elements of a row: a pair lies side by side already.
 *         Lanes are 16 positions of a row; with a stride of 2 their pairs are 64 bytes as they lie in memory, with 1 two loads give them. One
 *         word of weights (two kernel columns of one channel) is spread over the lanes for each output channel, so that 12 channels cost 12 and not 16.
 *         At the end 16 channels of 16 positions are turned into blocks of channels, with bias and ReLU on the way.
 * Rows    of x are copied with their padding, a band at a time, so that the sums know no borders.
 * Cost    Of an odd number of kernel columns the last pair is half empty: 6/5 of the multiplications for a width of 5, 4/3 for 3, near the processor's peak.
 * Easy to get wrong: the empty half multiplies an element with 0, so infinity there makes NaN next to where it belongs.
 */
#include "backend/cpu/cpu_conv2d_few.h"

#include "base/bf16.h"
#include "base/threads.h"

#include <string.h>

#define LANES  16
#define CACHE  (32 * 1024) /* of the first level, for the rows of x */
#define WIDEST 8           /* kernel columns */

static int64_t up_to(int64_t x, int64_t multiple)
{
    return (x + multiple - 1) / multiple * multiple;
}

bool eh_few_fits(eh_few_conv *out, eh_conv_pass pass, const eh_onednn_conv *c)
{
    bool fits = pass == EH_CONV_FORWARD && c->bf16 && !c->exact && eh_cpu_variant() == EH_CPU_512_BF16 &&
                c->groups == 1 && c->c <= 4 && c->o > 4 && c->kw <= WIDEST && c->dilation[1] == 1 &&
                c->stride[1] <= 2;
    if (!fits)
        return false;
    *out = (eh_few_conv){ .c = *c, .out_blocks = up_to(c->o, LANES) / LANES, .pairs = (c->kw + 1) / 2 };
    eh_few_conv *k = out;
    /* As far as the last vector of a row reads. */
    k->width = up_to(up_to(c->ow, LANES) * c->stride[1] + 2 * k->pairs + 1, LANES);
    for (k->rows = c->oh < LANES ? c->oh : LANES;; k->rows = (k->rows + 1) / 2) {
        k->in_rows = (k->rows - 1) * c->stride[0] + (c->kh - 1) * c->dilation[0] + 1;
        k->x_halfs = (size_t)(c->c * k->in_rows * k->width);
        if (k->rows == 1 || k->x_halfs * sizeof(uint16_t) <= CACHE)
            break;
    }
    k->bands = (c->oh + k->rows - 1) / k->rows;
    k->weight_words = (size_t)(k->out_blocks * c->c * c->kh * k->pairs * LANES);
    k->parts = eh_threads();
    return true;
}

eh_md *eh_few_weights(const eh_few_conv *k)
{
    int64_t dims[EH_MD_MAX] = { k->c.o, k->c.c, k->c.kh, k->c.kw };
    return eh_md_tag(dnnl_f32, 4, dims, dnnl_Ohwi16o);
}

size_t eh_few_scratch(const eh_few_conv *k)
{
    return k->weight_words * sizeof(uint32_t) + (size_t)k->parts * k->x_halfs * sizeof(uint16_t);
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

typedef struct few_args {
    const eh_few_conv *k;
    const uint16_t *x;
    const uint32_t *w; /* [block][channel of x][kernel row][pair][16] */
    uint16_t *y, *order;
    eh_small_after after;
} few_args;

/* Pairs of kernel columns side by side, zeros beside the last of an odd number. */
static void order_weights(const eh_few_conv *k, const float *w, uint32_t *to)
{
    const eh_onednn_conv *c = &k->c;
    for (int64_t b = 0; b < k->out_blocks; b++)
        for (int64_t i = 0; i < c->c; i++)
            for (int64_t p = 0; p < c->kh; p++)
                for (int64_t q = 0; q < 2 * k->pairs; q += 2, to += LANES) {
                    const float *at = w + (((b * c->kh + p) * c->kw + q) * c->c + i) * LANES;
                    for (int o = 0; o < LANES; o++)
                        to[o] = eh_bf16_of(at[o]) |
                                (q + 1 < c->kw ? (uint32_t)eh_bf16_of(at[c->c * LANES + o]) << 16 : 0);
                }
}

/* The rows of x that band `band` of image n meets. */
static void order_rows(const few_args *a, int64_t n, int64_t band, uint16_t *to)
{
    const eh_few_conv *k = a->k;
    const eh_onednn_conv *c = &k->c;
    int64_t left = c->pad[1], fill = k->width - left < c->w ? k->width - left : c->w;
    for (int64_t i = 0; i < c->c; i++)
        for (int64_t r = 0; r < k->in_rows; r++, to += k->width) {
            int64_t h = band * k->rows * c->stride[0] - c->pad[0] + r;
            if (h < 0 || h >= c->h) {
                memset(to, 0, (size_t)k->width * sizeof *to);
                continue;
            }
            memset(to, 0, (size_t)left * sizeof *to);
            memcpy(to + left, a->x + ((n * c->c + i) * c->h + h) * c->w, (size_t)fill * sizeof *to);
            memset(to + left + fill, 0, (size_t)(k->width - left - fill) * sizeof *to);
        }
}

/* Elements (s l, s l + 1) in lane l. */
EH_TARGET_512_BF16 EH_INLINE __m512bh load_pairs(const uint16_t *x, int64_t stride)
{
    if (stride == 2)
        return (__m512bh)_mm512_loadu_si512(x);
    __m512i low = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)x)),
            high = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(x + 1)));
    return (__m512bh)_mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

/* Stores 16 positions of 16 channels, of which `channels` have been made, as blocks of channels; the first `count` positions. */
EH_TARGET_512_BF16 EH_INLINE void store_block(uint16_t *y, const __m512 *sum, int channels, bool relu,
                                              int64_t count)
{
    static const uint16_t interleave[2 * LANES] = { 0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                    21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                    11, 27, 12, 28, 13, 29, 14, 30, 15, 31 };
    const __m512i order = _mm512_loadu_si512(interleave), first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11),
                  second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    __m512i word[LANES / 2], quad[2][4];
#pragma GCC unroll 8
    for (int i = 0; i < LANES / 2; i++) {
        word[i] = _mm512_setzero_si512();
        if (2 * i >= channels)
            continue;
        __m512 a = sum[2 * i], b = sum[2 * i + 1];
        if (relu) { /* the second operand where one is NaN */
            a = _mm512_max_ps(_mm512_setzero_ps(), a);
            b = _mm512_max_ps(_mm512_setzero_ps(), b);
        }
        word[i] = _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(b, a));
    }
    /* Columns of 8 words by 16 positions: within quarters of a vector first. */
#pragma GCC unroll 2
    for (int g = 0; g < 2; g++) {
        const __m512i *w = word + 4 * g;
        __m512i a = _mm512_unpacklo_epi32(w[0], w[1]), b = _mm512_unpackhi_epi32(w[0], w[1]),
                c = _mm512_unpacklo_epi32(w[2], w[3]), d = _mm512_unpackhi_epi32(w[2], w[3]);
        quad[g][0] = _mm512_unpacklo_epi64(a, c);
        quad[g][1] = _mm512_unpackhi_epi64(a, c);
        quad[g][2] = _mm512_unpacklo_epi64(b, d);
        quad[g][3] = _mm512_unpackhi_epi64(b, d);
    }
    __m256i position[LANES];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        __m512i low = _mm512_permutex2var_epi64(quad[0][i], first, quad[1][i]),
                high = _mm512_permutex2var_epi64(quad[0][i], second, quad[1][i]);
        position[i] = _mm512_castsi512_si256(low);
        position[4 + i] = _mm512_extracti64x4_epi64(low, 1);
        position[8 + i] = _mm512_castsi512_si256(high);
        position[12 + i] = _mm512_extracti64x4_epi64(high, 1);
    }
    if (count >= LANES) {
#pragma GCC unroll 16
        for (int i = 0; i < LANES; i++)
            _mm256_storeu_si256((__m256i *)(void *)(y + i * LANES), position[i]);
        return;
    }
    for (int i = 0; i < count; i++)
        _mm256_storeu_si256((__m256i *)(void *)(y + i * LANES), position[i]);
}

/* `channels` of block b at 16 or 32 positions of a row from j on. x: the row of the band that kernel row 0 meets. */
EH_TARGET_512_BF16 EH_INLINE void tile(const few_args *a, const uint16_t *x, uint16_t *y, int64_t b,
                                       int64_t j, int channels, int vectors, int64_t stride)
{
    const eh_few_conv *k = a->k;
    const eh_onednn_conv *c = &k->c;
    const uint32_t *w = a->w + b * c->c * c->kh * k->pairs * LANES;
    __m512 sum[2][LANES];
    for (int o = 0; o < channels; o++) {
        bool real = a->after.bias && b * LANES + o < c->o;
        __m512 bias = _mm512_set1_ps(real ? a->after.bias[b * LANES + o] : 0);
        for (int v = 0; v < vectors; v++)
            sum[v][o] = bias;
    }
    for (int64_t i = 0; i < c->c; i++)
        for (int64_t p = 0; p < c->kh; p++) {
            const uint16_t *row = x + (i * k->in_rows + p * c->dilation[0]) * k->width + j * stride;
            for (int64_t t = 0; t < k->pairs; t++, row += 2, w += LANES) {
                __m512bh x0 = load_pairs(row, stride),
                         x1 = vectors > 1 ? load_pairs(row + LANES * stride, stride) : x0;
#pragma GCC unroll 16
                for (int o = 0; o < channels; o++) {
                    __m512bh v = (__m512bh)_mm512_set1_epi32((int)w[o]);
                    sum[0][o] = _mm512_dpbf16_ps(sum[0][o], v, x0);
                    if (vectors > 1)
                        sum[1][o] = _mm512_dpbf16_ps(sum[1][o], v, x1);
                }
            }
        }
    for (int v = 0; v < vectors; v++)
        store_block(y + (j + v * LANES) * LANES, sum[v], channels, a->after.relu, c->ow - j - v * LANES);
}

EH_TARGET_512_BF16 EH_INLINE void row_of(const few_args *a, const uint16_t *x, uint16_t *y, int64_t b,
                                         int channels, int64_t stride)
{
    int64_t j = 0;
    if (channels <= 12) /* more sums than registers otherwise */
        for (; j + LANES < a->k->c.ow; j += 2 * LANES)
            tile(a, x, y, b, j, channels, 2, stride);
    for (; j < a->k->c.ow; j += LANES)
        tile(a, x, y, b, j, channels, 1, stride);
}

EH_TARGET_512_BF16 EH_INLINE void band_of(const few_args *a, int64_t n, int64_t band, const uint16_t *x,
                                          int64_t stride)
{
    const eh_few_conv *k = a->k;
    const eh_onednn_conv *c = &k->c;
    int64_t from = band * k->rows, to = from + k->rows < c->oh ? from + k->rows : c->oh;
    for (int64_t b = 0; b < k->out_blocks; b++)
        for (int64_t i = from; i < to; i++) {
            const uint16_t *row = x + (i - from) * c->stride[0] * k->width;
            uint16_t *y = a->y + ((n * k->out_blocks + b) * c->oh + i) * c->ow * LANES;
            int64_t left = c->o - b * LANES;
            if (left > 12)
                row_of(a, row, y, b, 16, stride);
            else if (left > 8)
                row_of(a, row, y, b, 12, stride);
            else
                row_of(a, row, y, b, 8, stride);
        }
}

/* Item: (image, band). */
EH_TARGET_512_BF16 static void few_work(const void *args, int part, int parts)
{
    const few_args *a = args;
    const eh_few_conv *k = a->k;
    uint16_t *x = a->order + (size_t)part * k->x_halfs;
    int64_t from, to;
    eh_cpu_share(k->c.n * k->bands, part, parts, &from, &to);
    for (int64_t item = from; item < to; item++) {
        int64_t n = item / k->bands, band = item % k->bands;
        order_rows(a, n, band, x);
        if (k->c.stride[1] == 2)
            band_of(a, n, band, x, 2);
        else
            band_of(a, n, band, x, 1);
    }
}

void eh_few_forward(const eh_few_conv *k, const uint16_t *x, const float *w, uint16_t *y,
                    eh_small_after after, void *scratch)
{
    const eh_onednn_conv *c = &k->c;
    uint32_t *words = scratch;
    few_args a = {
        .k = k, .x = x, .w = words, .y = y, .order = (uint16_t *)(words + k->weight_words), .after = after
    };
    order_weights(k, w, words);
    double work = (double)(c->n * c->oh * c->ow * c->o) * (double)(c->c * c->kh * k->pairs);
    int parts = eh_cpu_parts(work / 4);
    eh_cpu_run(few_work, &a, parts < k->parts ? parts : k->parts);
}

#else /* eh_few_fits never says yes here */

void eh_few_forward(const eh_few_conv *k, const uint16_t *x, const float *w, uint16_t *y,
                    eh_small_after after, void *scratch)
{
    (void)k, (void)x, (void)w, (void)y, (void)after, (void)scratch;
    assert(!"only with AVX512_BF16");
}

#endif
