/* histogram.c - counting numbers in steps. */
#include "metric/histogram.h"

#include "base/str.h"

#include <math.h>
#include <string.h>

#define MOST_BINS   10000
#define CHOSEN_BINS 20
#define MOST_EDGES  1000

/* ---------------------------------------------------------------- how to cut */

/* "0/18/65" into ascending numbers. */
static eh_status parse_edges(eh_bins *out, eh_arena *arena, const char *text, const char *whole,
                             eh_error *err)
{
    char *copy = eh_arena_strdup(arena, text);
    double *edge = eh_arena_alloc(arena, MOST_EDGES, sizeof *edge);
    if (!copy || !edge)
        return eh_fail_memory(err, "the edges of a histogram", MOST_EDGES, sizeof *edge);
    for (char *next = copy; next;) {
        char *slash = strchr(next, '/');
        if (slash)
            *slash++ = '\0';
        if (out->edges == MOST_EDGES)
            return eh_fail(err, EH_ERR_USAGE, "'%.80s...' has more than %d edges", whole, MOST_EDGES);
        if (!eh_parse_float(&edge[out->edges], next))
            return eh_fail(err, EH_ERR_USAGE, "'%s': '%s' is no number; write edges as in age:0/18/65", whole,
                           next);
        if (out->edges && edge[out->edges] <= edge[out->edges - 1])
            return eh_fail(err, EH_ERR_USAGE, "'%s': edges must rise, but %g does not lie above %g", whole,
                           edge[out->edges], edge[out->edges - 1]);
        out->edges++;
        next = slash;
    }
    out->edge = edge;
    return EH_OK;
}

eh_status eh_bins_parse(eh_bins *out, eh_arena *arena, const char *text, eh_error *err)
{
    const char *colon = strrchr(text, ':');
    char *column = eh_arena_strdup(arena, text);
    *out = (eh_bins){ .column = column };
    if (!column)
        return eh_fail_memory(err, "a histogram", 1, strlen(text) + 1);
    if (!colon)
        return EH_OK;
    column[colon - text] = '\0';
    if (strchr(colon, '/'))
        return parse_edges(out, arena, colon + 1, text, err);
    if (!eh_parse_float(&out->step, colon + 1) || out->step <= 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "'%s': '%s' is no step; write a number above 0 as in age:10, or edges as in "
                       "age:0/18/65",
                       text, colon + 1);
    return EH_OK;
}

/* 1, 2 or 5 times a power of ten, at least x. */
static double nice_step(double x)
{
    double power = pow(10, floor(log10(x)));
    static const double nice[] = { 1, 2, 5, 10 };
    for (size_t i = 0; i < 4; i++)
        if (nice[i] * power >= x * (1 - 1e-6))
            return nice[i] * power;
    return 10 * power;
}

typedef struct extent {
    double low, high;
    bool any, whole; /* whole: every number is one without a fraction */
} extent;

static extent measure(const eh_frame_column *column, size_t rows)
{
    extent e = { .low = INFINITY, .high = -INFINITY, .whole = true };
    for (size_t row = 0; row < rows; row++) {
        double x = (double)column->number[row];
        if (isnan(x))
            continue;
        e.any = true;
        e.low = fmin(e.low, x);
        e.high = fmax(e.high, x);
        e.whole &= x == floor(x);
    }
    return e;
}

/* Edges from a multiple of the step at or below the smallest number to one above the largest. */
static eh_status make_edges(eh_histogram *out, eh_arena *arena, const eh_bins *bins, const extent *e,
                            eh_error *err)
{
    double step = bins->step;
    if (!bins->edge && step <= 0) {
        step = e->any && e->high > e->low ? nice_step((e->high - e->low) / CHOSEN_BINS) : 1;
        step = e->whole ? fmax(1, step) : step;
    }
    double first = bins->edge || !e->any ? 0 : floor(e->low / step);
    double last = bins->edge || !e->any ? 0 : floor(e->high / step) + 1;
    double count = bins->edge ? (double)bins->edges - 1 : last - first;
    if (count > MOST_BINS)
        return eh_fail(err, EH_ERR_LIMIT,
                       "%s from %g to %g in steps of %g are %.0f bins; at most %d are counted: take larger "
                       "steps",
                       bins->column, e->low, e->high, step, count, MOST_BINS);
    if (bins->edge && bins->edges < 2)
        return eh_fail(err, EH_ERR_USAGE, "a histogram of %s needs two edges or more", bins->column);
    out->bins = (size_t)count;
    out->edge = eh_arena_alloc(arena, out->bins + 1, sizeof *out->edge);
    if (!out->edge)
        return eh_fail_memory(err, "the edges of a histogram", out->bins, sizeof *out->edge);
    for (size_t i = 0; i <= out->bins; i++)
        out->edge[i] = bins->edge ? bins->edge[i] : (first + (double)i) * step;
    return EH_OK;
}

/* "10-19" where all numbers and edges are whole, "10" for a step of one, else "0.5 to 1". */
static eh_status name_bins(eh_histogram *out, eh_arena *arena, bool whole, eh_error *err)
{
    out->name = eh_arena_alloc(arena, out->bins, sizeof *out->name);
    if (!out->name)
        return eh_fail_memory(err, "the names of bins", out->bins, sizeof *out->name);
    for (size_t i = 0; i <= out->bins; i++)
        whole &= out->edge[i] == floor(out->edge[i]);
    for (size_t i = 0; i < out->bins; i++) {
        double low = out->edge[i], high = out->edge[i + 1];
        if (whole && high - low == 1)
            out->name[i] = eh_arena_printf(arena, "%.0f", low);
        else if (whole)
            out->name[i] = eh_arena_printf(arena, "%.0f-%.0f", low, high - 1);
        else
            out->name[i] = eh_arena_printf(arena, "%.6g to %.6g", low, high);
        if (!out->name[i])
            return eh_fail_memory(err, "the names of bins", 1, 32);
    }
    return EH_OK;
}

/* The bin of x, or bins when it lies outside. */
static size_t bin_of(const eh_histogram *h, double x, bool closed)
{
    size_t low = 0, high = h->bins;
    if (h->bins == 0 || x < h->edge[0])
        return h->bins;
    if (x >= h->edge[h->bins])
        return closed && x == h->edge[h->bins] ? h->bins - 1 : h->bins;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (x < h->edge[middle])
            high = middle;
        else
            low = middle;
    }
    return low;
}

eh_status eh_histogram_make(eh_histogram *out, eh_arena *arena, const eh_frame *frame,
                            const eh_groups *groups, const eh_bins *bins, eh_error *err)
{
    const eh_frame_column *column;
    *out = (eh_histogram){ .column = eh_arena_strdup(arena, bins->column),
                           .groups = groups ? groups->count : 1 };
    EH_TRY(eh_frame_find(&column, frame, bins->column, err));
    if (column->kind != EH_COLUMN_NUMBER)
        return eh_fail(err, EH_ERR_USAGE, "a histogram is made of numbers, but '%s' holds %s", bins->column,
                       column->kind == EH_COLUMN_CLASS ? "classes: count it with --groups" : "free text");
    extent e = measure(column, frame->rows);
    EH_TRY(make_edges(out, arena, bins, &e, err));
    EH_TRY(name_bins(out, arena, e.whole && !bins->edge, err));
    out->count = eh_arena_alloc(arena, out->groups * out->bins, sizeof *out->count);
    out->missing = eh_arena_alloc(arena, out->groups, sizeof *out->missing);
    out->outside = eh_arena_alloc(arena, out->groups, sizeof *out->outside);
    if (!out->column || !out->count || !out->missing || !out->outside)
        return eh_fail_memory(err, "a histogram", out->groups * out->bins, sizeof *out->count);
    for (size_t row = 0; row < frame->rows; row++) {
        size_t g = groups ? (size_t)groups->of_row[row] : 0;
        double x = (double)column->number[row];
        size_t bin = isnan(x) ? out->bins : bin_of(out, x, bins->edge != NULL);
        if (isnan(x))
            out->missing[g]++;
        else if (bin == out->bins)
            out->outside[g]++;
        else
            out->count[g * out->bins + bin]++;
    }
    return EH_OK;
}
