/* cpu_conv2d_wino_grad.c - the weight gradient of 3x3 convolutions by Winograd's algorithm F(3x3, 4x4), with AVX-512.
 *
 * Idea    The transposed algorithm of the forward pass: a tile's 6x6 inputs and its 4x4 gradients are taken to 36 points, where their product, summed over
 *         tiles, is the gradient of the transformed kernel.
 * Math    dw = G^T [ sum over tiles of (B^T d B) . (A g A^T) ] G.
 * Order   A thread takes its share of the tiles, some at a time through both transforms and the product, and adds to sums of its own; at the end the sums
 *         of all threads are added in their order: the result depends on the number of threads. With few tiles (deep layers, where the 36 sums of
 *         every kernel would be most of the memory) all are transformed first, and a thread finishes two blocks of output channels before it begins
 *         the next two: nothing is added across threads.
 * Cost    1/4 of the direct sum's multiplications on maps that are a multiple of 4.
 * Easy to get wrong: beyond the image's edge the gradients are zero, and so need no mask in the inputs.
 */
#include "backend/cpu/cpu_conv2d_wino.h"
#include "backend/cpu/cpu_wino_tile.h"

#define LANES        16
#define BLOCK        (LANES * LANES)
#define CHUNK_FLOATS (256 << 10) /* transformed at a time: as much as the cache of one core holds */

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
    g.share = (g.tiles + g.parts - 1) / g.parts;
    /* Chunks that stay in the cache, but at least 28 tiles, so that the sums are not moved more than they are used. */
    int64_t chunk = CHUNK_FLOATS / (EH_WINO_POINTS * (g.in_blocks + g.out_blocks) * LANES);
    chunk = chunk < 28 ? 28 : chunk;
    int64_t pair_sums = g.in_blocks * 2 * BLOCK, all_sums = g.in_blocks * g.out_blocks * BLOCK;
    g.few = g.tiles * (g.in_blocks + g.out_blocks) * LANES + g.parts * pair_sums <
            g.parts * (chunk * (g.in_blocks + g.out_blocks) * LANES + all_sums);
    int64_t rounds = (g.share + chunk - 1) / chunk;
    g.chunk = g.few ? g.tiles : (g.share + rounds - 1) / rounds;
    g.x_point = spread(g.in_blocks * g.chunk * LANES);
    g.y_point = spread(g.out_blocks * g.chunk * LANES);
    g.m_point = spread(g.few ? pair_sums : all_sums);
    g.own = EH_WINO_POINTS * ((g.few ? 0 : g.x_point + g.y_point) + g.m_point);
    *out = g;
    return true;
}

size_t eh_wino_grad_scratch(const eh_wino_grad *g)
{
    int64_t shared = g->few ? EH_WINO_POINTS * (g->x_point + g->y_point) : 0;
    return (size_t)(shared + g->parts * g->own) * sizeof(float);
}

#if defined(__x86_64__)

typedef struct grad_args {
    const eh_wino_grad *g;
    const float *x, *dy;
    float *shared, *own, *dw; /* memory of all threads together, of each */
} grad_args;

/* Tiles that are transformed, and where: tx, ty: [point][block][tile][16]; m: [point][block of outputs][input channel][16]. */
typedef struct chunk {
    int64_t first, last;
    bool begin; /* m begins with it */
    float *tx, *ty, *m;
} chunk;

/* Tiles [from, to) of the chunk. */
EH_TARGET_512 static void transform(const grad_args *a, const chunk *k, int64_t from, int64_t to)
{
    const eh_wino_grad *g = a->g;
    const int64_t per_image = g->tile_rows * g->tile_columns;
    for (int64_t b = 0; b < g->in_blocks; b++)
        for (int64_t t = from; t < to; t++) {
            int64_t n = t / per_image, i = t % per_image / g->tile_columns * 4, j = t % g->tile_columns * 4;
            eh_wino_plane p = { a->x + (n * g->in_blocks + b) * g->h * g->w * LANES, g->h, g->w };
            eh_wino_input(p, i - g->pad[0], j - g->pad[1], k->tx + (b * g->chunk + t - k->first) * LANES,
                          g->x_point);
        }
    for (int64_t b = 0; b < g->out_blocks; b++)
        for (int64_t t = from; t < to; t++) {
            int64_t n = t / per_image, i = t % per_image / g->tile_columns * 4, j = t % g->tile_columns * 4;
            eh_wino_plane p = { a->dy + (n * g->out_blocks + b) * g->oh * g->ow * LANES, g->oh, g->ow };
            eh_wino_output_grad(p, i, j, k->ty + (b * g->chunk + t - k->first) * LANES, g->y_point);
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
EH_TARGET_512 static void add_point(const grad_args *a, const chunk *k, int64_t p, int64_t o, float *m)
{
    const eh_wino_grad *g = a->g;
    const int64_t tiles = k->last - k->first, m_block = g->in_blocks * BLOCK;
    const float *x = k->tx + p * g->x_point, *y = k->ty + p * g->y_point + o * g->chunk * LANES;
    for (int64_t c = 0; c < g->in_blocks * 2; c++, m += 8 * LANES) {
        const float *rows = x + c / 2 * g->chunk * LANES + c % 2 * 8;
        if (o + 1 < g->out_blocks)
            add_products(rows, y, g->chunk * LANES, tiles, m, m_block, k->begin, 2);
        else
            add_products(rows, y, g->chunk * LANES, tiles, m, m_block, k->begin, 1);
    }
}

/* Gradients of one 16x16 block of kernels from its sums at all points. */
EH_TARGET_512 static void finish_block(const grad_args *a, const float *m, float *dw)
{
    for (int l = 0; l < LANES; l++)
        eh_wino_weights_grad_of(m + l * LANES, a->g->m_point, dw + l * LANES, BLOCK);
}

/* ---- many tiles ---- */

static void tiles_work(const void *args, int part, int parts)
{
    const grad_args *a = args;
    const eh_wino_grad *g = a->g;
    int64_t from, to;
    chunk k = { .m = a->own + part * g->own };
    k.tx = k.m + EH_WINO_POINTS * g->m_point;
    k.ty = k.tx + EH_WINO_POINTS * g->x_point;
    eh_cpu_share(g->tiles, part, parts, &from, &to);
    for (k.first = from; k.first < to; k.first = k.last) {
        k.last = k.first + g->chunk < to ? k.first + g->chunk : to;
        k.begin = k.first == from;
        transform(a, &k, k.first, k.last);
        for (int64_t p = 0; p < EH_WINO_POINTS; p++)
            for (int64_t o = 0; o < g->out_blocks; o += 2)
                add_point(a, &k, p, o, k.m + p * g->m_point + o * g->in_blocks * BLOCK);
    }
}

/* Adds the sums of all threads into those of the first, and makes the gradients. */
EH_TARGET_512 static void finish_work(const void *args, int part, int parts)
{
    const grad_args *a = args;
    const eh_wino_grad *g = a->g;
    int64_t from, to;
    eh_cpu_share(g->in_blocks * g->out_blocks, part, parts, &from, &to);
    for (int64_t b = from; b < to; b++) {
        float *m = a->own + b * BLOCK;
        for (int64_t other = 1; other < g->parts; other++)
            for (int64_t p = 0; p < EH_WINO_POINTS; p++)
                for (int64_t i = 0; i < BLOCK; i += LANES) {
                    float *sum = m + p * g->m_point + i;
                    _mm512_storeu_ps(sum, _mm512_add_ps(_mm512_loadu_ps(sum),
                                                        _mm512_loadu_ps(sum + other * g->own)));
                }
        finish_block(a, m, a->dw + b * 9 * BLOCK);
    }
}

/* ---- few tiles ---- */

static chunk whole(const grad_args *a)
{
    return (chunk){
        .last = a->g->tiles, .begin = true, .tx = a->shared, .ty = a->shared + EH_WINO_POINTS * a->g->x_point
    };
}

static void transform_work(const void *args, int part, int parts)
{
    const grad_args *a = args;
    const chunk k = whole(a);
    int64_t from, to;
    eh_cpu_share(a->g->tiles, part, parts, &from, &to);
    transform(a, &k, from, to);
}

static void pairs_work(const void *args, int part, int parts)
{
    const grad_args *a = args;
    const eh_wino_grad *g = a->g;
    const chunk k = whole(a);
    float *m = a->own + part * g->own;
    int64_t from, to;
    eh_cpu_share((g->out_blocks + 1) / 2, part, parts, &from, &to);
    for (int64_t o = from * 2; o < to * 2 && o < g->out_blocks; o += 2) {
        for (int64_t p = 0; p < EH_WINO_POINTS; p++)
            add_point(a, &k, p, o, m + p * g->m_point);
        int64_t blocks = g->in_blocks * (o + 1 < g->out_blocks ? 2 : 1);
        for (int64_t b = 0; b < blocks; b++)
            finish_block(a, m + b * BLOCK, a->dw + (o * g->in_blocks + b) * 9 * BLOCK);
    }
}

void eh_wino_weight_grad(const eh_wino_grad *g, const float *x, const float *dy, float *dw, void *scratch)
{
    grad_args a = { .g = g, .x = x, .dy = dy, .dw = dw, .shared = scratch, .own = scratch };
    if (g->few)
        a.own += EH_WINO_POINTS * (g->x_point + g->y_point);
    eh_cpu_run(g->few ? transform_work : tiles_work, &a, (int)g->parts);
    eh_cpu_run(g->few ? pairs_work : finish_work, &a, (int)g->parts);
}

#else /* eh_wino_grad_fits never says yes here */

void eh_wino_weight_grad(const eh_wino_grad *g, const float *x, const float *dy, float *dw, void *scratch)
{
    (void)g, (void)x, (void)dy, (void)dw, (void)scratch;
    assert(!"only with AVX-512");
}

#endif
