/* cpu_conv2d_wino.c - convolution with 3x3 kernels of stride 1 by Winograd's algorithm F(4x4, 3x3): forward and input gradient, with AVX-512. The
 * weight gradient is in cpu_conv2d_wino_grad.c, the transforms of a tile in cpu_wino_tile.h.
 *
 * Idea    4x4 results need 6x6 inputs. Both, and the kernel, are taken to 36 points where the convolution is a product per point: 36 multiplications
 *         instead of 144. The products of all tiles, channels and kernels at a point are one matrix product.
 * Math    Y = A^T [ (G g G^T) . (B^T d B) summed over channels ] A, by tile. The input gradient is the convolution of dy with the kernels turned by
 *         half a turn, channels exchanged, padding 2 - pad.
 * Order   A thread takes some 28 tiles at a time through all three parts, so that what lies between stays in its cache; weights are transformed before.
 *         With few tiles (deep layers, where the weights are most of the memory) it takes all its tiles at once and, for 32 channels of the
 *         result after the other, transforms their weights, uses them and forgets them: the transformed weights, four times as large as the
 *         weights, are never written to memory.
 * Bits    The sum over channels has one order, whatever the threads and the blocks are.
 * Cost    1/4 of the direct sum's multiplications where the map is a multiple of 4, 0.33 for 7x7 or 14x14; the transforms are some 25 % on top at 32
 *         channels, 6 % at 128.
 * Source  Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016; the points are ours.
 * Easy to get wrong: points a multiple of 4096 bytes apart fall on the same lines of the cache; hence the odd distances.
 */
#include "backend/cpu/cpu_conv2d_wino.h"
#include "backend/cpu/cpu_wino_tile.h"

#include <string.h>

#define LANES 16
#define ROWS  14 /* of tiles in one matrix product: 28 sums in registers */
#define FEW   72 /* tiles of a thread */

/* The next distance above `floats` that is an odd number of cache lines. */
static int64_t spread(int64_t floats)
{
    return ((floats + LANES - 1) / LANES | 1) * LANES;
}

bool eh_wino_pays(const eh_onednn_conv *c)
{
    int64_t tiles = c->n * ((c->oh + 3) / 4) * ((c->ow + 3) / 4);
    return c->oh >= 3 && c->ow >= 3 && c->c > 8 && c->o > 8 && tiles >= 32;
}

bool eh_wino_fits(eh_wino_conv *out, eh_conv_pass pass, const eh_onednn_conv *c)
{
    bool fits = eh_cpu_get_level() == EH_CPU_512 && !c->bf16 && c->kh == 3 && c->kw == 3 &&
                c->stride[0] == 1 && c->stride[1] == 1 && c->dilation[0] == 1 && c->dilation[1] == 1 &&
                c->groups == 1 && c->c > 4 && c->o > 4 && c->pad[0] <= 2 && c->pad[1] <= 2;
    if (!fits)
        return false;
    bool back = pass == EH_CONV_INPUT_GRAD;
    eh_wino_conv k = { .pass = pass,
                       .n = c->n,
                       .from_blocks = ((back ? c->o : c->c) + LANES - 1) / LANES,
                       .to_blocks = ((back ? c->c : c->o) + LANES - 1) / LANES,
                       .to_channels = back ? c->c : c->o,
                       .from_h = back ? c->oh : c->h,
                       .from_w = back ? c->ow : c->w,
                       .to_h = back ? c->h : c->oh,
                       .to_w = back ? c->w : c->ow };
    for (int i = 0; i < 2; i++)
        k.pad[i] = back ? 2 - c->pad[i] : c->pad[i];
    k.tile_rows = (k.to_h + 3) / 4;
    k.tile_columns = (k.to_w + 3) / 4;
    k.tiles = k.n * k.tile_rows * k.tile_columns;
    int64_t pairs = (k.to_blocks + 1) / 2;
    k.parts = eh_cpu_parts((double)k.tiles * (double)(k.from_blocks * k.to_blocks) * 1024);
    int64_t share = (k.tiles + k.parts - 1) / k.parts;
    k.few = share <= FEW;
    int64_t rounds = k.few ? 1 : (share + 2 * ROWS - 1) / (2 * ROWS);
    k.block = (share + rounds - 1) / rounds;
    k.v_point = spread(k.from_blocks * k.block * LANES);
    k.v = EH_WINO_POINTS * k.v_point;
    k.u_point = spread(k.from_blocks * LANES * 2 * LANES);
    k.u_pair = EH_WINO_POINTS * k.u_point;
    k.u = pairs * k.u_pair;
    k.m_point = spread(k.block * 2 * LANES);
    k.m = EH_WINO_POINTS * k.m_point;
    *out = k;
    return true;
}

size_t eh_wino_weights(const eh_wino_conv *k)
{
    return (size_t)k->u * sizeof(float);
}

size_t eh_wino_scratch(const eh_wino_conv *k)
{
    return (size_t)((k->few ? 0 : k->u) + k->parts * (k->m + k->v + (k->few ? k->u_pair : 0))) *
           sizeof(float);
}

#if defined(__x86_64__)

typedef struct wino_args {
    const eh_wino_conv *k;
    const float *from, *w;
    float *to;
    eh_wino_after after;
    const float *u; /* transformed weights; NULL: each thread makes what it needs */
    float *make_u;  /* where transform_work puts them */
    float *own;     /* memory of the threads */
} wino_args;

/* ---- weights ---- */

/* Weights for the results of one pair of blocks: [point][channel summed over][32]. */
EH_TARGET_512 static void transform_pair(const eh_wino_conv *k, const float *w, int64_t pair, float *u)
{
    const bool back = k->pass == EH_CONV_INPUT_GRAD;
    const int64_t in_blocks = back ? k->to_blocks : k->from_blocks;
    float turned[9][LANES * LANES] __attribute__((aligned(64)));
    for (int64_t v = 0; v < 2 && pair * 2 + v < k->to_blocks; v++)
        for (int64_t f = 0; f < k->from_blocks; f++) {
            int64_t o = back ? f : pair * 2 + v, i = back ? pair * 2 + v : f;
            const float *block = w + (o * in_blocks + i) * 9 * LANES * LANES;
            if (back) {
                for (int tap = 0; tap < 9; tap++)
                    eh_wino_transpose(block + tap * LANES * LANES, LANES, turned[tap]);
                block = turned[0];
            }
            for (int l = 0; l < LANES; l++)
                eh_wino_weights_of(block + l * LANES, LANES * LANES, back,
                                   u + (f * LANES + l) * 2 * LANES + v * LANES, k->u_point);
        }
}

static void transform_work(const void *args, int part, int parts)
{
    const wino_args *a = args;
    int64_t from, to;
    eh_cpu_share((a->k->to_blocks + 1) / 2, part, parts, &from, &to);
    for (int64_t pair = from; pair < to; pair++)
        transform_pair(a->k, a->w, pair, a->make_u + pair * a->k->u_pair);
}

void eh_wino_transform(const eh_wino_conv *k, const float *w, float *transformed)
{
    wino_args a = { .k = k, .w = w, .make_u = transformed };
    eh_cpu_run(transform_work, &a, eh_cpu_parts((double)eh_wino_weights(k)));
}

/* ---- input ---- */

/* Tiles [from, to) of all channels, as rows 0 ... of v. */
EH_TARGET_512 static void transform_input(const wino_args *a, int64_t from, int64_t to, float *v)
{
    const eh_wino_conv *k = a->k;
    const int64_t per_image = k->tile_rows * k->tile_columns, plane = k->from_h * k->from_w * LANES;
    for (int64_t b = 0; b < k->from_blocks; b++)
        for (int64_t t = from; t < to; t++) {
            int64_t n = t / per_image, i = t % per_image / k->tile_columns, j = t % k->tile_columns;
            eh_wino_plane p = { a->from + (n * k->from_blocks + b) * plane, k->from_h, k->from_w };
            eh_wino_input(p, i * 4 - k->pad[0], j * 4 - k->pad[1], v + (b * k->block + t - from) * LANES,
                          k->v_point);
        }
}

/* ---- products ---- */

/* m[row][32] = the sum over channels of v[channel block][row][16] u[channel][32], for `rows` rows and `wide` blocks of results. */
EH_TARGET_512 EH_INLINE void product(const float *v, int64_t v_block, const float *u, float *m,
                                     int64_t blocks, int rows, int wide)
{
    __m512 sum[ROWS][2];
    for (int r = 0; r < rows; r++)
        for (int o = 0; o < wide; o++)
            sum[r][o] = _mm512_setzero_ps();
    for (int64_t b = 0; b < blocks; b++, v += v_block)
        for (int i = 0; i < LANES; i++, u += 2 * LANES) {
            __m512 u0 = _mm512_loadu_ps(u), u1 = wide > 1 ? _mm512_loadu_ps(u + LANES) : u0;
            for (int r = 0; r < rows; r++) {
                __m512 x = _mm512_set1_ps(v[r * LANES + i]);
                sum[r][0] = _mm512_fmadd_ps(x, u0, sum[r][0]);
                if (wide > 1)
                    sum[r][1] = _mm512_fmadd_ps(x, u1, sum[r][1]);
            }
        }
    for (int r = 0; r < rows; r++)
        for (int o = 0; o < wide; o++)
            _mm512_storeu_ps(m + (r * 2 + o) * LANES, sum[r][o]);
}

/* `rows` of tiles, in as few products of at most 14 as it takes, evenly. */
EH_TARGET_512 EH_INLINE void products(const float *v, int64_t v_block, const float *u, float *m,
                                      int64_t blocks, int64_t rows, int wide)
{
    int64_t rounds = (rows + ROWS - 1) / ROWS;
    for (int64_t i = 0; i < rounds; i++) {
        int64_t from = rows * i / rounds, count = rows * (i + 1) / rounds - from;
        const float *x = v + from * LANES;
        float *y = m + from * 2 * LANES;
#define CASE(r)                                     \
    case r:                                         \
        product(x, v_block, u, y, blocks, r, wide); \
        break
        switch (count) {
            CASE(14);
            CASE(13);
            CASE(12);
            CASE(11);
            CASE(10);
            CASE(9);
            CASE(8);
            CASE(7);
            CASE(6);
            CASE(5);
            CASE(4);
            CASE(3);
            CASE(2);
            CASE(1);
        default:
            break;
        }
#undef CASE
    }
}

/* ---- results ---- */

/* The 4x4 results of a tile from its 36 products m[point * step]; `rows` and `columns` of them lie in the image. */
EH_TARGET_512 EH_INLINE void output_tile(const float *m, int64_t step, float *y, int64_t width, int64_t rows,
                                         int64_t columns, __m512 bias, eh_wino_after after)
{
    __m512 t[4][6], out[4];
    for (int c = 0; c < 6; c++, m += step) {
        eh_wino_out(out, _mm512_loadu_ps(m), _mm512_loadu_ps(m + 6 * step), _mm512_loadu_ps(m + 12 * step),
                    _mm512_loadu_ps(m + 18 * step), _mm512_loadu_ps(m + 24 * step),
                    _mm512_loadu_ps(m + 30 * step));
        for (int r = 0; r < 4; r++)
            t[r][c] = out[r];
    }
    for (int r = 0; r < 4; r++, y += width * LANES) {
        if (r >= rows)
            break;
        eh_wino_out(out, t[r][0], t[r][1], t[r][2], t[r][3], t[r][4], t[r][5]);
        for (int c = 0; c < 4; c++) {
            if (c >= columns)
                break;
            __m512 value = _mm512_add_ps(out[c], bias);
            if (after.sum)
                value = _mm512_add_ps(value, _mm512_loadu_ps(y + c * LANES));
            if (after.relu)
                value = _mm512_max_ps(value, _mm512_setzero_ps());
            _mm512_storeu_ps(y + c * LANES, value);
        }
    }
}

/* Tiles [from, from + rows) of one pair of blocks, from the products of all points. */
EH_TARGET_512 static void transform_output(const wino_args *a, int64_t from, int64_t rows, int64_t pair,
                                           const float *m)
{
    const eh_wino_conv *k = a->k;
    const int64_t per_image = k->tile_rows * k->tile_columns, plane = k->to_h * k->to_w * LANES;
    for (int64_t v = 0; v < 2 && pair * 2 + v < k->to_blocks; v++) {
        int64_t b = pair * 2 + v, channels = k->to_channels - b * LANES;
        __mmask16 real = (__mmask16)(channels < LANES ? (1 << channels) - 1 : 0xffff);
        __m512 bias =
            a->after.bias ? _mm512_maskz_loadu_ps(real, a->after.bias + b * LANES) : _mm512_setzero_ps();
        for (int64_t r = 0; r < rows; r++) {
            int64_t t = from + r, n = t / per_image, i = t % per_image / k->tile_columns * 4,
                    j = t % k->tile_columns * 4;
            float *y = a->to + (n * k->to_blocks + b) * plane + (i * k->to_w + j) * LANES;
            output_tile(m + (r * 2 + v) * LANES, k->m_point, y, k->to_w, k->to_h - i, k->to_w - j, bias,
                        a->after);
        }
    }
}

/* All that a pair of blocks of results takes for `rows` transformed tiles. */
EH_TARGET_512 static void make_pair(const wino_args *a, int64_t from, int64_t rows, int64_t pair,
                                    const float *v, const float *u, float *m)
{
    const eh_wino_conv *k = a->k;
    const int64_t v_block = k->block * LANES;
    for (int64_t p = 0; p < EH_WINO_POINTS; p++)
        if (pair * 2 + 1 < k->to_blocks)
            products(v + p * k->v_point, v_block, u + p * k->u_point, m + p * k->m_point, k->from_blocks,
                     rows, 2);
        else
            products(v + p * k->v_point, v_block, u + p * k->u_point, m + p * k->m_point, k->from_blocks,
                     rows, 1);
    transform_output(a, from, rows, pair, m);
}

/* ---- all of it ---- */

static void tiles_work(const void *args, int part, int parts)
{
    const wino_args *a = args;
    const eh_wino_conv *k = a->k;
    float *v = a->own + part * (k->v + k->m + (k->few ? k->u_pair : 0)), *m = v + k->v, *u = m + k->m;
    int64_t from, to;
    eh_cpu_share(k->tiles, part, parts, &from, &to);
    for (int64_t t = from; t < to; t += k->block) {
        int64_t end = t + k->block < to ? t + k->block : to;
        transform_input(a, t, end, v);
        for (int64_t pair = 0; pair * 2 < k->to_blocks; pair++) {
            if (!a->u)
                transform_pair(k, a->w, pair, u);
            make_pair(a, t, end - t, pair, v, a->u ? a->u + pair * k->u_pair : u, m);
        }
    }
}

void eh_wino_run(const eh_wino_conv *k, const float *from, const float *w, const float *transformed,
                 float *to, eh_wino_after after, void *scratch)
{
    wino_args a = {
        .k = k, .from = from, .w = w, .to = to, .after = after, .u = transformed, .own = scratch
    };
    if (!k->few) {
        if (!transformed)
            eh_wino_transform(k, w, scratch);
        a.u = transformed ? transformed : scratch;
        a.own += k->u;
    }
    eh_cpu_run(tiles_work, &a, (int)k->parts);
}

#else /* eh_wino_fits never says yes here */

void eh_wino_transform(const eh_wino_conv *k, const float *w, float *transformed)
{
    (void)k, (void)w, (void)transformed;
    assert(!"only with AVX-512");
}

void eh_wino_run(const eh_wino_conv *k, const float *from, const float *w, const float *transformed,
                 float *to, eh_wino_after after, void *scratch)
{
    (void)k, (void)from, (void)w, (void)transformed, (void)to, (void)after, (void)scratch;
    assert(!"only with AVX-512");
}

#endif
