/* cpu_pool2d.c - pooling over windows, with the gradients, in the image layout that the input has.
 *
 * A thread takes planes of one block of channels (16, 8 or 1); a vector holds the channels of one position. The index of a maximum is its place in
 * its window, counted row by row (p * kernel width + q), in 16 bits.
 * Easy to get wrong: a NaN wins, as in PyTorch.
 */
#include "backend/cpu/cpu_vector.h"
#include "tensor/pool_shape.h"

#include <math.h>
#include <string.h>

typedef struct pool {
    eh_channels x, y;
    int64_t h, w, oh, ow;
    eh_attr_pool2d attr;
    eh_element element;
    void *in, *out; /* x and y, or dx and dy */
    uint16_t *index;
} pool;

/* The part of a window inside the image. */
typedef struct window {
    int64_t top, left, p0, p1, q0, q1; /* of kernel positions p0 <= p < p1, q0 <= q < q1 */
    float factor;                      /* of an average */
} window;

EH_INLINE window window_at(const pool *k, int64_t i, int64_t j)
{
    eh_pool_span row = eh_pool2d_span(&k->attr, 0, k->h, i), column = eh_pool2d_span(&k->attr, 1, k->w, j);
    return (window){ .top = row.origin,
                     .left = column.origin,
                     .p0 = row.from - row.origin,
                     .p1 = row.to - row.origin,
                     .q0 = column.from - column.origin,
                     .q1 = column.to - column.origin,
                     .factor = 1.0f / (float)(row.divisor * column.divisor) };
}

/* The windows that hold input position `at` along an axis: outputs *from <= o < *to. */
EH_INLINE void windows_of(const pool *k, int axis, int64_t at, int64_t *from, int64_t *to)
{
    int64_t size = axis ? k->w : k->h, outputs = axis ? k->ow : k->oh;
    if (k->attr.adaptive[axis]) {
        *from = at * outputs / size;
        *to = ((at + 1) * outputs - 1) / size + 1;
        return;
    }
    int64_t stride = k->attr.opts.stride[axis], pad = k->attr.opts.pad[axis];
    int64_t first = at + pad - k->attr.opts.kernel[axis] + 1, last = (at + pad) / stride + 1;
    *from = first <= 0 ? 0 : (first + stride - 1) / stride;
    *to = last < outputs ? last : outputs;
}

/* ---- one plane of `lanes` channels; x, y and index begin at elements that are given ---- */

EH_INLINE void store_index(uint16_t *index, eh_i16 at, int64_t lanes)
{
    eh_h16 places = __builtin_convertvector(at, eh_h16);
    memcpy(index, &places, (size_t)lanes * sizeof *index);
}

EH_INLINE eh_i16 load_index(const uint16_t *index, int64_t lanes)
{
    eh_h16 places = { 0 };
    memcpy(&places, index, (size_t)lanes * sizeof *index);
    return __builtin_convertvector(places, eh_i16);
}

/* -1 where the place is this one. */
EH_INLINE eh_i16 is_place(eh_i16 at, int64_t place)
{
    return ((at ^ eh_splat_int((int32_t)place)) - 1) >> 31;
}

EH_INLINE void max_plane(const pool *k, int64_t x, int64_t y, int64_t lanes, eh_as as)
{
    for (int64_t i = 0; i < k->oh; i++)
        for (int64_t j = 0; j < k->ow; j++) {
            window v = window_at(k, i, j);
            eh_v16 best = eh_splat(-INFINITY);
            int32_t first = (int32_t)(v.p0 * k->attr.opts.kernel[1] + v.q0);
            eh_i16 at = eh_splat_int(first);
            for (int64_t p = v.p0; p < v.p1; p++)
                for (int64_t q = v.q0; q < v.q1; q++) {
                    eh_v16 value =
                        eh_get_part(k->in, x + ((v.top + p) * k->w + v.left + q) * lanes, lanes, as);
                    eh_i16 wins = (eh_greater16(value, best) | eh_is_nan(value)) & ~eh_is_nan(best);
                    eh_i16 here = eh_splat_int((int32_t)(p * k->attr.opts.kernel[1] + q));
                    best = eh_choose(wins, value, best);
                    at = (here & wins) | (at & ~wins);
                }
            int64_t to = y + (i * k->ow + j) * lanes;
            eh_put_part(k->out, to, best, lanes, as);
            store_index(k->index + to, at, lanes);
        }
}

EH_INLINE void pick_plane(const pool *k, int64_t x, int64_t y, int64_t lanes, eh_as as)
{
    for (int64_t i = 0; i < k->oh; i++)
        for (int64_t j = 0; j < k->ow; j++) {
            window v = window_at(k, i, j);
            int64_t to = y + (i * k->ow + j) * lanes;
            eh_i16 at = load_index(k->index + to, lanes);
            eh_v16 value = eh_splat(0);
            for (int64_t p = v.p0; p < v.p1; p++)
                for (int64_t q = v.q0; q < v.q1; q++)
                    value +=
                        eh_keep(eh_get_part(k->in, x + ((v.top + p) * k->w + v.left + q) * lanes, lanes, as),
                                is_place(at, p * k->attr.opts.kernel[1] + q));
            eh_put_part(k->out, to, value, lanes, as);
        }
}

EH_INLINE void average_plane(const pool *k, int64_t x, int64_t y, int64_t lanes, eh_as as)
{
    for (int64_t i = 0; i < k->oh; i++)
        for (int64_t j = 0; j < k->ow; j++) {
            window v = window_at(k, i, j);
            eh_v16 sum = eh_splat(0);
            for (int64_t p = v.p0; p < v.p1; p++)
                for (int64_t q = v.q0; q < v.q1; q++)
                    sum += eh_get_part(k->in, x + ((v.top + p) * k->w + v.left + q) * lanes, lanes, as);
            eh_put_part(k->out, y + (i * k->ow + j) * lanes, sum * v.factor, lanes, as);
        }
}

/* Every element of dx gathers from the windows that hold it, so that it is rounded once: what a maximum's window gave to it (`maximum`), or its share
 * of the averages. */
EH_INLINE void grad_plane(const pool *k, int64_t x, int64_t y, int64_t lanes, bool maximum, eh_as as)
{
    for (int64_t h = 0; h < k->h; h++) {
        int64_t i0, i1;
        windows_of(k, 0, h, &i0, &i1);
        for (int64_t w = 0; w < k->w; w++) {
            int64_t j0, j1;
            windows_of(k, 1, w, &j0, &j1);
            eh_v16 sum = eh_splat(0);
            for (int64_t i = i0; i < i1; i++)
                for (int64_t j = j0; j < j1; j++) {
                    int64_t from = y + (i * k->ow + j) * lanes;
                    eh_v16 dy = eh_get_part(k->out, from, lanes, as);
                    window v = window_at(k, i, j);
                    int64_t place = (h - v.top) * k->attr.opts.kernel[1] + w - v.left;
                    sum += maximum ? eh_keep(dy, is_place(load_index(k->index + from, lanes), place))
                                   : dy * v.factor;
                }
            eh_put_part(k->in, x + (h * k->w + w) * lanes, sum, lanes, as);
        }
    }
}

/* ---- loops over planes ---- */

typedef enum pass { MAX, MAX_GRAD, MAX_PICK, AVERAGE, AVERAGE_GRAD } pass;

EH_INLINE void plane(const pool *k, int64_t n, int64_t b, int64_t lanes, pass what, eh_as as)
{
    int64_t x = n * k->x.image + b * k->x.step, y = n * k->y.image + b * k->y.step;
    if (what == MAX)
        max_plane(k, x, y, lanes, as);
    else if (what == MAX_PICK)
        pick_plane(k, x, y, lanes, as);
    else if (what == AVERAGE)
        average_plane(k, x, y, lanes, as);
    else
        grad_plane(k, x, y, lanes, what == MAX_GRAD, as);
}

EH_INLINE void planes(const void *args, int part, int parts, pass what, eh_as as)
{
    const pool *k = args;
    int64_t from, to;
    eh_cpu_share(k->x.images * k->x.blocks, part, parts, &from, &to);
    for (int64_t i = from; i < to; i++) {
        int64_t n = i / k->x.blocks, b = i % k->x.blocks;
        if (k->x.lanes == 16)
            plane(k, n, b, 16, what, as);
        else if (k->x.lanes == 8)
            plane(k, n, b, 8, what, as);
        else
            plane(k, n, b, 1, what, as);
    }
}

#define VARIANTS(name, what)                                                    \
    EH_INLINE void name##_body(const void *args, int part, int parts, eh_as as) \
    {                                                                           \
        planes(args, part, parts, what, as);                                    \
    }                                                                           \
    EH_TYPED_VARIANTS(name, name##_body)

VARIANTS(max_run, MAX);
VARIANTS(max_grad_run, MAX_GRAD);
VARIANTS(max_pick_run, MAX_PICK);
VARIANTS(average_run, AVERAGE);
VARIANTS(average_grad_run, AVERAGE_GRAD);

/* ---- prepare ---- */

static eh_status describe(eh_step *step, const eh_layout *x, const eh_layout *y, eh_error *err)
{
    EH_TRY(eh_cpu_state(step, sizeof(pool), err));
    pool *k = step->state;
    eh_layout_channels(x, &k->x);
    k->element = x->element;
    k->h = x->dims[2];
    k->w = x->dims[3];
    eh_layout_channels(y, &k->y);
    k->attr = *(const eh_attr_pool2d *)step->node->attr;
    k->oh = y->dims[2];
    k->ow = y->dims[3];
    return EH_OK;
}

/* (x) -> y[, index] */
static eh_status prepare_forward(eh_step *step, eh_error *err)
{
    const eh_attr_pool2d *attr = step->node->attr;
    EH_TRY(eh_cpu_want_lanes(step, 0, err));
    const eh_layout *x = eh_cpu_input_layout(step, 0);
    for (int o = 0; o < step->outputs; o++)
        EH_TRY(eh_layout_like(&step->out[o]->layout, x, step->out[o]->tensor->shape,
                              o ? EH_ELEMENT_PLACE : x->element, err));
    if (step->outputs > 1 && attr->opts.kernel[0] * attr->opts.kernel[1] > UINT16_MAX)
        return eh_fail(err, EH_ERR_LIMIT,
                       "a maximum over windows of %d x %d has more positions than the cpu backend can count; "
                       "use a smaller window",
                       attr->opts.kernel[0], attr->opts.kernel[1]);
    return describe(step, x, step->out[0]->layout, err);
}

/* (dy, index) -> dx: in the layout of the index, which is that of the forward pass. */
static eh_status prepare_max_grad(eh_step *step, eh_error *err)
{
    eh_layout *y = NULL;
    EH_TRY(eh_layout_like(&y, step->in[1]->layout, step->in[0]->tensor->shape, step->in[0]->layout->element,
                          err));
    eh_status status = eh_cpu_want(step, 0, y, err);
    if (status == EH_OK)
        status = eh_layout_like(&step->out[0]->layout, y, step->out[0]->tensor->shape, y->element, err);
    if (status == EH_OK)
        status = describe(step, step->out[0]->layout, y, err);
    eh_layout_free(y);
    return status;
}

/* (x, index) -> y */
static eh_status prepare_max_pick(eh_step *step, eh_error *err)
{
    eh_layout *x = NULL;
    EH_TRY(eh_layout_like(&x, step->in[1]->layout, step->in[0]->tensor->shape, step->in[0]->layout->element,
                          err));
    eh_status status = eh_cpu_want(step, 0, x, err);
    if (status == EH_OK)
        status = eh_layout_like(&step->out[0]->layout, x, step->out[0]->tensor->shape, x->element, err);
    if (status == EH_OK)
        status = describe(step, x, step->out[0]->layout, err);
    eh_layout_free(x);
    return status;
}

/* (dy) -> dx */
static eh_status prepare_average_grad(eh_step *step, eh_error *err)
{
    EH_TRY(eh_cpu_want_lanes(step, 0, err));
    const eh_layout *y = eh_cpu_input_layout(step, 0);
    EH_TRY(eh_layout_like(&step->out[0]->layout, y, step->out[0]->tensor->shape, y->element, err));
    return describe(step, step->out[0]->layout, y, err);
}

/* ---- run ---- */

static eh_status run(const eh_step *step, const eh_cpu_typed_work variants, void *in, void *out,
                     uint16_t *index)
{
    pool k = *(const pool *)step->state;
    k.in = in;
    k.out = out;
    k.index = index;
    eh_cpu_run_typed(variants, k.element, &k, eh_cpu_parts((double)(k.x.images * k.x.image) * 4));
    return EH_OK;
}

static eh_status run_max(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, max_run, step->in[0]->data, step->out[0]->data, step->out[1]->data);
}

static eh_status run_max_grad(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, max_grad_run, step->out[0]->data, step->in[0]->data, step->in[1]->data);
}

static eh_status run_max_pick(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, max_pick_run, step->in[0]->data, step->out[0]->data, step->in[1]->data);
}

static eh_status run_average(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, average_run, step->in[0]->data, step->out[0]->data, NULL);
}

static eh_status run_average_grad(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, average_grad_run, step->out[0]->data, step->in[0]->data, NULL);
}

const eh_kernel eh_cpu_max_pool2d = { .op = &eh_op_max_pool2d,
                                      .lowers = EH_FOLLOWS,
                                      .prepare = prepare_forward,
                                      .run = run_max,
                                      .release = eh_cpu_free_state };
const eh_kernel eh_cpu_max_pool2d_grad = { .op = &eh_op_max_pool2d_grad,
                                           .lowers = EH_FOLLOWS,
                                           .prepare = prepare_max_grad,
                                           .run = run_max_grad,
                                           .release = eh_cpu_free_state };
const eh_kernel eh_cpu_max_pool2d_pick = { .op = &eh_op_max_pool2d_pick,
                                           .lowers = EH_FOLLOWS,
                                           .prepare = prepare_max_pick,
                                           .run = run_max_pick,
                                           .release = eh_cpu_free_state };
const eh_kernel eh_cpu_avg_pool2d = { .op = &eh_op_avg_pool2d,
                                      .lowers = EH_FOLLOWS,
                                      .prepare = prepare_forward,
                                      .run = run_average,
                                      .release = eh_cpu_free_state };
const eh_kernel eh_cpu_avg_pool2d_grad = { .op = &eh_op_avg_pool2d_grad,
                                           .lowers = EH_FOLLOWS,
                                           .prepare = prepare_average_grad,
                                           .run = run_average_grad,
                                           .release = eh_cpu_free_state };
