/* rate_plot.c - the curve of a sweep as an SVG picture that needs nothing beside it. */
#include "train/rate_sweep.h"

#include <math.h>

/* The picture and the rectangle of the curve in it, in pixels. */
#define WIDTH  720.0
#define HEIGHT 420.0
#define LEFT   70.0
#define RIGHT  700.0
#define TOP    46.0
#define BOTTOM 360.0

enum { LINES = 5 };

typedef struct scale {
    double low, high; /* logarithm of the rate */
    double least, most;
} scale;

static double across(const scale *s, double rate)
{
    return LEFT + (RIGHT - LEFT) * (log10(rate) - s->low) / (s->high - s->low);
}

static double down(const scale *s, double loss)
{
    double y = BOTTOM - (BOTTOM - TOP) * (loss - s->least) / (s->most - s->least);
    return fmax(TOP, fmin(BOTTOM, y));
}

/* What is shown: the smooth curve with some air around it. Where it ran away its top is cut at twice the height of what lies before its lowest point. */
static scale scale_of(const eh_rate_sweep *s)
{
    scale k = { .low = log10(s->from), .high = log10(s->to), .least = INFINITY, .most = -INFINITY };
    size_t lowest = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->point[i].smooth < s->point[lowest].smooth)
            lowest = i;
    for (size_t i = 0; i < s->count; i++) {
        k.least = fmin(k.least, s->point[i].smooth);
        if (i <= lowest) {
            k.least = fmin(k.least, s->point[i].loss);
            k.most = fmax(k.most, s->point[i].smooth);
        }
    }
    double range = k.most - k.least;
    if (!(range > 0))
        range = k.least > 0 ? k.least : 1;
    k.most = k.least + 1.6 * range;
    k.least -= 0.05 * range;
    return k;
}

static void append_text(eh_str *out, double x, double y, const char *anchor, const char *text)
{
    eh_str_appendf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, text);
}

static void append_axes(eh_str *out, const scale *k)
{
    char text[32];
    eh_str_append(out, "<g stroke=\"#ddd\">\n");
    for (double d = ceil(k->low - 1e-9); d <= k->high + 1e-9; d++)
        eh_str_appendf(out, "<path d=\"M%.1f %.1fV%.1f\"/>\n", across(k, pow(10, d)), TOP, BOTTOM);
    for (int i = 0; i <= LINES; i++)
        eh_str_appendf(out, "<path d=\"M%.1f %.1fH%.1f\"/>\n", LEFT, BOTTOM + (TOP - BOTTOM) * i / LINES,
                       RIGHT);
    eh_str_append(out, "</g>\n<g fill=\"#444\">\n");
    for (double d = ceil(k->low - 1e-9); d <= k->high + 1e-9; d++) {
        snprintf(text, sizeof text, "%g", pow(10, d));
        append_text(out, across(k, pow(10, d)), BOTTOM + 18, "middle", text);
    }
    for (int i = 0; i <= LINES; i++) {
        snprintf(text, sizeof text, "%.3g", k->least + (k->most - k->least) * i / LINES);
        append_text(out, LEFT - 8, BOTTOM + (TOP - BOTTOM) * i / LINES + 4, "end", text);
    }
    append_text(out, (LEFT + RIGHT) / 2, BOTTOM + 42, "middle", "learning rate");
    eh_str_appendf(out,
                   "<text transform=\"translate(18 %.1f) rotate(-90)\" text-anchor=\"middle\">loss, "
                   "smoothed</text>\n</g>\n",
                   (TOP + BOTTOM) / 2);
}

static void append_curve(eh_str *out, const eh_rate_sweep *s, const scale *k)
{
    eh_str_append(out, "<g fill=\"#999\">\n");
    for (size_t i = 0; i < s->count; i++)
        if (s->point[i].loss >= k->least && s->point[i].loss <= k->most)
            eh_str_appendf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"1.5\"/>\n", across(k, s->point[i].rate),
                           down(k, s->point[i].loss));
    eh_str_append(out, "</g>\n<path fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2.5\" d=\"");
    for (size_t i = 0; i < s->count && s->point[i].smooth <= k->most; i++)
        eh_str_appendf(out, "%s%.1f %.1f", i ? "L" : "M", across(k, s->point[i].rate),
                       down(k, s->point[i].smooth));
    eh_str_append(out, "\"/>\n");
}

static void append_suggestion(eh_str *out, const eh_rate_sweep *s, const scale *k, double rate,
                              const char *name, const char *colour, double legend)
{
    if (isnan(rate) || rate < s->from || rate > s->to)
        return;
    double x = across(k, rate);
    size_t near = 0;
    for (size_t i = 0; i < s->count; i++)
        if (fabs(log(s->point[i].rate / rate)) < fabs(log(s->point[near].rate / rate)))
            near = i;
    eh_str_appendf(out,
                   "<g fill=\"%s\" stroke=\"none\"><path d=\"M%.1f %.1fV%.1f\" stroke=\"%s\" "
                   "stroke-dasharray=\"4 3\"/><circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>\n"
                   "<circle cx=\"%.1f\" cy=\"24\" r=\"5\"/><text x=\"%.1f\" y=\"28\">%s %.2g</text></g>\n",
                   colour, x, TOP, BOTTOM, colour, x, down(k, s->point[near].smooth), legend, legend + 10,
                   name, rate);
}

void eh_rate_plot(eh_str *svg, const eh_rate_sweep *s)
{
    scale k = scale_of(s);
    eh_str_appendf(svg,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" "
                   "height=\"%g\" font-family=\"sans-serif\" font-size=\"13\">\n"
                   "<rect width=\"%g\" height=\"%g\" fill=\"#fff\"/>\n",
                   WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT);
    append_axes(svg, &k);
    append_curve(svg, s, &k);
    append_suggestion(svg, s, &k, s->suggestion.minimum, "minimum / 10", "#6a3d9a", LEFT + 290);
    append_suggestion(svg, s, &k, s->suggestion.steep, "steep", "#b15928", LEFT + 150);
    append_suggestion(svg, s, &k, s->suggestion.valley, "valley", "#1b7a2f", LEFT + 5);
    eh_str_append(svg, "</svg>\n");
}
