/* quality.c - measures of a single picture.
 *
 * Idea    The picture is brought to a working size by box average (an integer factor, so that the shorter side has 64 to 127 pixels): what is blurred or
 *         noisy at full size but fine at the size that models see is no flaw. Light and content are read from the histogram of luma.
 * Blur    Variance of the Laplacian and its kin call every picture with a plain background or little contrast blurred. Here only edges count. At an
 *         edge that a Gaussian of s pixels has softened, the gradient g falls to g' = g s / sqrt(s^2 + 1) when the picture is softened by one
 *         pixel more, whatever the edge's contrast, so s = 1 / sqrt((g / g')^2 - 1). Taken over the 5 % strongest edges, the 20th percentile of s is
 *         the softness of the sharpest edges: a portrait before a soft background is sharp.
 * Source  Zhuo, Sim, "Defocus map estimation from a single image", Pattern Recognition 44(9), 2011 (the ratio of gradients). Hasler,
 *         Suesstrunk, "Measuring colourfulness in natural images", SPIE 5007, 2003 (on 0..255; here divided by 255).
 * Cost    One pass over the luma to average and one over a quarter of the colours, about ten over the working size.
 * Differs The paper fits a map of blur; one percentile is enough here. The softening is the binomial 1 4 6 4 1 (variance 1), in integers.
 * Easy to get wrong: a flat picture has no edge, so noise would decide: gradients below 1.5 levels a pixel are no edges, and without edges
 *         blur is 0, not large. Small pictures are not enlarged: 28 pixels cannot be blurred by more than they have.
 */
#include "image/quality.h"

#include "base/vector_level.h"
#include "evenhand/memory.h"
#include "image/grey.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORKING_SIDE = 64,
    MOST_LINES = 64,
    LEVELS = 256,
    CLIP = 2,
    FEWEST_EDGES = 8,
    LOG_BINS = 640,
    BLOCK = 8
};

#define STRONG_EDGE 3   /* times the mean squared gradient */
#define LEAST_EDGE  4   /* squared difference of softened luma over two pixels */
#define SHARPEST    0.2 /* quantile of the softness among strong edges */

/* The working picture and what is made of it; sizes in elements. Light is read from every light_step-th line of it, edges and colour
 * from every edge_step-th. */
typedef struct work {
    int width, height, factor, lines, light_step,
        edge_step;       /* lines: of a block's `factor` those that are read */
    const uint8_t *grey; /* [in->height, in->width] luma of the picture given; NULL: not known */
    const uint8_t *luma; /* [height, width] */
    uint8_t *own_luma;   /* where that is not `grey` itself */
    uint16_t *soft;      /* [height, width] luma softened, times 256 */
    int32_t *edge;       /* [height, width] squared gradient of it over two pixels, times 256; inner pixels */
    uint16_t *column;    /* [width + 4] one line softened downwards, times 16 */
    uint16_t *sum;       /* [in->width * 3] one line of sums over `lines` lines */
    int16_t *color;      /* [2, in->width] of such sums R - G and R + G - 2 B */
    uint8_t *line;       /* [in->width * 3] one line without alpha */
    uint8_t *own_lines;  /* [lines, in->width * 3] those that had to be made: without alpha, or luma */
    uint32_t
        histogram[2][LEVELS]; /* of luma; even and odd columns: adding to one counter twice in a row waits */
    double rg, rg2, yb, yb2;  /* sums of R - G and R + G - 2 B, and of their squares */
} work;

static void free_work(work *w)
{
    eh_free(w->own_luma);
    eh_free(w->soft);
    eh_free(w->edge);
    eh_free(w->column);
    eh_free(w->sum);
    eh_free(w->color);
    eh_free(w->line);
    eh_free(w->own_lines);
}

static eh_status alloc_work(work *w, const eh_image *in, eh_error *err)
{
    int side = in->width < in->height ? in->width : in->height;
    w->factor = side < 2 * WORKING_SIDE ? 1 : side / WORKING_SIDE;
    w->lines = w->factor < MOST_LINES ? w->factor : MOST_LINES;
    w->width = in->width / w->factor;
    w->height = in->height / w->factor;
    w->light_step = w->height < WORKING_SIDE ? 1 : 2;
    w->edge_step = w->height < WORKING_SIDE ? 1 : 4;
    size_t pixels = (size_t)w->width * (size_t)w->height, line = (size_t)in->width * 3;
    w->own_luma = eh_alloc_raw(pixels, sizeof *w->own_luma);
    w->soft = eh_alloc_raw(pixels, sizeof *w->soft);
    w->edge = eh_alloc_raw(pixels, sizeof *w->edge);
    w->column = eh_alloc_raw((size_t)w->width + 4, sizeof *w->column);
    w->sum = eh_alloc_raw(line, sizeof *w->sum);
    w->color = eh_alloc_raw((size_t)in->width * 2, sizeof *w->color);
    w->line = eh_alloc_raw(line, 1);
    w->own_lines = w->grey ? NULL : eh_alloc_raw((size_t)w->lines, line);
    if (!w->own_luma || !w->soft || !w->edge || !w->column || !w->sum || !w->color || !w->line ||
        (!w->grey && !w->own_lines))
        return eh_fail_memory(err, "the measures of a picture", pixels, 7);
    return EH_OK;
}

/* ---------------------------------------------------------------- light and colour */

EH_VECTOR_INLINE void line_on_white(uint8_t *out, const uint8_t *in, int width)
{
    for (int x = 0; x < width; x++)
        for (int c = 0; c < 3; c++)
            out[x * 3 + c] =
                (uint8_t)((in[x * 4 + c] * in[x * 4 + 3] + 255 * (255 - in[x * 4 + 3]) + 127) / 255);
}

/* The sums of `lines` lines; a constant makes one pass of it. */
EH_VECTOR_INLINE void sum_lines(uint16_t *restrict sum, const uint8_t *const line[MOST_LINES], int lines,
                                size_t count)
{
    for (size_t x = 0; x < count; x++) {
        uint16_t total = 0;
        for (int i = 0; i < lines; i++)
            total = (uint16_t)(total + line[i][x]);
        sum[x] = total;
    }
}

/* Means of blocks, rounded, from such sums: `factor` pixels a block. */
EH_VECTOR_INLINE void mean_blocks(uint8_t *restrict out, const uint16_t *restrict sum, int width, int factor,
                                  int lines)
{
    uint32_t area = (uint32_t)factor * (uint32_t)lines;
    for (int x = 0; x < width; x++, sum += factor) {
        uint32_t total = area / 2;
        for (int i = 0; i < factor; i++)
            total += sum[i];
        out[x] = (uint8_t)(total / area);
    }
}

/* Adds a line of blocks to the sums of colour. */
EH_VECTOR_INLINE void add_colors(work *w, int factor, int lines)
{
    int pixels = w->width * factor;
    const uint16_t *restrict sum = w->sum;
    int16_t *restrict red_green = w->color, *restrict yellow_blue = w->color + pixels;
    for (int x = 0; x < pixels; x++) {
        int r = sum[x * 3], g = sum[x * 3 + 1], b = sum[x * 3 + 2];
        red_green[x] = (int16_t)(r - g);
        yellow_blue[x] = (int16_t)(r + g - 2 * b);
    }
    int64_t rg = 0, yb = 0, rg2 = 0, yb2 = 0;
    for (int x = 0; x < w->width; x++) {
        int32_t of_rg = 0, of_yb = 0;
        for (int i = 0; i < factor; i++) {
            of_rg += red_green[x * factor + i];
            of_yb += yellow_blue[x * factor + i];
        }
        rg += of_rg;
        yb += of_yb;
        rg2 += (int64_t)of_rg * of_rg;
        yb2 += (int64_t)of_yb * of_yb;
    }
    double area = (double)factor * lines;
    w->rg += (double)rg / area;
    w->yb += (double)yb / area;
    w->rg2 += (double)rg2 / (area * area);
    w->yb2 += (double)yb2 / (area * area);
}

/* A line of blocks from `line`: means of luma into `luma`, or where that is NULL sums of colour. */
EH_VECTOR_INLINE void reduce_line(work *w, const uint8_t *const line[MOST_LINES], uint8_t *luma,
                                  size_t samples, int factor, int lines)
{
    sum_lines(w->sum, line, lines, samples);
    if (luma)
        mean_blocks(luma, w->sum, w->width, factor, lines);
    else
        add_colors(w, factor, lines);
}

/* The same. The factors of most pictures of faces are constants, so that loops over them are unrolled and nothing is divided. */
EH_VECTOR_INLINE void reduce(work *w, const uint8_t *const line[MOST_LINES], uint8_t *luma, size_t samples)
{
    switch (w->factor) {
    case 1:
        reduce_line(w, line, luma, samples, 1, 1);
        break;
    case 2:
        reduce_line(w, line, luma, samples, 2, 2);
        break;
    case 3:
        reduce_line(w, line, luma, samples, 3, 3);
        break;
    case 4:
        reduce_line(w, line, luma, samples, 4, 4);
        break;
    default:
        reduce_line(w, line, luma, samples, w->factor, w->lines);
        break;
    }
}

/* Adds a line to the histogram. */
EH_VECTOR_INLINE void count_levels(work *w, const uint8_t *luma)
{
    int x = 0;
    for (; x + 1 < w->width; x += 2) {
        w->histogram[0][luma[x]]++;
        w->histogram[1][luma[x + 1]]++;
    }
    if (x < w->width)
        w->histogram[0][luma[x]]++;
}

/* Line y of the picture given, alpha on white: into `own`, where it has to be made. */
EH_VECTOR_INLINE const uint8_t *line_of(uint8_t *own, const eh_image *in, int y)
{
    const uint8_t *line = in->data + (size_t)y * (size_t)in->width * (size_t)in->channels;
    if (in->channels != 4)
        return line;
    line_on_white(own, line, in->width);
    return own;
}

/* Luma of line y of the picture given. */
EH_VECTOR_INLINE const uint8_t *grey_line_of(work *w, uint8_t *own, const eh_image *in, int y)
{
    if (w->grey)
        return w->grey + (size_t)y * (size_t)in->width;
    eh_grey_pixels(own, line_of(w->line, in, y), (size_t)in->width, in->channels == 1 ? 1 : 3);
    return own;
}

/* Line i of those that are read of the blocks of working line y. */
EH_VECTOR_INLINE int source_line(const work *w, int y, int i)
{
    return y * w->factor + i * w->factor / w->lines;
}

/* Makes the working picture and its histogram. */
EH_VECTOR_INLINE void average_luma(work *w, const eh_image *in)
{
    const uint8_t *line[MOST_LINES];
    size_t width = (size_t)in->width;
    bool same = w->factor == 1 && w->grey;
    w->luma = same ? w->grey : w->own_luma;
    for (int y = 0; y < w->height; y++) {
        for (int i = 0; i < w->lines && !same; i++)
            line[i] = grey_line_of(w, w->own_lines + (size_t)i * width, in, source_line(w, y, i));
        if (!same)
            reduce(w, line, w->own_luma + (size_t)y * (size_t)w->width, width);
        if (y % w->light_step == 0)
            count_levels(w, w->luma + (size_t)y * (size_t)w->width);
    }
}

/* Sums over the colours of the working picture. */
EH_VECTOR_INLINE void average_colors(work *w, const eh_image *in)
{
    const uint8_t *line[MOST_LINES];
    size_t samples = (size_t)in->width * 3;
    for (int y = 0; y < w->height; y += w->edge_step) {
        for (int i = 0; i < w->lines; i++)
            line[i] = line_of(w->own_lines + (size_t)i * samples, in, source_line(w, y, i));
        reduce(w, line, NULL, samples);
    }
}

/* Level below which `share` of the pixels lie, 0..1. */
static float percentile(const double histogram[LEVELS], double pixels, double share)
{
    double below = 0;
    int level = 0;
    for (; level < LEVELS - 1; level++) {
        below += histogram[level];
        if (below >= share * pixels)
            break;
    }
    return (float)level / 255;
}

EH_VECTOR_INLINE void measure_light(eh_image_quality_measures *out, const work *w)
{
    double n = (double)w->width * ((w->height + w->light_step - 1) / w->light_step), sum = 0, squares = 0,
           entropy = 0, dark = 0, light = 0;
    double histogram[LEVELS];
    for (int v = 0; v < LEVELS; v++) {
        double count = histogram[v] = (double)w->histogram[0][v] + w->histogram[1][v];
        if (count == 0)
            continue;
        sum += count * v;
        squares += count * v * v;
        entropy -= count / n * (double)log2f((float)(count / n));
        dark += v <= CLIP ? count : 0;
        light += v >= 255 - CLIP ? count : 0;
    }
    double mean = sum / n, variance = squares / n - mean * mean;
    out->brightness = (float)(mean / 255);
    out->contrast = variance > 0 ? (float)(sqrt(variance) / 255) : 0;
    out->entropy = entropy > 0 ? (float)entropy : 0;
    out->clipped_dark = (float)(dark / n);
    out->clipped_light = (float)(light / n);
    out->shade = percentile(histogram, n, 0.05);
    out->light = percentile(histogram, n, 0.95);
    double colors = (double)w->width * ((w->height + w->edge_step - 1) / w->edge_step);
    double rg = w->rg / colors, yb = w->yb / colors / 2;
    double spread = w->rg2 / colors - rg * rg + w->yb2 / colors / 4 - yb * yb;
    out->colorfulness = (float)((sqrt(spread > 0 ? spread : 0) + 0.3 * sqrt(rg * rg + yb * yb)) / 255);
}

/* ---------------------------------------------------------------- blur */

/* Binomial 1 4 6 4 1 both ways; the border is repeated. */
EH_VECTOR_INLINE void soften(work *w)
{
    int width = w->width, height = w->height;
    uint16_t *restrict column = w->column;
    for (int y = 0; y < height; y++) {
        const uint8_t *row[5];
        if (w->edge_step == 4 &&
            y % 4 == 3) /* edges are looked for on lines 1, 5, 9 ...: this one is no neighbour of them */
            continue;
        for (int i = 0; i < 5; i++) {
            int at = y + i - 2;
            at = at < 0 ? 0 : at >= height ? height - 1 : at;
            row[i] = w->luma + (size_t)at * (size_t)width;
        }
        for (int x = 0; x < width; x++)
            column[x + 2] = (uint16_t)(row[0][x] + row[4][x] + 4 * (row[1][x] + row[3][x]) + 6 * row[2][x]);
        column[0] = column[1] = column[2];
        column[width + 2] = column[width + 3] = column[width + 1];
        uint16_t *restrict out = w->soft + (size_t)y * (size_t)width;
        for (int x = 0; x < width; x++)
            out[x] = (uint16_t)(column[x] + column[x + 4] + 4 * (column[x + 1] + column[x + 3]) +
                                6 * column[x + 2]);
    }
}

/* Fills w->edge; the mean of it. */
EH_VECTOR_INLINE double find_edges(work *w)
{
    size_t width = (size_t)w->width;
    uint64_t total = 0, lines = 0;
    for (size_t y = 1; y + 1 < (size_t)w->height; y += (size_t)w->edge_step) {
        const uint16_t *restrict up = w->soft + (y - 1) * width, *restrict at = up + width,
                                 *restrict down = at + width;
        int32_t *restrict edge = w->edge + y * width;
        for (size_t x = 1; x < width - 1; x++) {
            int dx = abs(at[x + 1] - at[x - 1]) >> 4, dy = abs(down[x] - up[x]) >> 4;
            edge[x] = dx * dx + dy * dy;
        }
        for (size_t x = 1; x < width - 1; x++)
            total += (uint32_t)edge[x];
        lines++;
    }
    return (double)total / ((double)(width - 2) * (double)lines);
}

/* Bin of (g / g')^2 - 1: 32 to an octave, from 2^-10 to 2^10. */
EH_VECTOR_INLINE unsigned log_bin(float value)
{
    uint32_t bits;
    if (!(value > 0x1p-10f))
        return 0;
    memcpy(&bits, &value, sizeof bits);
    unsigned bin = (bits >> 18) - ((127 - 10) << 5);
    return bin < LOG_BINS ? bin : LOG_BINS - 1;
}

/* Middle of a bin. */
static float bin_value(unsigned bin)
{
    uint32_t bits = ((bin + ((127 - 10) << 5)) << 18) + (1u << 17);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Counts how much sharper the edges of at least `least` are than when softened; the number of them. */
EH_VECTOR_INLINE size_t count_softness(uint32_t count[LOG_BINS], const work *w, int32_t least)
{
    size_t width = (size_t)w->width, edges = 0;
    memset(count, 0, LOG_BINS * sizeof *count);
    for (size_t y = 1; y + 1 < (size_t)w->height; y += (size_t)w->edge_step) {
        const int32_t *edge = w->edge + y * width;
        const uint8_t *luma = w->luma + y * width;
        for (size_t first = 1; first < width - 1; first += BLOCK) {
            size_t end = first + BLOCK < width - 1 ? first + BLOCK : width - 1;
            int32_t strongest = 0;
            for (size_t x = first; x < end; x++)
                strongest = edge[x] > strongest ? edge[x] : strongest;
            if (strongest < least) /* most of a picture is no edge */
                continue;
            for (size_t x = first; x < end; x++) {
                if (edge[x] < least)
                    continue;
                int dx = luma[x + 1] - luma[x - 1], dy = luma[x + width] - *(luma + x - width);
                count[log_bin((float)(dx * dx + dy * dy) * 256 / (float)edge[x] - 1)]++;
                edges++;
            }
        }
    }
    return edges;
}

EH_VECTOR_INLINE float measure_blur(work *w)
{
    uint32_t count[LOG_BINS];
    if (w->width < 5 || w->height < 5)
        return 0;
    soften(w);
    double mean = find_edges(w);
    int32_t floor = LEAST_EDGE * 256, least = (int32_t)(STRONG_EDGE * mean);
    size_t edges = count_softness(count, w, least > floor ? least : floor);
    if (edges < FEWEST_EDGES) /* all alike: take the stronger half */
        edges = count_softness(count, w, mean > floor ? (int32_t)mean : floor);
    if (edges < FEWEST_EDGES)
        return 0;
    size_t sharper = 0;
    unsigned bin = LOG_BINS - 1; /* the sharpest edges fall most */
    for (; bin > 0; bin--) {
        sharper += count[bin];
        if ((double)sharper >= SHARPEST * (double)edges)
            break;
    }
    int side = w->width < w->height ? w->width : w->height;
    float blur = 1 / sqrtf(bin_value(bin));
    return side > WORKING_SIDE ? blur * WORKING_SIDE / (float)side : blur;
}

EH_VECTOR_INLINE void measure(eh_image_quality_measures *out, work *w, const eh_image *image)
{
    average_luma(w, image);
    if (image->channels != 1)
        average_colors(w, image);
    measure_light(out, w);
    out->blur = measure_blur(w);
}

static void measure_base(eh_image_quality_measures *out, work *w, const eh_image *image)
{
    measure(out, w, image);
}

#ifdef EH_VECTOR_X86
EH_WITH_VECTOR_256 static void measure_256(eh_image_quality_measures *out, work *w, const eh_image *image)
{
    measure(out, w, image);
}

EH_WITH_VECTOR_512 static void measure_512(eh_image_quality_measures *out, work *w, const eh_image *image)
{
    measure(out, w, image);
}
#endif

eh_status eh_image_quality(eh_image_quality_measures *out, const eh_image *image, const uint8_t *grey,
                           eh_error *err)
{
    work w = { .grey = image->channels == 4 ? NULL : grey };
    *out = (eh_image_quality_measures){ .aspect = (float)image->width / (float)image->height };
    eh_status status = alloc_work(&w, image, err);
    void (*run)(eh_image_quality_measures *, work *, const eh_image *) = measure_base;
#ifdef EH_VECTOR_X86
    eh_vector_level level = eh_vector_get_level();
    run = level >= EH_VECTOR_512 ? measure_512 : level >= EH_VECTOR_256 ? measure_256 : measure_base;
#endif
    if (status == EH_OK)
        run(out, &w, image);
    free_work(&w);
    return status;
}
