/* cpu_conv2d_dot.c - the weight gradient of a convolution of bf16 images by AVX512_BF16's dot products.
 *
 * Idea    The instruction multiplies pairs: lane l gets a[2l] b[2l] + a[2l+1] b[2l+1] added in f32. The sum of a weight gradient runs over images and
 *         positions, so elements of two images are brought side by side: word (n, n+1) of x is spread over the lanes, words (n, n+1) of 16 channels of
 *         dy are a vector. Every kernel position is a matrix product then: rows are channels of x, columns channels of dy, and nothing is multiplied
 *         with padding.
 * Order   x [block of channels][position][pair of images][16], dy the same; the sum for one kernel position walks both in order. As many images (or
 *         rows of one pair) are brought into order at once as leave three blocks in the second-level cache.
 * Planes  x of few channels (a network's first convolution) lies row-major: [channel][row][column][pair], with padding; rows of the product are kernel
 *         columns.
 * Math    dw[o,c,p,q] = sum over n, i, j of x[n, c, i s - pad + p d, j s - pad + q d] dy[n,o,i,j]
 * Cost    The multiplications that exist, at up to nine tenths of the processor's peak; x and dy are read and written once more.
 * Determinism  threads share out the elements of dw: the result does not depend on their number.
 * Easy to get wrong: an odd number of images (the last has zeros beside it).
 */
#include "backend/cpu/cpu_conv2d_dot.h"

#include <string.h>

#define LANES 16
#define BLOCK (LANES * LANES)
#define CACHE (512 * 1024) /* of the second level, for three blocks */

static int64_t blocks_of(int64_t channels)
{
    return (channels + LANES - 1) / LANES;
}

/* Rows of x that `rows` rows of dy meet. */
static int64_t rows_met(const eh_onednn_conv *c, int64_t rows)
{
    return (rows - 1) * c->stride[0] + (c->kh - 1) * c->dilation[0] + 1;
}

/* Bytes that a block of x and two of dy take for one pair of images and that many rows of dy. */
static int64_t panel_bytes(const eh_dot_grad *k, int64_t rows)
{
    const eh_onednn_conv *c = &k->c;
    int64_t x_rows = rows_met(c, rows), y = rows * c->ow * LANES * 2;
    int64_t x = k->planes ? c->c * x_rows * k->x_width : (x_rows < c->h ? x_rows : c->h) * c->w * LANES;
    return (x + y) * (int64_t)sizeof(uint32_t);
}

bool eh_dot_grad_fits(eh_dot_grad *out, const eh_onednn_conv *c)
{
    bool fits = c->bf16 && eh_cpu_variant() == EH_CPU_512_BF16 && c->groups == 1 && c->o > 4;
    if (!fits)
        return false;
    *out = (eh_dot_grad){ .c = *c, .planes = c->c <= 4, .out_blocks = blocks_of(c->o), .rows = c->oh };
    eh_dot_grad *k = out;
    if (k->planes && c->kw > 8)
        return false;
    k->in_blocks = k->planes ? 1 : blocks_of(c->c);
    k->x_width = k->planes ? (c->ow - 1) * c->stride[1] + (c->kw - 1) * c->dilation[1] + 1 : c->w;
    int64_t most = (c->n + 1) / 2, each = panel_bytes(k, c->oh);
    k->pairs = CACHE / each < 1 ? 1 : CACHE / each < most ? CACHE / each : most;
    while (k->pairs == 1 && k->rows > 1 && panel_bytes(k, k->rows) > CACHE)
        k->rows = (k->rows + 1) / 2;
    int64_t met = rows_met(c, k->rows);
    k->x_rows = k->planes || met < c->h ? met : c->h;
    k->x_words = (size_t)(k->in_blocks * (k->planes ? c->c : LANES) * k->x_rows * k->x_width * k->pairs);
    k->y_words = (size_t)(k->out_blocks * LANES * k->rows * c->ow * k->pairs);
    return true;
}

eh_md *eh_dot_grad_weights(const eh_dot_grad *k)
{
    int64_t dims[EH_MD_MAX] = { k->c.o, k->c.c, k->c.kh, k->c.kw };
    return eh_md_tag(dnnl_f32, 4, dims, k->planes ? dnnl_Ohwi16o : dnnl_OIhw16i16o);
}

size_t eh_dot_grad_scratch(const eh_dot_grad *k)
{
    return (k->x_words + k->y_words + LANES) * sizeof(uint32_t);
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

/* What is in order at the moment: pairs of images from `first`, rows r0 <= i < r1 of dy and rows h0 <= h < h1 of x (planes: h1 - h0 may be in the
 * padding). */
typedef struct piece {
    const eh_dot_grad *k;
    const uint16_t *x, *dy;
    uint32_t *px, *py;
    float *dw;
    int64_t image, pairs, r0, r1, h0, h1;
    bool first;
} piece;

/* ---- order ---- */

/* Sixteen elements of two images side by side; b NULL: zeros. */
EH_TARGET_512 EH_INLINE __m512i side_by_side(const uint16_t *a, const uint16_t *b)
{
    __m512i low = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)a));
    if (!b)
        return low;
    __m512i high = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)b));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

/* Blocks [from, to) of an image tensor with `map` positions, of which [p0, p1) are taken, to [block][position][pair][16]. */
EH_TARGET_512 EH_INLINE void order_blocks(const piece *e, const uint16_t *image, uint32_t *to, int64_t blocks,
                                          int64_t map, int64_t p0, int64_t p1, int64_t from, int64_t end)
{
    int64_t images = e->k->c.n, pairs = e->pairs;
    assert(image);
    for (int64_t b = from; b < end; b++)
        for (int64_t p = 0; p < pairs; p++) {
            int64_t n = e->image + 2 * p;
            const uint16_t *a = image + (n * blocks + b) * map * LANES,
                           *next = n + 1 < images ? a + blocks * map * LANES : NULL;
            uint32_t *at = to + (b * (p1 - p0) * pairs + p) * LANES;
            for (int64_t s = p0; s < p1; s++, at += pairs * LANES)
                _mm512_storeu_si512(at, side_by_side(a + s * LANES, next ? next + s * LANES : NULL));
        }
}

/* Row-major planes to [channel][row][column][pair], zeros where the padding is. */
static void order_planes(const piece *e, int64_t from, int64_t end)
{
    const eh_dot_grad *k = e->k;
    const eh_onednn_conv *c = &k->c;
    int64_t height = e->h1 - e->h0, pairs = e->pairs;
    assert(e->x);
    for (int64_t r = from; r < end; r++) {
        int64_t channel = r / height, h = e->h0 + r % height;
        uint32_t *to = e->px + r * k->x_width * pairs;
        memset(to, 0, (size_t)(k->x_width * pairs) * sizeof *to);
        if (h < 0 || h >= c->h)
            continue;
        int64_t w0 = c->pad[1], w1 = c->w + w0 < k->x_width ? c->w + w0 : k->x_width;
        for (int64_t p = 0; p < pairs; p++) {
            int64_t n = e->image + 2 * p;
            const uint16_t *a = e->x + ((n * c->c + channel) * c->h + h) * c->w - w0,
                           *b = n + 1 < c->n ? a + c->c * c->h * c->w : NULL;
            for (int64_t w = w0; w < w1; w++)
                to[w * pairs + p] = a[w] | (b ? (uint32_t)b[w] << 16 : 0);
        }
    }
}

EH_TARGET_512 static void order_work(const void *args, int part, int parts)
{
    const piece *e = args;
    const eh_dot_grad *k = e->k;
    const eh_onednn_conv *c = &k->c;
    int64_t from, to;
    if (k->planes) {
        eh_cpu_share(c->c * (e->h1 - e->h0), part, parts, &from, &to);
        order_planes(e, from, to);
    } else {
        eh_cpu_share(k->in_blocks, part, parts, &from, &to);
        order_blocks(e, e->x, e->px, k->in_blocks, c->h * c->w, e->h0 * c->w, e->h1 * c->w, from, to);
    }
    eh_cpu_share(k->out_blocks, part, parts, &from, &to);
    order_blocks(e, e->dy, e->py, k->out_blocks, c->oh * c->ow, e->r0 * c->ow, e->r1 * c->ow, from, to);
}

/* ---- products ---- */

/* The sums of a tile: `rows` of x by one or two blocks of dy. */
typedef struct tile {
    __m512 sum[8][2];
} tile;

/* Adds `count` steps: x moves by x_step words, its rows lie row_step words apart; y moves by a vector, its second block lies y_block words behind. */
EH_TARGET_512_BF16 EH_INLINE void add_run(tile *t, const uint32_t *x, int64_t x_step, int64_t row_step,
                                          const uint32_t *y, int64_t y_block, int64_t count, int rows,
                                          int wide)
{
    for (int64_t i = 0; i < count; i++, x += x_step, y += LANES) {
        __m512bh y0 = (__m512bh)_mm512_loadu_si512(y),
                 y1 = wide > 1 ? (__m512bh)_mm512_loadu_si512(y + y_block) : y0;
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            __m512bh v = (__m512bh)_mm512_set1_epi32((int)x[r * row_step]);
            t->sum[r][0] = _mm512_dpbf16_ps(t->sum[r][0], v, y0);
            if (wide > 1)
                t->sum[r][1] = _mm512_dpbf16_ps(t->sum[r][1], v, y1);
        }
    }
}

/* Which products a tile sums: kernel row p, and a column q where that is one place for all its rows. */
typedef struct place {
    int64_t p, q;
    const uint32_t *x, *y; /* of the block or plane, and of the (first) block of dy */
    int64_t x_step, row_step, y_block;
} place;

EH_TARGET_512_BF16 EH_INLINE void add_all(tile *t, const piece *e, place at, int rows, int wide, bool planes)
{
    const eh_dot_grad *k = e->k;
    const eh_onednn_conv *c = &k->c;
    int64_t pairs = e->pairs, s = c->stride[1], column = planes ? 1 : LANES;
    /* Columns of dy that meet the image. Planes have their padding. */
    int64_t shift = planes ? 0 : at.q * c->dilation[1] - c->pad[1], w0 = 0, w1 = c->ow;
    if (!planes) {
        w0 = shift < 0 ? (-shift + s - 1) / s : 0;
        w1 = c->w - shift > 0 ? (c->w - shift + s - 1) / s : 0;
        w1 = w1 < c->ow ? w1 : c->ow;
    }
    for (int64_t i = e->r0; i < e->r1; i++) {
        int64_t h = i * c->stride[0] - c->pad[0] + at.p * c->dilation[0];
        if (!planes && (h < 0 || h >= c->h))
            continue;
        const uint32_t *x = at.x + ((h - e->h0) * k->x_width + w0 * s + shift) * pairs * column,
                       *y = at.y + ((i - e->r0) * c->ow + w0) * pairs * LANES;
        if (s == 1)
            add_run(t, x, column, at.row_step, y, at.y_block, (w1 - w0) * pairs, rows, wide);
        else if (pairs == 1)
            add_run(t, x, column * s, at.row_step, y, at.y_block, w1 - w0, rows, wide);
        else
            for (int64_t j = w0; j < w1; j++, x += s * pairs * column, y += pairs * LANES)
                add_run(t, x, column, at.row_step, y, at.y_block, pairs, rows, wide);
    }
}

/* One tile from beginning to end: its row r belongs at dw + r * dw_row, its second block dw_block behind. */
EH_TARGET_512_BF16 EH_INLINE void make_tile(const piece *e, place at, float *dw, int64_t dw_row,
                                            int64_t dw_block, int rows, int wide, bool planes)
{
    tile t;
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++)
            t.sum[r][v] = e->first ? _mm512_setzero_ps() : _mm512_loadu_ps(dw + r * dw_row + v * dw_block);
    add_all(&t, e, at, rows, wide, planes);
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++)
            _mm512_storeu_ps(dw + r * dw_row + v * dw_block, t.sum[r][v]);
}

/* Item: (two blocks of dy, block of x, kernel position, half of the block). */
EH_TARGET_512_BF16 static void blocks_work(const void *args, int part, int parts)
{
    const piece *e = args;
    const eh_dot_grad *k = e->k;
    const eh_onednn_conv *c = &k->c;
    int64_t taps = c->kh * c->kw, from, to, x_block = (e->h1 - e->h0) * c->w * e->pairs * LANES,
            y_block = (e->r1 - e->r0) * c->ow * e->pairs * LANES;
    eh_cpu_share((k->out_blocks + 1) / 2 * k->in_blocks * taps * 2, part, parts, &from, &to);
    for (int64_t item = from; item < to; item++) {
        int64_t i = item % 2 * 8, tap = item / 2 % taps, cb = item / 2 / taps % k->in_blocks,
                ob = item / 2 / taps / k->in_blocks * 2;
        place at = { .p = tap / c->kw,
                     .q = tap % c->kw,
                     .x = e->px + cb * x_block + i,
                     .y = e->py + ob * y_block,
                     .row_step = 1,
                     .y_block = y_block };
        float *dw = e->dw + ((ob * k->in_blocks + cb) * taps + tap) * BLOCK + i * LANES;
        if (ob + 1 < k->out_blocks)
            make_tile(e, at, dw, LANES, k->in_blocks * taps * BLOCK, 8, 2, false);
        else
            make_tile(e, at, dw, LANES, 0, 8, 1, false);
    }
}

/* Item: (two blocks of dy, kernel row, channel); rows of the tile are kernel columns. */
EH_TARGET_512_BF16 static void planes_work(const void *args, int part, int parts)
{
    const piece *e = args;
    const eh_dot_grad *k = e->k;
    const eh_onednn_conv *c = &k->c;
    int64_t from, to, plane = (e->h1 - e->h0) * k->x_width * e->pairs,
                      y_block = (e->r1 - e->r0) * c->ow * e->pairs * LANES, row = c->c * LANES,
                      dw_block = c->kh * c->kw * row;
    eh_cpu_share((k->out_blocks + 1) / 2 * c->kh * c->c, part, parts, &from, &to);
    for (int64_t item = from; item < to; item++) {
        int64_t channel = item % c->c, p = item / c->c % c->kh, ob = item / c->c / c->kh * 2;
        place at = { .p = p,
                     .x = e->px + channel * plane,
                     .y = e->py + ob * y_block,
                     .row_step = c->dilation[1] * e->pairs,
                     .y_block = y_block };
        float *dw = e->dw + ob * dw_block + p * c->kw * row + channel * LANES;
        bool two = ob + 1 < k->out_blocks;
#define ROWS(rows)                                              \
    case rows:                                                  \
        if (two)                                                \
            make_tile(e, at, dw, row, dw_block, rows, 2, true); \
        else                                                    \
            make_tile(e, at, dw, row, dw_block, rows, 1, true); \
        break
        switch (c->kw) {
            ROWS(1);
            ROWS(2);
            ROWS(3);
            ROWS(4);
            ROWS(5);
            ROWS(6);
            ROWS(7);
            ROWS(8);
        }
#undef ROWS
    }
}

/* ---- the pass ---- */

static void run_piece(const piece *e)
{
    const eh_dot_grad *k = e->k;
    const eh_onednn_conv *c = &k->c;
    double work = (double)((e->r1 - e->r0) * c->ow * c->o * c->c * c->kh * c->kw) * (double)e->pairs * 4;
    eh_cpu_run(order_work, e, eh_cpu_parts((double)(k->x_words + k->y_words) * 4));
    eh_cpu_run(k->planes ? planes_work : blocks_work, e, eh_cpu_parts(work / 8));
}

void eh_dot_grad_run(const eh_dot_grad *k, const uint16_t *x, const uint16_t *dy, float *dw, void *scratch)
{
    const eh_onednn_conv *c = &k->c;
    piece e = { .k = k, .x = x, .dy = dy, .px = scratch, .dw = dw, .first = true };
    e.py = e.px + (k->x_words + LANES - 1) / LANES * LANES;
    for (e.image = 0; e.image < c->n; e.image += 2 * k->pairs) {
        int64_t left = (c->n - e.image + 1) / 2;
        e.pairs = left < k->pairs ? left : k->pairs;
        for (e.r0 = 0; e.r0 < c->oh; e.r0 += k->rows) {
            e.r1 = e.r0 + k->rows < c->oh ? e.r0 + k->rows : c->oh;
            e.h0 = e.r0 * c->stride[0] - c->pad[0];
            e.h1 = e.h0 + rows_met(c, e.r1 - e.r0);
            if (!k->planes) {
                e.h0 = e.h0 < 0 ? 0 : e.h0;
                e.h1 = e.h1 < c->h ? e.h1 : c->h;
            }
            run_piece(&e);
            e.first = false;
        }
    }
}

#else /* eh_dot_grad_fits never says yes here */

void eh_dot_grad_run(const eh_dot_grad *k, const uint16_t *x, const uint16_t *dy, float *dw, void *scratch)
{
    (void)k, (void)x, (void)dy, (void)dw, (void)scratch;
    assert(!"only with AVX512_BF16");
}

#endif
