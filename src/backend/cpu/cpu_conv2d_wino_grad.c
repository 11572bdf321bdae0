/* cpu_conv2d_wino_grad.c - the weight gradient of 3x3 convolutions by Winograd's algorithm F(3x3, 4x4), with AVX-512.
 *
 * Idea    The transposed algorithm of the forward pass: a tile's 6x6 inputs and its 4x4 gradients are taken to 36 points, where their product, summed over
 *         tiles, is the gradient of the transformed kernel.
 * Math    dw = G^T [ sum over tiles of (B^T d B) . (A g A^T) ] G.
 * Order   Many tiles go in chunks: all threads transform their share of a chunk; then each takes points and pairs of blocks of output channels and adds
 *         the chunk's products to its sums. Few tiles (deep layers, where the 36 sums of every kernel would be most of the memory) are one chunk, and a
 *         thread finishes a pair of blocks before it begins the next. Nothing is added across threads, so the result does not depend on their number.
 * Cost    1/4 of the direct sum's multiplications on maps that are a multiple of 4.
 * Easy to get wrong: beyond the image's edge the gradients are zero, and so need no mask in the inputs.
 */
#include "backend/cpu/cpu_conv2d_wino.h"
#include "backend/cpu/cpu_wino_tile.h"

#define LANES 16
#define BLOCK (LANES * LANES)

static int64_t spread(int64_t floats)
{
    return ((floats + LANES - 1) / LANES | 1) * LANES;
}

bool eh_wino_grad_fits(eh_wino_grad *out, const eh_onednn_conv *c)
{
    eh_wino_conv k;
    if (!eh_wino_fits(&k, EH_CONV_FORWARD, c))
        return false;
    eh_wino_grad g = { .n = c->n,
                       .in_blocks = k.from_blocks,
                       .out_blocks = k.to_blocks,
                       .h = c->h,
                       .w = c->w,
                       .oh = c->oh,
                       .ow = c->ow,
                       .pad = { c->pad[0], c->pad[1] },
                       .tile_rows = k.tile_rows,
                       .tile_columns = k.tile_columns,
                       .tiles = k.tiles };
    g.parts = eh_cpu_parts((double)g.tiles * (double)(g.in_blocks * g.out_blocks) * 1024);
    /* Chunks of some 4 MB, but at least 64 tiles, so that the sums are not moved more than they are used. */
    int64_t per_tile = EH_WINO_POINTS * (g.in_blocks + g.out_blocks) * LANES, chunk = (1 << 20) / per_tile;
    chunk = chunk < 64 ? 64 : chunk;
    int64_t pair_sums = g.in_blocks * 2 * BLOCK, all_sums = g.in_blocks * g.out_blocks * BLOCK;
    g.few = g.tiles * (g.in_blocks + g.out_blocks) * LANES + g.parts * pair_sums <
            chunk * (g.in_blocks + g.out_blocks) * LANES + all_sums;
    int64_t rounds = g.few ? 1 : (g.tiles + chunk - 1) / chunk;
    g.chunk = (g.tiles + rounds - 1) / rounds;
    g.x_point = spread(g.in_blocks * g.chunk * LANES);
    g.y_point = spread(g.out_blocks * g.chunk * LANES);
    g.m_point = spread(g.few ? pair_sums : all_sums);
    *out = g;
    return true;
}

size_t eh_wino_grad_scratch(const eh_wino_grad *g)
{
    return (size_t)(EH_WINO_POINTS * (g->x_point + g->y_point + (g->few ? g->parts : 1) * g->m_point)) *
           sizeof(float);
}

#if defined(__x86_64__)

typedef struct grad_args {
    const eh_wino_grad *g;
    const float *x, *dy;
    float *tx, *ty, *m,
        *dw; /* tx, ty: [point][block][tile][16]; m: [point][block of outputs][input channel][16] */
    int64_t first, last; /* tiles of the chunk */
} grad_args;

EH_TARGET_512 static void transform_work(const void *args, int part, int parts)
{
    const grad_args *a = args;
    const eh_wino_grad *g = a->g;
    const int64_t per_image = g->tile_rows * g->tile_columns;
    int64_t from, to;
    eh_cpu_share(a->last - a->first, part, parts, &from, &to);
    for (int64_t b = 0; b < g->in_blocks; b++)
        for (int64_t t = from; t < to; t++) {
            int64_t tile = a->first + t, n = tile / per_image, i = tile % per_image / g->tile_columns * 4,
                    j = tile % g->tile_columns * 4;
            eh_wino_plane p = { a->x + (n * g->in_blocks + b) * g->h * g->w * LANES, g->h, g->w };
            eh_wino_input(p, i - g->pad[0], j - g->pad[1], a->tx + (b * g->chunk + t) * LANES, g->x_point);
        }
    for (int64_t b = 0; b < g->out_blocks; b++)
        for (int64_t t = from; t < to; t++) {
            int64_t tile = a->first + t, n = tile / per_image, i = tile % per_image / g->tile_columns * 4,
                    j = tile % g->tile_columns * 4;
            eh_wino_plane p = { a->dy + (n * g->out_blocks + b) * g->oh * g->ow * LANES, g->oh, g->ow };
            eh_wino_output_grad(p, i, j, a->ty + (b * g->chunk + t) * LANES, g->y_point);
        }
}

/* Adds the products of `tiles` tiles: eight input channels by `wide` blocks of output channels. */
EH_TARGET_512 EH_INLINE void add_products(const float *x, const float *y, int64_t y_block, int64_t tiles,
                                          float *m, int64_t m_block, bool first, int wide)
{
    __m512 sum[8][2];
    for (int r = 0; r < 8; r++)
        for (int v = 0; v < wide; v++)
            sum[r][v] = first ? _mm512_setzero_ps() : _mm512_loadu_ps(m + v * m_block + r * LANES);
    for (int64_t t = 0; t < tiles; t++, x += LANES, y += LANES) {
        __m512 y0 = _mm512_loadu_ps(y), y1 = wide > 1 ? _mm512_loadu_ps(y + y_block) : y0;
        for (int r = 0; r < 8; r++) {
            __m512 v = _mm512_set1_ps(x[r]);
            sum[r][0] = _mm512_fmadd_ps(v, y0, sum[r][0]);
            if (wide > 1)
                sum[r][1] = _mm512_fmadd_ps(v, y1, sum[r][1]);
        }
    }
    for (int r = 0; r < 8; r++)
        for (int v = 0; v < wide; v++)
            _mm512_storeu_ps(m + v * m_block + r * LANES, sum[r][v]);
}

/* The products at point p of the pair of blocks that begins with `o`, added to m [block][input channel][16]. */
EH_TARGET_512 static void add_point(const grad_args *a, int64_t p, int64_t o, float *m)
{
    const eh_wino_grad *g = a->g;
    const int64_t tiles = a->last - a->first, m_block = g->in_blocks * BLOCK;
    const float *x = a->tx + p * g->x_point, *y = a->ty + p * g->y_point + o * g->chunk * LANES;
    for (int64_t c = 0; c < g->in_blocks * 2; c++, m += 8 * LANES) {
        const float *rows = x + c / 2 * g->chunk * LANES + c % 2 * 8;
        if (o + 1 < g->out_blocks)
            add_products(rows, y, g->chunk * LANES, tiles, m, m_block, a->first == 0, 2);
        else
            add_products(rows, y, g->chunk * LANES, tiles, m, m_block, a->first == 0, 1);
    }
}

/* Gradients of one 16x16 block of kernels from its sums at all points. */
EH_TARGET_512 static void finish_block(const grad_args *a, const float *m, float *dw)
{
    for (int l = 0; l < LANES; l++)
        eh_wino_weights_grad_of(m + l * LANES, a->g->m_point, dw + l * LANES, BLOCK);
}

static void chunk_work(const void *args, int part, int parts)
{
    const grad_args *a = args;
    const eh_wino_grad *g = a->g;
    const int64_t pairs = (g->out_blocks + 1) / 2;
    int64_t from, to;
    eh_cpu_share(EH_WINO_POINTS * pairs, part, parts, &from, &to);
    for (int64_t item = from; item < to; item++) {
        int64_t p = item / pairs, o = item % pairs * 2;
        add_point(a, p, o, a->m + p * g->m_point + o * g->in_blocks * BLOCK);
    }
}

static void finish_work(const void *args, int part, int parts)
{
    const grad_args *a = args;
    int64_t from, to;
    eh_cpu_share(a->g->in_blocks * a->g->out_blocks, part, parts, &from, &to);
    for (int64_t b = from; b < to; b++)
        finish_block(a, a->m + b * BLOCK, a->dw + b * 9 * BLOCK);
}

static void pair_work(const void *args, int part, int parts)
{
    const grad_args *a = args;
    const eh_wino_grad *g = a->g;
    float *m = a->m + part * EH_WINO_POINTS * g->m_point;
    int64_t from, to;
    eh_cpu_share((g->out_blocks + 1) / 2, part, parts, &from, &to);
    for (int64_t o = from * 2; o < to * 2 && o < g->out_blocks; o += 2) {
        for (int64_t p = 0; p < EH_WINO_POINTS; p++)
            add_point(a, p, o, m + p * g->m_point);
        int64_t blocks = g->in_blocks * (o + 1 < g->out_blocks ? 2 : 1);
        for (int64_t b = 0; b < blocks; b++)
            finish_block(a, m + b * BLOCK, a->dw + (o * g->in_blocks + b) * 9 * BLOCK);
    }
}

void eh_wino_weight_grad(const eh_wino_grad *g, const float *x, const float *dy, float *dw, void *scratch)
{
    grad_args a = { .g = g, .x = x, .dy = dy, .dw = dw, .tx = scratch };
    int parts = (int)g->parts;
    a.ty = a.tx + EH_WINO_POINTS * g->x_point;
    a.m = a.ty + EH_WINO_POINTS * g->y_point;
    for (a.first = 0; a.first < g->tiles; a.first = a.last) {
        a.last = a.first + g->chunk < g->tiles ? a.first + g->chunk : g->tiles;
        eh_cpu_run(transform_work, &a, parts);
        eh_cpu_run(g->few ? pair_work : chunk_work, &a, parts);
    }
    if (!g->few)
        eh_cpu_run(finish_work, &a, parts);
}

#else /* eh_wino_grad_fits never says yes here */

void eh_wino_weight_grad(const eh_wino_grad *g, const float *x, const float *dy, float *dw, void *scratch)
{
    (void)g, (void)x, (void)dy, (void)dw, (void)scratch;
    assert(!"only with AVX-512");
}

#endif
