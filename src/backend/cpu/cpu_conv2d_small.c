/* cpu_conv2d_small.c - convolution of small maps, all three passes, with AVX-512.
 *
 * Idea    On a map of 2x2 a 3x3 kernel with padding meets zeros in 5 of 9 places. Here every kernel position that does meet the image is a matrix product
 *         of its own: y[out] += x[in] w[tap] over all images and channels, for the pairs (in, out) that the position joins. Nothing is multiplied with
 *         padding, and the products are large: rows are images.
 * Forward      rows: images; columns: 16 output channels; the sum runs over pairs and input channels.
 * Input grad   the same with the roles of the channels exchanged; weights with output channels outside.
 * Weight grad  rows: 16 input channels; columns: 16 output channels; the sum runs over pairs and images, for which x and dy are first brought into the
 *              order [position][block of channels][image][16], so that it walks memory in order. Nothing is added across threads: the result does not
 *              depend on their number.
 * Cost    FLOP of the pairs that exist; at 512 channels and 2x2 about a tenth of the time of oneDNN 2.6's weight gradient, a third of its forward pass.
 * Easy to get wrong: the lists of pairs with strides: in = out * stride - pad + dilation * tap.
 */
#include "backend/cpu/cpu_conv2d_small.h"

#include <string.h>

#define LANES 16
#define BLOCK (LANES * LANES) /* of weights: 16 x 16 channels at one kernel position */

/* Where oneDNN's direct convolution is slower (measured on ResNet-18's layers): always up to 2x2; up to 4x4 for input gradients with a stride; weight
 * gradients up to 7x7. */
bool eh_small_pays(eh_conv_pass pass, const eh_onednn_conv *c)
{
    int64_t outs = c->oh * c->ow;
    bool strided = c->stride[0] > 1 || c->stride[1] > 1;
    if (c->kh * c->kw == 1)
        return false; /* nothing is multiplied with padding there */
    if (c->bf16)      /* forward, oneDNN is as fast where rows of the map fill its tiles */
        return outs <= 4 || (pass == EH_CONV_INPUT_GRAD ? outs <= 64 : outs > 16 && outs <= 49);
    if (pass == EH_CONV_WEIGHT_GRAD)
        return outs <= 49;
    return outs <= (pass == EH_CONV_INPUT_GRAD && strided ? 16 : 4);
}

bool eh_small_conv_fits(eh_small_conv *out, eh_conv_pass pass, const eh_onednn_conv *c)
{
    bool fits = eh_cpu_get_level() == EH_CPU_512 && !c->bf16 && c->groups == 1 && c->c % LANES == 0 &&
                c->o % LANES == 0 && c->n >= 4;
    return fits && eh_small_conv_list(out, pass, c);
}

bool eh_small_conv_list(eh_small_conv *out, eh_conv_pass pass, const eh_onednn_conv *c)
{
    int64_t taps = c->kh * c->kw, outs = c->oh * c->ow, ins = c->h * c->w;
    if (ins > EH_SMALL_MAP || taps > EH_SMALL_MAP || outs * taps > EH_SMALL_PAIRS)
        return false;
    *out = (eh_small_conv){ .c = *c, .pass = pass };
    out->groups = (int)(pass == EH_CONV_FORWARD ? outs : pass == EH_CONV_INPUT_GRAD ? ins : taps);
    int count = 0;
    for (int g = 0; g < out->groups; g++) {
        out->start[g] = (int16_t)count;
        for (int64_t o = 0; o < outs; o++)
            for (int64_t t = 0; t < taps; t++) {
                int64_t h = o / c->ow * c->stride[0] - c->pad[0] + t / c->kw * c->dilation[0];
                int64_t w = o % c->ow * c->stride[1] - c->pad[1] + t % c->kw * c->dilation[1];
                int64_t in = h * c->w + w, group = pass == EH_CONV_FORWARD      ? o
                                                   : pass == EH_CONV_INPUT_GRAD ? in
                                                                                : t;
                if (h >= 0 && h < c->h && w >= 0 && w < c->w && group == g)
                    out->pair[count++] = (eh_small_pair){ (int16_t)in, (int16_t)o, (int16_t)t };
            }
    }
    out->start[out->groups] = (int16_t)count;
    return true;
}

eh_md *eh_small_weights(eh_conv_pass pass, const eh_onednn_conv *c)
{
    int64_t dims[EH_MD_MAX] = { c->o, c->c, c->kh, c->kw };
    return eh_md_tag(dnnl_f32, 4, dims, pass == EH_CONV_INPUT_GRAD ? dnnl_OIhw16o16i : dnnl_OIhw16i16o);
}

double eh_small_flops(const eh_small_conv *k)
{
    return 2.0 * (double)k->c.n * (double)k->c.c * (double)k->c.o * k->start[k->groups];
}

/* Floats of x and of dy in the weight gradient's order. */
static size_t packed(const eh_small_conv *k, bool of_x)
{
    return (size_t)(of_x ? k->c.c * k->c.h * k->c.w : k->c.o * k->c.oh * k->c.ow) * (size_t)k->c.n;
}

size_t eh_small_scratch(const eh_small_conv *k)
{
    return k->pass == EH_CONV_WEIGHT_GRAD ? (packed(k, true) + packed(k, false)) * sizeof(float) : 0;
}

#if defined(__x86_64__)

#include <immintrin.h>

/* ---- forward and input gradient ---- */

/* "From" is what is summed over (x, or dy), "to" what is made (y, or dx). */
typedef struct rows_args {
    const eh_small_conv *k;
    const float *from, *w;
    float *to;
    eh_small_after after;
    int64_t from_blocks, to_blocks, from_map, to_map;
    int64_t w_from, w_to; /* floats between blocks of weights */
} rows_args;

/* Sums of `rows` images for one position and `wide` blocks of channels. */
EH_TARGET_512 EH_INLINE void tile(const rows_args *a, int group, int64_t n, int64_t b, int rows, int wide)
{
    const eh_small_conv *k = a->k;
    const int64_t image = a->from_blocks * a->from_map * LANES, to_image = a->to_blocks * a->to_map * LANES;
    const bool forward = k->pass == EH_CONV_FORWARD;
    __m512 sum[8][2];
    float *to = a->to + n * to_image + (b * a->to_map + group) * LANES;
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++)
            sum[r][v] =
                a->after.bias ? _mm512_loadu_ps(a->after.bias + (b + v) * LANES) : _mm512_setzero_ps();
    for (int p = k->start[group]; p < k->start[group + 1]; p++) {
        const eh_small_pair *pair = &k->pair[p];
        const float *from = a->from + n * image + (forward ? pair->in : pair->out) * LANES;
        const float *w = a->w + b * a->w_to + pair->tap * BLOCK;
        for (int64_t f = 0; f < a->from_blocks; f++, from += a->from_map * LANES, w += a->w_from)
            for (int i = 0; i < LANES; i++) {
                __m512 w0 = _mm512_loadu_ps(w + i * LANES),
                       w1 = wide > 1 ? _mm512_loadu_ps(w + a->w_to + i * LANES) : w0;
                for (int r = 0; r < rows; r++) {
                    __m512 x = _mm512_set1_ps(from[r * image + i]);
                    sum[r][0] = _mm512_fmadd_ps(x, w0, sum[r][0]);
                    if (wide > 1)
                        sum[r][1] = _mm512_fmadd_ps(x, w1, sum[r][1]);
                }
            }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) {
            float *place = to + r * to_image + v * a->to_map * LANES;
            __m512 y = sum[r][v];
            if (a->after.sum)
                y = _mm512_add_ps(y, _mm512_loadu_ps(place));
            if (a->after.relu)
                y = _mm512_max_ps(y, _mm512_setzero_ps());
            _mm512_storeu_ps(place, y);
        }
}

EH_TARGET_512 EH_INLINE void all_rows(const rows_args *a, int group, int64_t b, int wide)
{
    int64_t n = 0, images = a->k->c.n;
    for (; n + 8 <= images; n += 8)
        tile(a, group, n, b, 8, wide);
    for (; n + 4 <= images; n += 4)
        tile(a, group, n, b, 4, wide);
    for (; n < images; n++)
        tile(a, group, n, b, 1, wide);
}

EH_TARGET_512 static void rows_work(const void *args, int part, int parts)
{
    const rows_args *a = args;
    int64_t from, to, twos = (a->to_blocks + 1) / 2;
    eh_cpu_share(twos, part, parts, &from, &to);
    for (int64_t b = from * 2; b < to * 2 && b < a->to_blocks; b += 2)
        for (int group = 0; group < a->k->groups; group++)
            if (b + 1 < a->to_blocks)
                all_rows(a, group, b, 2);
            else
                all_rows(a, group, b, 1);
}

static void run_rows(const rows_args *a)
{
    eh_cpu_run(rows_work, a, eh_cpu_parts(eh_small_flops(a->k)));
}

void eh_small_forward(const eh_small_conv *k, const float *x, const float *w, float *y, eh_small_after after)
{
    const eh_onednn_conv *c = &k->c;
    int64_t taps = c->kh * c->kw;
    run_rows(&(rows_args){ .k = k,
                           .from = x,
                           .w = w,
                           .to = y,
                           .after = after,
                           .from_blocks = c->c / LANES,
                           .to_blocks = c->o / LANES,
                           .from_map = c->h * c->w,
                           .to_map = c->oh * c->ow,
                           .w_from = taps * BLOCK,
                           .w_to = c->c / LANES * taps * BLOCK });
}

void eh_small_input_grad(const eh_small_conv *k, const float *dy, const float *w, float *dx)
{
    const eh_onednn_conv *c = &k->c;
    int64_t taps = c->kh * c->kw;
    run_rows(&(rows_args){ .k = k,
                           .from = dy,
                           .w = w,
                           .to = dx,
                           .from_blocks = c->o / LANES,
                           .to_blocks = c->c / LANES,
                           .from_map = c->oh * c->ow,
                           .to_map = c->h * c->w,
                           .w_from = c->c / LANES * taps * BLOCK,
                           .w_to = taps * BLOCK });
}

/* ---- weight gradient ---- */

typedef struct weights_args {
    const eh_small_conv *k;
    const float *x, *dy;
    float *px, *py; /* [position][block][image][16] */
    float *dw;
} weights_args;

static void pack(const float *from, float *to, int64_t images, int64_t blocks, int64_t map, int64_t first,
                 int64_t last)
{
    for (int64_t b = first; b < last; b++)
        for (int64_t n = 0; n < images; n++)
            for (int64_t s = 0; s < map; s++)
                memcpy(to + ((s * blocks + b) * images + n) * LANES,
                       from + ((n * blocks + b) * map + s) * LANES, LANES * sizeof(float));
}

static void pack_work(const void *args, int part, int parts)
{
    const weights_args *a = args;
    const eh_onednn_conv *c = &a->k->c;
    int64_t from, to;
    eh_cpu_share(c->c / LANES, part, parts, &from, &to);
    pack(a->x, a->px, c->n, c->c / LANES, c->h * c->w, from, to);
    eh_cpu_share(c->o / LANES, part, parts, &from, &to);
    pack(a->dy, a->py, c->n, c->o / LANES, c->oh * c->ow, from, to);
}

/* Eight input channels from `i` of block `cb` by `wide` blocks of output channels at one kernel position. */
EH_TARGET_512 EH_INLINE void weights_tile(const weights_args *a, int tap, int64_t ob, int64_t cb, int i,
                                          int wide)
{
    const eh_small_conv *k = a->k;
    const eh_onednn_conv *c = &k->c;
    const int64_t row = c->n * LANES, in_blocks = c->c / LANES, out_blocks = c->o / LANES;
    __m512 sum[8][2];
    for (int r = 0; r < 8; r++)
        for (int v = 0; v < wide; v++)
            sum[r][v] = _mm512_setzero_ps();
    for (int p = k->start[tap]; p < k->start[tap + 1]; p++) {
        const float *x = a->px + (k->pair[p].in * in_blocks + cb) * row + i,
                    *dy = a->py + (k->pair[p].out * out_blocks + ob) * row;
        for (int64_t n = 0; n < row; n += LANES) {
            __m512 g0 = _mm512_loadu_ps(dy + n), g1 = wide > 1 ? _mm512_loadu_ps(dy + row + n) : g0;
            for (int r = 0; r < 8; r++) {
                __m512 v = _mm512_set1_ps(x[n + r]);
                sum[r][0] = _mm512_fmadd_ps(v, g0, sum[r][0]);
                if (wide > 1)
                    sum[r][1] = _mm512_fmadd_ps(v, g1, sum[r][1]);
            }
        }
    }
    int64_t taps = c->kh * c->kw;
    for (int v = 0; v < wide; v++)
        for (int r = 0; r < 8; r++)
            _mm512_storeu_ps(a->dw + (((ob + v) * in_blocks + cb) * taps + tap) * BLOCK + (i + r) * LANES,
                             sum[r][v]);
}

EH_TARGET_512 static void weights_work(const void *args, int part, int parts)
{
    const weights_args *a = args;
    const eh_onednn_conv *c = &a->k->c;
    int64_t from, to, blocks = c->o / LANES;
    eh_cpu_share((blocks + 1) / 2, part, parts, &from, &to);
    for (int64_t ob = from * 2; ob < to * 2 && ob < blocks; ob += 2)
        for (int64_t cb = 0; cb < c->c / LANES; cb++)
            for (int tap = 0; tap < a->k->groups; tap++)
                for (int i = 0; i < LANES; i += 8)
                    if (ob + 1 < blocks)
                        weights_tile(a, tap, ob, cb, i, 2);
                    else
                        weights_tile(a, tap, ob, cb, i, 1);
}

void eh_small_weight_grad(const eh_small_conv *k, const float *x, const float *dy, float *dw, void *scratch)
{
    weights_args a = { .k = k, .x = x, .dy = dy, .px = scratch, .dw = dw };
    a.py = a.px + packed(k, true);
    eh_cpu_run(pack_work, &a, eh_cpu_parts((double)eh_small_scratch(k)));
    eh_cpu_run(weights_work, &a, eh_cpu_parts(eh_small_flops(k)));
}

#else /* eh_small_conv_fits never says yes here */

void eh_small_forward(const eh_small_conv *k, const float *x, const float *w, float *y, eh_small_after after)
{
    (void)k, (void)x, (void)w, (void)y, (void)after;
    assert(!"only with AVX-512");
}

void eh_small_input_grad(const eh_small_conv *k, const float *dy, const float *w, float *dx)
{
    (void)k, (void)dy, (void)w, (void)dx;
    assert(!"only with AVX-512");
}

void eh_small_weight_grad(const eh_small_conv *k, const float *x, const float *dy, float *dw, void *scratch)
{
    (void)k, (void)x, (void)dy, (void)dw, (void)scratch;
    assert(!"only with AVX-512");
}

#endif
