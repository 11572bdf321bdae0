/* remap.c - a picture seen through a projective map; see remap.h.
 *
 * Math     out(p) = sum over the four pixels q around the place m(p) of (1 - |q_x - m_x|)(1 - |q_y - m_y|) in(q).
 * How      Places in fixed point with 11 bits behind the point, weights with 22: all sums are of whole numbers, an error below 0.1 of 255. Places of a piece of
 *          a line are found first, in a loop that the compiler turns into vector code; then pixels are fetched.
 * Beyond   EH_FILL_REFLECT: mirrored at the centres of the edge pixels, which are not repeated; EH_FILL_BORDER: the edge pixel; EH_FILL_ZERO: 0. As
 *          torch's grid_sample(align_corners=True) with padding_mode reflection, border, zeros.
 * Cost     about 5 ns a pixel.
 * Easy to get wrong: a place one past the last pixel with weight 0 is still read; such pixels take the slow way.
 */
#include "image/remap.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { PIECE = 128, BITS = 11, ONE = 1 << BITS };

/* Places of a piece of a line. */
typedef struct places {
    int32_t x[PIECE], y[PIECE];  /* the pixel left above, or the nearest */
    uint32_t u[PIECE], v[PIECE]; /* weights of its right and lower neighbours, of ONE */
} places;

typedef struct picture {
    const uint8_t *in;
    int width, height, channels;
    eh_fill fill;
} picture;

/* Where coordinate i of a line of `size` pixels lies after mirroring at both ends. */
static int mirrored(int i, int size)
{
    if (size == 1)
        return 0;
    int period = 2 * (size - 1);
    i %= period;
    if (i < 0)
        i += period;
    return i < size ? i : period - i;
}

/* The coordinate inside, or -1: nothing is there. */
static int inside(int i, int size, eh_fill fill)
{
    if (i >= 0 && i < size)
        return i;
    switch (fill) {
    case EH_FILL_REFLECT:
        return mirrored(i, size);
    case EH_FILL_BORDER:
        return i < 0 ? 0 : size - 1;
    case EH_FILL_ZERO:
        break;
    }
    return -1;
}

/* ---------------------------------------------------------------- moved by whole pixels */

typedef struct shift {
    int sign_x, sign_y, x, y; /* source = sign * result + shift */
} shift;

static bool is_shift(const double m[9], shift *s)
{
    if (m[1] != 0 || m[3] != 0 || m[6] != 0 || m[7] != 0 || m[8] != 1 || fabs(m[0]) != 1 || fabs(m[4]) != 1 ||
        floor(m[2]) != m[2] || floor(m[5]) != m[5] || fabs(m[2]) > 1e6 || fabs(m[5]) > 1e6)
        return false;
    *s = (shift){ .sign_x = (int)m[0], .sign_y = (int)m[4], .x = (int)m[2], .y = (int)m[5] };
    return true;
}

/* One line; `outside` stands where nothing is. */
static void shift_line(uint8_t *out, int width, const picture *p, const uint8_t *in, const shift *s,
                       uint8_t outside)
{
    size_t channels = (size_t)p->channels;
    int x = 0;
    while (x < width) {
        int from = s->sign_x * x + s->x;
        if (s->sign_x > 0 && from >= 0 && from < p->width) {
            int run = p->width - from < width - x ? p->width - from : width - x;
            memcpy(out + (size_t)x * channels, in + (size_t)from * channels, (size_t)run * channels);
            x += run;
            continue;
        }
        from = inside(from, p->width, p->fill);
        for (size_t c = 0; c < channels; c++)
            out[(size_t)x * channels + c] = from < 0 ? outside : in[(size_t)from * channels + c];
        x++;
    }
}

static void shift_picture(uint8_t *out, int width, int height, const picture *p, const shift *s,
                          uint8_t outside)
{
    size_t line = (size_t)width * (size_t)p->channels, stride = (size_t)p->width * (size_t)p->channels;
    for (int y = 0; y < height; y++) {
        int from = inside(s->sign_y * y + s->y, p->height, p->fill);
        if (from < 0)
            memset(out + (size_t)y * line, outside, line);
        else
            shift_line(out + (size_t)y * line, width, p, p->in + (size_t)from * stride, s, outside);
    }
}

/* ---------------------------------------------------------------- places */

/* The whole part, downwards, without a call. */
static inline int32_t floor_of(float v)
{
    int32_t whole = (int32_t)v;
    return whole - ((float)whole > v);
}

/* Far outside is all the same; what is no number is far outside too. */
static inline float within(float v)
{
    const float most = 1 << 18;
    v = v > -most ? v : -most;
    return v < most ? v : most;
}

/* Places of the pixels (x + i, y), i < count, in fixed point with `bits` behind the point: px, py. */
static void find_places(int32_t *restrict px, int32_t *restrict py, int count, const double m[9], double x,
                        double y, int bits)
{
    const float scale = (float)(1 << bits), ax = (float)m[0], ay = (float)m[3], ad = (float)m[6],
                bx = (float)(m[0] * x + m[1] * y + m[2]), by = (float)(m[3] * x + m[4] * y + m[5]),
                bd = (float)(m[6] * x + m[7] * y + m[8]);
    for (int i = 0; i < count; i++) {
        float t = (float)i, d = 1 / (ad * t + bd);
        px[i] = floor_of(within((ax * t + bx) * d) * scale + 0.5f);
        py[i] = floor_of(within((ay * t + by) * d) * scale + 0.5f);
    }
}

static void split_places(places *p, int count)
{
    for (int i = 0; i < count; i++) {
        p->u[i] = (uint32_t)p->x[i] & (ONE - 1);
        p->v[i] = (uint32_t)p->y[i] & (ONE - 1);
        p->x[i] >>= BITS;
        p->y[i] >>= BITS;
    }
}

/* ---------------------------------------------------------------- bilinear */

/* Weights of the four pixels; their sum is ONE * ONE. */
static inline void weights(uint32_t w[4], uint32_t u, uint32_t v)
{
    w[3] = u * v;
    w[2] = v * ONE - w[3];
    w[1] = u * ONE - w[3];
    w[0] = ONE * ONE - w[1] - w[2] - w[3];
}

static void sample_at_edge(uint32_t *sum, const picture *p, int x, int y, const uint32_t w[4])
{
    for (int k = 0; k < 4; k++) {
        int from_x = inside(x + k % 2, p->width, p->fill), from_y = inside(y + k / 2, p->height, p->fill);
        if (w[k] == 0 || from_x < 0 || from_y < 0)
            continue;
        const uint8_t *pixel =
            p->in + ((size_t)from_y * (size_t)p->width + (size_t)from_x) * (size_t)p->channels;
        for (int c = 0; c < p->channels; c++)
            sum[c] += w[k] * pixel[c];
    }
}

/* Adds the samples at the places, 8 bits behind the point, to sum [count, channels]. `channels` is a constant where this is inlined. */
static inline void add_samples(uint32_t *restrict sum, const picture *p, const places *at, int count,
                               int channels)
{
    const size_t stride = (size_t)p->width * (size_t)channels;
    for (int i = 0; i < count; i++) {
        uint32_t w[4], value[3] = { 0 };
        int x = at->x[i], y = at->y[i];
        weights(w, at->u[i], at->v[i]);
        if (x >= 0 && y >= 0 && x < p->width - 1 && y < p->height - 1) {
            const uint8_t *a = p->in + (size_t)y * stride + (size_t)x * (size_t)channels, *b = a + stride;
            for (int c = 0; c < channels; c++)
                value[c] = w[0] * a[c] + w[1] * a[c + channels] + w[2] * b[c] + w[3] * b[c + channels];
        } else {
            sample_at_edge(value, p, x, y, w);
        }
        for (int c = 0; c < channels; c++)
            sum[i * channels + c] += (value[c] + (1u << (2 * BITS - 9))) >> (2 * BITS - 8);
    }
}

/* How many samples in each direction make a pixel: the whole part of the smallest scale at the middle of the result. */
static int grid_of(const double m[9], int width, int height)
{
    double x = (width - 1) / 2.0, y = (height - 1) / 2.0, d = m[6] * x + m[7] * y + m[8];
    double u = (m[0] * x + m[1] * y + m[2]) / d, v = (m[3] * x + m[4] * y + m[5]) / d;
    double across = hypot(m[0] - u * m[6], m[3] - v * m[6]) / d,
           down = hypot(m[1] - u * m[7], m[4] - v * m[7]) / d, least = across < down ? across : down;
    return least < 2 ? 1 : least < 16 ? (int)least : 16;
}

static void remap_piece(uint8_t *out, int count, const picture *p, const double map[9], int x, int y,
                        int grid)
{
    places at;
    uint32_t sum[PIECE * 3];
    memset(sum, 0, (size_t)count * (size_t)p->channels * sizeof *sum);
    for (int k = 0; k < grid * grid; k++) {
        double right = (k % grid + 0.5) / grid - 0.5, below = (k / grid + 0.5) / grid - 0.5;
        find_places(at.x, at.y, count, map, x + right, y + below, BITS);
        split_places(&at, count);
        if (p->channels == 3)
            add_samples(sum, p, &at, count, 3);
        else
            add_samples(sum, p, &at, count, 1);
    }
    const uint32_t samples = (uint32_t)(grid * grid), half = 128 * samples;
    for (int i = 0; i < count * p->channels; i++)
        out[i] = (uint8_t)(grid == 1 ? (sum[i] + 128) >> 8 : (sum[i] + half) / (256 * samples));
}

void eh_remap(uint8_t *restrict out, int width, int height, const uint8_t *restrict in, int in_width,
              int in_height, int channels, const double map[9], eh_fill fill)
{
    const picture p = {
        .in = in, .width = in_width, .height = in_height, .channels = channels, .fill = fill
    };
    shift moved;
    if (is_shift(map, &moved)) {
        shift_picture(out, width, height, &p, &moved, 0);
        return;
    }
    int grid = grid_of(map, width, height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x += PIECE)
            remap_piece(out + ((size_t)y * (size_t)width + (size_t)x) * (size_t)channels,
                        width - x < PIECE ? width - x : PIECE, &p, map, x, y, grid);
}

/* ---------------------------------------------------------------- classes */

void eh_remap_classes(uint8_t *restrict out, int width, int height, const uint8_t *restrict in, int in_width,
                      int in_height, const double map[9], uint8_t outside)
{
    const picture p = {
        .in = in, .width = in_width, .height = in_height, .channels = 1, .fill = EH_FILL_ZERO
    };
    shift moved;
    places at;
    if (is_shift(map, &moved)) {
        shift_picture(out, width, height, &p, &moved, outside);
        return;
    }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x += PIECE) {
            int count = width - x < PIECE ? width - x : PIECE;
            uint8_t *line = out + (size_t)y * (size_t)width + (size_t)x;
            find_places(at.x, at.y, count, map, x, y, 0);
            for (int i = 0; i < count; i++)
                line[i] = at.x[i] >= 0 && at.y[i] >= 0 && at.x[i] < in_width && at.y[i] < in_height
                              ? in[(size_t)at.y[i] * (size_t)in_width + (size_t)at.x[i]]
                              : outside;
        }
}
