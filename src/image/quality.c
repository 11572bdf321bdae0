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
 * Cost    One pass to average, about ten over the working size.
 * Differs The paper fits a map of blur; one percentile is enough here. The softening is the binomial 1 4 6 4 1 (variance 1), in integers.
 * Easy to get wrong: a flat picture has no edge, so noise would decide: gradients below 1.5 levels a pixel are no edges, and without edges
 *         blur is 0, not large. Small pictures are not enlarged: 28 pixels cannot be blurred by more than they have.
 */
#include "image/quality.h"

#include "base/vector_level.h"
#include "evenhand/memory.h"
#include "image/grey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORKING_SIDE = 64, LEVELS = 256, CLIP = 2, FEWEST_EDGES = 8, LOG_BINS = 640, PIECE = 4096, BLOCK = 8 };

#define STRONG_EDGE 3   /* times the mean squared gradient */
#define LEAST_EDGE  4   /* squared difference of softened luma over two pixels */
#define SHARPEST    0.2 /* quantile of the softness among strong edges */

/* The working picture and what is made of it; sizes in elements. Light and colour are read from every light_step-th line of it, edges from
 * every edge_step-th. */
typedef struct work {
    int width, height, factor, light_step, edge_step;
    uint8_t *luma;    /* [height, width] */
    uint16_t *soft;   /* [height, width] luma softened, times 256 */
    int32_t *edge;    /* [height, width] squared gradient of it over two pixels, times 256; inner pixels */
    uint16_t *column; /* [width + 4] one line softened downwards, times 16 */
    uint32_t *sum;    /* [in->width * 3] one line of sums over `factor` lines */
    uint8_t *line;    /* [in->width * 3] one line without alpha, or of means */
    uint32_t
        histogram[2][LEVELS]; /* of luma; even and odd columns: adding to one counter twice in a row waits */
    int64_t rg, rg2, yb, yb2; /* sums of R - G and R + G - 2 B, and of their squares */
} work;

static void free_work(work *w)
{
    eh_free(w->luma);
    eh_free(w->soft);
    eh_free(w->edge);
    eh_free(w->column);
    eh_free(w->sum);
    eh_free(w->line);
}

static eh_status alloc_work(work *w, const eh_image *in, eh_error *err)
{
    int side = in->width < in->height ? in->width : in->height;
    w->factor = side < 2 * WORKING_SIDE ? 1 : side / WORKING_SIDE;
    w->width = in->width / w->factor;
    w->height = in->height / w->factor;
    w->light_step = w->height < WORKING_SIDE ? 1 : 2;
    w->edge_step = w->height < WORKING_SIDE ? 1 : 4;
    size_t pixels = (size_t)w->width * (size_t)w->height, line = (size_t)in->width * 3;
    w->luma = eh_alloc_raw(pixels, sizeof *w->luma);
    w->soft = eh_alloc_raw(pixels, sizeof *w->soft);
    w->edge = eh_alloc_raw(pixels, sizeof *w->edge);
    w->column = eh_alloc_raw((size_t)w->width + 4, sizeof *w->column);
    w->sum = eh_alloc_raw(line, sizeof *w->sum);
    w->line = eh_alloc_raw(line, 1);
    if (!w->luma || !w->soft || !w->edge || !w->column || !w->sum || !w->line)
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

/* Means of blocks, rounded, from w->sum into w->line. Below an area of 4096, total / area is exactly total * (2^32 / area + 1) >> 32, as total is
 * below 256 area: no division. */
EH_VECTOR_INLINE void mean_line(work *w, int channels)
{
    uint32_t area = (uint32_t)w->factor * (uint32_t)w->factor;
    uint64_t inverse = area < 4096 ? (UINT64_C(1) << 32) / area + 1 : 0;
    int factor = w->factor, width = w->width;
    const uint32_t *restrict sum = w->sum;
    uint8_t *restrict out = w->line;
    for (int x = 0; x < width; x++, out += channels) {
        uint32_t total[3] = { area / 2, area / 2, area / 2 };
        for (int i = 0; i < factor; i++, sum += channels)
            for (int c = 0; c < channels; c++)
                total[c] += sum[c];
        for (int c = 0; c < channels; c++)
            out[c] = (uint8_t)(inverse ? total[c] * inverse >> 32 : total[c] / area);
    }
}

/* Adds at most PIECE pixels to the sums of colour: what 32 bits hold. */
EH_VECTOR_INLINE void add_colors(work *w, const uint8_t *rgb, int count)
{
    int32_t rg = 0, yb = 0, rg2 = 0, yb2 = 0;
    for (int x = 0; x < count; x++) {
        int r = rgb[x * 3], g = rgb[x * 3 + 1], b = rgb[x * 3 + 2];
        int red_green = r - g, yellow_blue = r + g - 2 * b;
        rg += red_green;
        yb += yellow_blue;
        rg2 += red_green * red_green;
        yb2 += yellow_blue * yellow_blue;
    }
    w->rg += rg;
    w->rg2 += rg2;
    w->yb += yb;
    w->yb2 += yb2;
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

EH_VECTOR_INLINE void add_line(uint32_t *restrict sum, const uint8_t *restrict line, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += line[i];
}

/* Makes the working picture; 1 or 3 channels, so that each is a loop of its own. */
EH_VECTOR_INLINE void average(work *w, const eh_image *in, int channels)
{
    size_t samples = (size_t)in->width * (size_t)channels, stride = (size_t)in->width * (size_t)in->channels;
    const uint8_t *from = in->data;
    for (int y = 0; y < w->height; y++) {
        const uint8_t *line = from;
        if (w->factor > 1)
            memset(w->sum, 0, samples * sizeof *w->sum);
        for (int i = 0; i < w->factor; i++, from += stride) {
            line = from;
            if (in->channels == 4) {
                line_on_white(w->line, from, in->width);
                line = w->line;
            }
            if (w->factor > 1)
                add_line(w->sum, line, samples);
        }
        if (w->factor > 1) {
            mean_line(w, channels);
            line = w->line;
        }
        uint8_t *luma = w->luma + (size_t)y * (size_t)w->width;
        eh_grey_pixels(luma, line, (size_t)w->width, channels);
        if (y % w->light_step != 0)
            continue;
        count_levels(w, luma);
        for (int x = 0; channels == 3 && x < w->width; x += PIECE)
            add_colors(w, line + (size_t)x * 3, w->width - x < PIECE ? w->width - x : PIECE);
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
        entropy -= count / n * log2(count / n);
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
    double rg = (double)w->rg / n, yb = (double)w->yb / n / 2;
    double spread = (double)w->rg2 / n - rg * rg + (double)w->yb2 / n / 4 - yb * yb;
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
    if (image->channels == 1)
        average(w, image, 1);
    else
        average(w, image, 3);
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

eh_status eh_image_quality(eh_image_quality_measures *out, const eh_image *image, eh_error *err)
{
    work w = { 0 };
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
