/* cpu_reduce.c - sum, mean and maximum over axes.
 *
 * Sums have ways of their own. All axes: the memory is walked as it lies (padding is zero) in pieces of fixed size whose sums are added in order. All axes
 * but the channels: one sum per channel in image layouts. All axes behind the channels, or the last axes of row-major memory: planes (cpu_planes.h). The
 * first axes: rows added up, column by column (the gradient of a bias). Everything else, and maxima: row-major with strides.
 * Sums are f64 over short f32 runs and do not depend on the number of threads. Sums of bf16 elements are f32 (all ways but the general one read bf16).
 */
#include "backend/cpu/cpu_planes.h"
#include "backend/cpu/cpu_vector.h"

#include <math.h>

#define PIECE 4096 /* elements that are added in f32 lanes */

typedef enum form { ALL, CHANNELS, PLANES, LAST, ROWS, GENERAL } form;

typedef struct reduce {
    form form;
    bool maximum;
    double factor;
    eh_element element; /* of x */
    const void *x;
    float *y;
    int64_t count, outputs, group;
    double *pieces;
    eh_channels channels; /* CHANNELS, PLANES, LAST */
    /* GENERAL: axes that stay and axes that go, with strides of x. */
    int kept, gone;
    int64_t kept_dim[EH_MAX_RANK], kept_stride[EH_MAX_RANK], gone_dim[EH_MAX_RANK], gone_stride[EH_MAX_RANK];
} reduce;

/* ---- all ---- */

EH_INLINE double sum_piece(const void *x, int64_t i, int64_t end, eh_as as)
{
    eh_v16 s0 = eh_splat(0), s1 = s0;
    for (; i + 32 <= end; i += 32) {
        s0 += eh_get(x, i, as);
        s1 += eh_get(x, i + 16, as);
    }
    for (; i + 16 <= end; i += 16)
        s0 += eh_get(x, i, as);
    s0 += s1;
    double sum = 0;
    for (int l = 0; l < 16; l++)
        sum += (double)s0[l];
    for (; i < end; i++)
        sum += (double)eh_get_one(x, i, as);
    return sum;
}

EH_INLINE void all_body(const void *args, int part, int parts, eh_as as)
{
    const reduce *r = args;
    int64_t from, to, pieces = (r->count + PIECE - 1) / PIECE;
    eh_cpu_share(pieces, part, parts, &from, &to);
    for (int64_t p = from; p < to; p++)
        r->pieces[p] =
            sum_piece(r->x, p * PIECE, (p + 1) * PIECE < r->count ? (p + 1) * PIECE : r->count, as);
}
EH_TYPED_VARIANTS(all_run, all_body);

/* ---- channels ---- */

EH_INLINE void channels_body(const void *args, int part, int parts, eh_as as)
{
    const reduce *r = args;
    const eh_channels *c = &r->channels;
    int64_t from, to;
    eh_cpu_share(c->blocks, part, parts, &from, &to);
    for (int64_t b = from; b < to; b++) {
        double lane[16] = { 0 };
        for (int64_t n = 0; n < c->images; n++) {
            int64_t i = n * c->image + b * c->step, stop = i + c->run;
            while (i < stop) {
                int64_t end = stop - i > PIECE ? i + PIECE : stop;
                eh_v16 sum = eh_splat(0);
                for (; i + 16 <= end; i += 16)
                    sum += eh_get(r->x, i, as);
                if (i < end) {
                    sum += eh_get_part(r->x, i, end - i, as);
                    i = end;
                }
                for (int l = 0; l < 16; l++)
                    lane[l] += (double)sum[l];
            }
        }
        for (int64_t l = c->lanes; l < 16; l++)
            lane[l % c->lanes] += lane[l];
        for (int64_t l = 0; l < c->lanes && b * c->lanes + l < c->channels; l++)
            r->y[b * c->lanes + l] = (float)(lane[l] * r->factor);
    }
}
EH_TYPED_VARIANTS(channels_run, channels_body);

/* ---- rows ---- */

enum { TILE = 64, SHORT = 64 }; /* columns that are added together; rows that are added in f32 */

/* Adds all rows of at most TILE columns from `column` on into sum. */
EH_INLINE void add_rows(const reduce *r, int64_t column, double *sum, eh_as as)
{
    int64_t rows = r->group, width = r->outputs, columns = width - column < TILE ? width - column : TILE;
    for (int64_t i = 0; i < rows;) {
        int64_t end = rows - i > SHORT ? i + SHORT : rows;
        eh_v16 part[TILE / 16];
        for (int t = 0; t < TILE / 16; t++)
            part[t] = eh_splat(0);
        for (; i < end; i++)
            for (int t = 0; t * 16 < columns; t++) {
                int64_t at = i * width + column + t * 16, rest = rows * width - at;
                /* What is read of the next row is not used. */
                part[t] += rest >= 16 ? eh_get(r->x, at, as) : eh_get_part(r->x, at, rest, as);
            }
        for (int64_t c = 0; c < columns; c++)
            sum[c] += (double)part[c / 16][c % 16];
    }
}

EH_INLINE void rows_body(const void *args, int part, int parts, eh_as as)
{
    const reduce *r = args;
    int64_t from, to, width = r->outputs;
    eh_cpu_share((width + TILE - 1) / TILE, part, parts, &from, &to);
    for (int64_t tile = from; tile < to; tile++) {
        double sum[TILE] = { 0 };
        add_rows(r, tile * TILE, sum, as);
        for (int64_t i = 0; i < TILE && tile * TILE + i < width; i++)
            r->y[tile * TILE + i] = (float)(sum[i] * r->factor);
    }
}
EH_TYPED_VARIANTS(rows_run, rows_body);

/* ---- general ---- */

static int64_t offset_of(int64_t flat, int rank, const int64_t *dim, const int64_t *stride)
{
    int64_t at = 0;
    for (int i = rank; i-- > 0; flat /= dim[i])
        at += flat % dim[i] * stride[i];
    return at;
}

static float largest(const reduce *r, const float *x)
{
    int64_t width = r->gone_dim[r->gone - 1], stride = r->gone_stride[r->gone - 1];
    float best = -INFINITY;
    for (int64_t g = 0; g < r->group / width; g++) {
        const float *row = x + offset_of(g, r->gone - 1, r->gone_dim, r->gone_stride);
        for (int64_t i = 0; i < width; i++)
            if (row[i * stride] > best || row[i * stride] != row[i * stride])
                best = row[i * stride];
    }
    return best;
}

static double total(const reduce *r, const float *x)
{
    int64_t width = r->gone_dim[r->gone - 1], stride = r->gone_stride[r->gone - 1];
    double sum = 0;
    for (int64_t g = 0; g < r->group / width; g++) {
        const float *row = x + offset_of(g, r->gone - 1, r->gone_dim, r->gone_stride);
        for (int64_t i = 0; i < width; i++)
            sum += (double)row[i * stride];
    }
    return sum;
}

static void general_work(const void *args, int part, int parts)
{
    const reduce *r = args;
    int64_t from, to;
    eh_cpu_share(r->outputs, part, parts, &from, &to);
    for (int64_t o = from; o < to; o++) {
        const float *x = (const float *)r->x + offset_of(o, r->kept, r->kept_dim, r->kept_stride);
        r->y[o] = r->maximum ? largest(r, x) : (float)(total(r, x) * r->factor);
    }
}

/* 1 at the first maximum of each group; y has the shape of x. A NaN is larger than every number. */
static void mask_work(const void *args, int part, int parts)
{
    const reduce *r = args;
    const float *x = r->x;
    int64_t from, to;
    eh_cpu_share(r->outputs, part, parts, &from, &to);
    for (int64_t o = from; o < to; o++) {
        int64_t base = offset_of(o, r->kept, r->kept_dim, r->kept_stride), winner = -1;
        for (int64_t g = 0; g < r->group; g++) {
            int64_t at = base + offset_of(g, r->gone, r->gone_dim, r->gone_stride);
            float v = x[at];
            r->y[at] = 0;
            if (winner < 0 || v > x[winner] || (v != v && x[winner] == x[winner]))
                winner = at;
        }
        r->y[winner] = 1;
    }
}

/* ---- kernels ---- */

static void describe(reduce *r, eh_shape x, unsigned axes)
{
    int64_t stride = 1, strides[EH_MAX_RANK];
    for (int i = x.rank; i-- > 0;) {
        strides[i] = stride;
        stride *= x.dim[i];
    }
    r->count = stride;
    r->outputs = r->group = 1;
    for (int i = 0; i < x.rank; i++) {
        bool goes = axes & 1u << i;
        int64_t *dim = goes ? r->gone_dim : r->kept_dim, *to = goes ? r->gone_stride : r->kept_stride;
        int *n = goes ? &r->gone : &r->kept;
        dim[*n] = x.dim[i];
        to[*n] = strides[i];
        (*n)++;
        if (goes)
            r->group *= x.dim[i];
        else
            r->outputs *= x.dim[i];
    }
    if (r->gone == 0) { /* a scalar */
        r->gone = 1;
        r->gone_dim[0] = 1;
        r->gone_stride[0] = 1;
    }
}

/* The way to add up `axes` of x. */
static form form_of(const reduce *r, eh_shape x, unsigned axes)
{
    unsigned all = (1u << x.rank) - 1, channels = all & ~2u, planes = all & ~3u, kept = all & ~axes;
    if (r->outputs == 1 && r->count > 64)
        return ALL;
    if (x.rank > 2 && axes == planes)
        return PLANES;
    if (x.rank > 2 && axes == channels)
        return CHANNELS;
    if (r->kept == 0)
        return GENERAL;
    if ((axes & (axes + 1)) == 0) /* 0 .. k */
        return ROWS;
    return (kept & (kept + 1)) == 0 && r->group >= 16 ? LAST : GENERAL;
}

static eh_status prepare(eh_step *step, eh_error *err)
{
    const eh_attr_reduce *attr = step->node->attr;
    eh_shape x = step->in[0]->tensor->shape;
    EH_TRY(eh_cpu_state(step, sizeof(reduce), err));
    reduce *r = step->state;
    describe(r, x, attr->axes);
    bool adds = step->node->op == &eh_op_sum || step->node->op == &eh_op_mean;
    r->maximum = step->node->op == &eh_op_max;
    r->factor = step->node->op == &eh_op_mean ? 1.0 / (double)r->group : 1.0;
    r->form = adds ? form_of(r, x, attr->axes) : GENERAL;
    switch (r->form) {
    case ALL:
        r->count = step->in[0]->layout->elements;
        step->scratch_bytes = (size_t)((r->count + PIECE - 1) / PIECE) * sizeof(double);
        break;
    case CHANNELS:
    case PLANES:
        EH_TRY(eh_cpu_want_channels(step, 0, err));
        eh_layout_channels(eh_cpu_input_layout(step, 0), &r->channels);
        break;
    case LAST: /* every row is a plane of its own */
        r->channels = (eh_channels){ .images = 1,
                                     .channels = r->outputs,
                                     .blocks = r->outputs,
                                     .lanes = 1,
                                     .run = r->group,
                                     .image = r->count,
                                     .step = r->group };
        EH_TRY(eh_cpu_want_plain(step, 0, err));
        break;
    case ROWS:
        EH_TRY(eh_cpu_want_plain(step, 0, err));
        break;
    case GENERAL:
        EH_TRY(eh_cpu_want_row_major(step, 0, EH_ELEMENT_WORD, err));
        break;
    }
    r->element = eh_cpu_input_layout(step, 0)->element;
    return eh_cpu_out_plain(step, 0, err);
}

static reduce bound(const eh_step *step)
{
    reduce r = *(const reduce *)step->state;
    r.x = step->in[0]->data;
    r.y = step->out[0]->data;
    r.pieces = step->scratch;
    return r;
}

static eh_status run(eh_step *step, eh_error *err)
{
    reduce r = bound(step);
    int parts = eh_cpu_parts((double)r.count * 4);
    (void)err;
    if (r.form == ALL) {
        double sum = 0;
        eh_cpu_run_typed(all_run, r.element, &r, parts);
        for (int64_t p = 0; p < (r.count + PIECE - 1) / PIECE; p++)
            sum += r.pieces[p];
        r.y[0] = (float)(sum * r.factor);
    } else if (r.form == CHANNELS) {
        eh_cpu_run_typed(channels_run, r.element, &r, parts);
    } else if (r.form == ROWS) {
        eh_cpu_run_typed(rows_run, r.element, &r, parts);
    } else if (r.form == PLANES || r.form == LAST) {
        eh_planes_sum(&(eh_planes){ .channels = r.channels,
                                    .element = r.element,
                                    .image = step->in[0]->data,
                                    .number = r.y,
                                    .per_image = r.channels.channels,
                                    .per_channel = 1,
                                    .factor = r.factor });
    } else {
        eh_cpu_run(general_work, &r, parts);
    }
    return EH_OK;
}

static eh_status run_mask(eh_step *step, eh_error *err)
{
    reduce r = bound(step);
    (void)err;
    eh_cpu_run(mask_work, &r, eh_cpu_parts((double)r.count * 8));
    return EH_OK;
}

const eh_kernel eh_cpu_sum = {
    .op = &eh_op_sum, .lowers = EH_FOLLOWS, .prepare = prepare, .run = run, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_mean = {
    .op = &eh_op_mean, .lowers = EH_FOLLOWS, .prepare = prepare, .run = run, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_max = {
    .op = &eh_op_max, .prepare = prepare, .run = run, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_max_mask = {
    .op = &eh_op_max_mask, .prepare = prepare, .run = run_mask, .release = eh_cpu_free_state
};
