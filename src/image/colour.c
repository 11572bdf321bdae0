/* colour.c - changes of brightness, contrast and colour; see colour.h.
 *
 * How      What acts on each sample alone is a table of 256 entries. Hue: with v = max, c = max - min and the place h in 0..6 on the colour circle, a
 *          channel is v - c clamp(min(k, 4 - k), 0, 1), k = (n + h) mod 6, n = 5, 3, 1 for red, green, blue: no branches, so vector code.
 * Source   torchvision.transforms.functional; the formula without branches: Wikipedia, "HSL and HSV", "HSV to RGB alternative".
 * Deviates from torchvision, which cuts off what is behind the point where this rounds.
 * Easy to get wrong: torchvision's grey of a pixel is a whole number, cut off, before its mean is taken.
 */
#include "image/colour.h"

#include <math.h>

enum { PIECE = 128 };

static uint8_t to_byte(double value)
{
    return (uint8_t)(value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5);
}

static void look_up(uint8_t *samples, size_t count, const uint8_t table[256])
{
    for (size_t i = 0; i < count; i++)
        samples[i] = table[samples[i]];
}

static void scale(uint8_t *samples, size_t count, double factor, double add)
{
    uint8_t table[256];
    for (int v = 0; v < 256; v++)
        table[v] = to_byte(factor * v + add);
    look_up(samples, count, table);
}

void eh_colour_brightness(uint8_t *samples, size_t pixels, int channels, double factor)
{
    if (factor != 1)
        scale(samples, pixels * (size_t)channels, factor, 0);
}

static inline float grey_of(const uint8_t *p)
{
    return 0.2989f * (float)p[0] + 0.587f * (float)p[1] + 0.114f * (float)p[2];
}

void eh_colour_contrast(uint8_t *samples, size_t pixels, int channels, double factor)
{
    uint64_t sum = 0;
    if (factor == 1)
        return;
    for (size_t i = 0; i < pixels; i++)
        sum += channels == 3 ? (uint32_t)grey_of(samples + 3 * i) : samples[i];
    scale(samples, pixels * (size_t)channels, factor, (1 - factor) * (double)sum / (double)pixels);
}

static inline uint8_t byte_of(float value)
{
    value = value > 0 ? value : 0;
    value = value < 255 ? value : 255;
    return (uint8_t)(int32_t)(value + 0.5f);
}

void eh_colour_saturation(uint8_t *samples, size_t pixels, int channels, double factor)
{
    const float f = (float)factor;
    if (channels != 3 || factor == 1)
        return;
    for (size_t i = 0; i < pixels; i++) {
        uint8_t *p = samples + 3 * i;
        float add = (1 - f) * (float)(int32_t)grey_of(p);
        for (int c = 0; c < 3; c++)
            p[c] = byte_of(f * (float)p[c] + add);
    }
}

/* One channel of a colour: most = its largest channel, range = most - least, k as above. */
static inline float channel_of(float most, float range, float k)
{
    k = k >= 6 ? k - 6 : k;
    float part = k < 4 - k ? k : 4 - k;
    part = part < 1 ? part : 1;
    part = part > 0 ? part : 0;
    return most - range * part;
}

/* turn: 0 .. 6. */
static void turn_piece(uint8_t *p, int count, float turn)
{
    float r[PIECE], g[PIECE], b[PIECE];
    for (int i = 0; i < count; i++) {
        r[i] = (float)p[3 * i];
        g[i] = (float)p[3 * i + 1];
        b[i] = (float)p[3 * i + 2];
    }
    for (int i = 0; i < count; i++) {
        float red = r[i], green = g[i], blue = b[i];
        float most = red > green ? red : green, least = red < green ? red : green;
        most = most > blue ? most : blue;
        least = least < blue ? least : blue;
        float range = most - least, by = range > 0 ? 1 / range : 0;
        float h = most == red     ? (green - blue) * by
                  : most == green ? 2 + (blue - red) * by
                                  : 4 + (red - green) * by;
        h += turn;
        h = h < 0 ? h + 6 : h;
        h = h >= 6 ? h - 6 : h;
        r[i] = channel_of(most, range, 5 + h);
        g[i] = channel_of(most, range, 3 + h);
        b[i] = channel_of(most, range, 1 + h);
    }
    for (int i = 0; i < count; i++) {
        p[3 * i] = byte_of(r[i]);
        p[3 * i + 1] = byte_of(g[i]);
        p[3 * i + 2] = byte_of(b[i]);
    }
}

void eh_colour_hue(uint8_t *samples, size_t pixels, int channels, double turn)
{
    if (channels != 3 || turn == 0)
        return;
    float whole = (float)(6 * (turn - floor(turn)));
    for (size_t i = 0; i < pixels; i += PIECE)
        turn_piece(samples + 3 * i, (int)(pixels - i < PIECE ? pixels - i : PIECE), whole);
}

void eh_colour_lighting(uint8_t *samples, size_t pixels, int channels, double brightness, double contrast)
{
    uint8_t table[256];
    double add = log(brightness / (1 - brightness));
    if (brightness == 0.5 && contrast == 1)
        return;
    for (int v = 0; v < 256; v++) {
        double x = v / 255.0;
        x = x < 1e-7 ? 1e-7 : x > 1 - 1e-7 ? 1 - 1e-7 : x;
        x = (log(x / (1 - x)) + add) * contrast;
        table[v] = to_byte(255 / (1 + exp(-x)));
    }
    look_up(samples, pixels * (size_t)channels, table);
}
