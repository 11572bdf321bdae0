/* cpu_conv2d_dot_small.c - convolution of small bf16 maps and its input gradient by AVX512_BF16's dot products.
 *
 * Idea    As cpu_conv2d_small.c: every kernel position that meets the image is a matrix product of its own, rows are images, and nothing is multiplied
 *         with padding. Neighbouring channels of one position are the pairs that the instruction multiplies; they lie side by side already.
 * Weights aBcd8i16o2i's order: 16 x 16 channels at one kernel position are [8 pairs summed over][16 made][2].
 * Cost    The multiplications that exist, near the processor's peak: 5/9 of a 3x3 kernel's are left out on a map of 2x2, a sixth on 8x8.
 */
#include "backend/cpu/cpu_conv2d_dot.h"

#include <string.h>

#define LANES 16
#define BLOCK (LANES * LANES / 2) /* words of weights: 16 x 16 channels at one kernel position */

bool eh_dot_small_fits(eh_small_conv *out, eh_conv_pass pass, const eh_onednn_conv *c)
{
    bool fits = c->bf16 && eh_cpu_variant() == EH_CPU_512_BF16 && pass != EH_CONV_WEIGHT_GRAD &&
                c->groups == 1 && c->c > 4 && c->o > 4 && c->n >= 4;
    return fits && eh_small_conv_list(out, pass, c);
}

eh_md *eh_dot_small_weights(eh_conv_pass pass, const eh_onednn_conv *c)
{
    int64_t dims[EH_MD_MAX] = { c->o, c->c, c->kh, c->kw };
    return eh_md_tag(dnnl_bf16, 4, dims, pass == EH_CONV_INPUT_GRAD ? dnnl_OIhw8o16i2o : dnnl_OIhw8i16o2i);
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

/* "From" is what is summed over (x, or dy), "to" what is made (y, or dx). Words are pairs of channels. */
typedef struct rows_args {
    const eh_small_conv *k;
    const uint32_t *from, *w;
    void *to;
    eh_small_after after;
    int64_t from_blocks, to_blocks, from_map, to_map;
    int64_t w_from, w_to; /* words between blocks of weights */
} rows_args;

/* Lanes of block `b` that are channels. */
static __mmask16 channels_of(const rows_args *a, int64_t b)
{
    const eh_onednn_conv *c = &a->k->c;
    int64_t left = (a->k->pass == EH_CONV_FORWARD ? c->o : c->c) - b * LANES;
    return left >= LANES ? 0xffff : (__mmask16)((1u << left) - 1);
}

/* Finishes 16 channels of one position: what is added, the relu, and the element's type. */
EH_TARGET_512_BF16 EH_INLINE void finish(const rows_args *a, int64_t at, __m512 y)
{
    bool f32 = a->k->c.exact;
    float *wide = (float *)a->to + at;
    uint16_t *half = (uint16_t *)a->to + at;
    if (a->after.sum && f32)
        y = _mm512_add_ps(y, _mm512_loadu_ps(wide));
    else if (a->after.sum)
        y = _mm512_add_ps(y, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(
                                                                       (const __m256i *)(void *)half)),
                                                                   16)));
    if (a->after.relu)
        y = _mm512_max_ps(_mm512_setzero_ps(), y); /* the second operand where one is NaN */
    if (f32)
        _mm512_storeu_ps(wide, y);
    else
        _mm256_storeu_si256((__m256i *)(void *)half, (__m256i)_mm512_cvtneps_pbh(y));
}

/* Sums of `rows` images for one position and `wide` blocks of channels. */
EH_TARGET_512_BF16 EH_INLINE void tile(const rows_args *a, int group, int64_t n, int64_t b, int rows,
                                       int wide)
{
    const eh_small_conv *k = a->k;
    const int64_t image = a->from_blocks * a->from_map * LANES / 2,
                  to_image = a->to_blocks * a->to_map * LANES;
    const bool forward = k->pass == EH_CONV_FORWARD;
    __m512 sum[8][2];
    for (int v = 0; v < wide; v++) {
        __m512 bias = a->after.bias
                          ? _mm512_maskz_loadu_ps(channels_of(a, b + v), a->after.bias + (b + v) * LANES)
                          : _mm512_setzero_ps();
        for (int r = 0; r < rows; r++)
            sum[r][v] = bias;
    }
    for (int p = k->start[group]; p < k->start[group + 1]; p++) {
        const eh_small_pair *pair = &k->pair[p];
        const uint32_t *from = a->from + n * image + (forward ? pair->in : pair->out) * LANES / 2;
        const uint32_t *w = a->w + b * a->w_to + pair->tap * BLOCK;
        for (int64_t f = 0; f < a->from_blocks; f++, from += a->from_map * LANES / 2, w += a->w_from)
            for (int i = 0; i < LANES / 2; i++) {
                __m512bh w0 = (__m512bh)_mm512_loadu_si512(w + i * LANES),
                         w1 = wide > 1 ? (__m512bh)_mm512_loadu_si512(w + a->w_to + i * LANES) : w0;
#pragma GCC unroll 8
                for (int r = 0; r < rows; r++) {
                    __m512bh x = (__m512bh)_mm512_set1_epi32((int)from[r * image + i]);
                    sum[r][0] = _mm512_dpbf16_ps(sum[r][0], x, w0);
                    if (wide > 1)
                        sum[r][1] = _mm512_dpbf16_ps(sum[r][1], x, w1);
                }
            }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++)
            finish(a, (n + r) * to_image + ((b + v) * a->to_map + group) * LANES, sum[r][v]);
}

EH_TARGET_512_BF16 EH_INLINE void all_rows(const rows_args *a, int group, int64_t b, int wide)
{
    int64_t n = 0, images = a->k->c.n;
    for (; n + 8 <= images; n += 8)
        tile(a, group, n, b, 8, wide);
    for (; n + 4 <= images; n += 4)
        tile(a, group, n, b, 4, wide);
    for (; n < images; n++)
        tile(a, group, n, b, 1, wide);
}

/* Item: (two blocks, position). */
EH_TARGET_512_BF16 static void rows_work(const void *args, int part, int parts)
{
    const rows_args *a = args;
    int64_t from, to, groups = a->k->groups;
    eh_cpu_share((a->to_blocks + 1) / 2 * groups, part, parts, &from, &to);
    for (int64_t item = from; item < to; item++) {
        int64_t b = item / groups * 2;
        if (b + 1 < a->to_blocks)
            all_rows(a, (int)(item % groups), b, 2);
        else
            all_rows(a, (int)(item % groups), b, 1);
    }
}

static int64_t blocks_of(int64_t channels)
{
    return (channels + LANES - 1) / LANES;
}

void eh_dot_small_forward(const eh_small_conv *k, const void *x, const void *w, void *y, eh_small_after after)
{
    const eh_onednn_conv *c = &k->c;
    int64_t taps = c->kh * c->kw;
    rows_args a = { .k = k,
                    .from = x,
                    .w = w,
                    .to = y,
                    .after = after,
                    .from_blocks = blocks_of(c->c),
                    .to_blocks = blocks_of(c->o),
                    .from_map = c->h * c->w,
                    .to_map = c->oh * c->ow,
                    .w_from = taps * BLOCK,
                    .w_to = blocks_of(c->c) * taps * BLOCK };
    eh_cpu_run(rows_work, &a, eh_cpu_parts(eh_small_flops(k) / 2));
}

void eh_dot_small_input_grad(const eh_small_conv *k, const void *dy, const void *w, void *dx)
{
    const eh_onednn_conv *c = &k->c;
    int64_t taps = c->kh * c->kw;
    rows_args a = { .k = k,
                    .from = dy,
                    .w = w,
                    .to = dx,
                    .from_blocks = blocks_of(c->o),
                    .to_blocks = blocks_of(c->c),
                    .from_map = c->oh * c->ow,
                    .to_map = c->h * c->w,
                    .w_from = blocks_of(c->c) * taps * BLOCK,
                    .w_to = taps * BLOCK };
    eh_cpu_run(rows_work, &a, eh_cpu_parts(eh_small_flops(k) / 2));
}

#else /* eh_dot_small_fits never says yes here */

void eh_dot_small_forward(const eh_small_conv *k, const void *x, const void *w, void *y, eh_small_after after)
{
    (void)k, (void)x, (void)w, (void)y, (void)after;
    assert(!"only with AVX512_BF16");
}

void eh_dot_small_input_grad(const eh_small_conv *k, const void *dy, const void *w, void *dx)
{
    (void)k, (void)dy, (void)w, (void)dx;
    assert(!"only with AVX512_BF16");
}

#endif
