/* cpu_binary.c - element by element: two inputs that broadcast.
 *
 * Same shape: the memory is walked in whatever layout the inputs share. One of them a scalar: the other keeps its layout. One of them has a number for each
 * plane (a channel's gate or bias, a sample's weight) or each place of blocked images: they keep their layout. Everything else: row-major rows with
 * strides. Where f(0, b) is not 0, layouts with padding are replaced by row-major ones, or the padding is set back to 0.
 */
#include "backend/cpu/cpu_planes.h"
#include "backend/cpu/cpu_vector.h"

#include <string.h>

typedef enum form { SAME, SCALAR_A, SCALAR_B, IMAGE, STRIDED } form;

typedef struct binary {
    form form;
    eh_element element; /* of a, b and y, but scalars and the small input of IMAGE are f32 */
    const void *a, *b;
    void *y;
    int64_t count;
    /* IMAGE: the small input's element for image n, channel c and place i is at n * per_image + c * per_channel + i * per_place. */
    bool small_first;
    eh_channels channels;
    int64_t per_image, per_channel, per_place;
    /* STRIDED: axes outside the last, with strides in elements (0 where an input repeats). */
    int rank;
    int64_t dim[EH_MAX_RANK], stride_a[EH_MAX_RANK], stride_b[EH_MAX_RANK];
} binary;

/* ---- functions ---- */

EH_INLINE eh_v16 f_add(eh_v16 a, eh_v16 b)
{
    return a + b;
}

EH_INLINE eh_v16 f_sub(eh_v16 a, eh_v16 b)
{
    return a - b;
}

EH_INLINE eh_v16 f_mul(eh_v16 a, eh_v16 b)
{
    return a * b;
}

EH_INLINE eh_v16 f_div(eh_v16 a, eh_v16 b)
{
    return a / b;
}

EH_INLINE eh_v16 f_greater(eh_v16 a, eh_v16 b)
{
    return eh_keep(eh_splat(1), eh_greater16(a, b));
}

/* By difference (-0 equals 0), or by bits (infinity less itself is NaN). */
EH_INLINE eh_v16 f_equal(eh_v16 a, eh_v16 b)
{
    eh_i16 zero = (((eh_i16)(a - b) & 0x7fffffff) - 1) >> 31, bits = (eh_i16)a ^ (eh_i16)b;
    eh_i16 same = ~((bits | (eh_i16)((eh_u16){ 0 } - (eh_u16)bits)) >> 31) & ~eh_is_nan(a);
    return eh_keep(eh_splat(1), zero | same);
}

/* A NaN in a or b comes through. */
EH_INLINE eh_v16 f_maximum(eh_v16 a, eh_v16 b)
{
    return eh_choose(eh_greater16(a, b) | eh_is_nan(a), a, b);
}

/* ---- loops ---- */

typedef eh_v16 (*function16)(eh_v16 a, eh_v16 b);

/* Where a row of an operand begins, and how its elements lie. */
typedef struct walk {
    const void *p;
    int64_t at, stride;
    eh_as as;
} walk;

EH_INLINE eh_v16 operand(walk w, int64_t i, int64_t rest)
{
    if (w.stride == 0)
        return eh_splat(eh_get_one(w.p, w.at, w.as));
    if (w.stride == 1)
        return rest >= 16 ? eh_get(w.p, w.at + i, w.as) : eh_get_part(w.p, w.at + i, rest, w.as);
    eh_v16 v = eh_splat(0);
    for (int64_t l = 0; l < 16 && l < rest; l++)
        v[l] = eh_get_one(w.p, w.at + (i + l) * w.stride, w.as);
    return v;
}

/* Elements from .. to of a row; y's begin at `at`. */
EH_INLINE void row(walk a, walk b, void *y, int64_t at, int64_t from, int64_t to, function16 f, eh_as as)
{
    for (int64_t i = from; i < to; i += 16) {
        int64_t rest = to - i;
        eh_v16 v = f(operand(a, i, rest), operand(b, i, rest));
        if (rest >= 16)
            eh_put(y, at + i, v, as);
        else
            eh_put_part(y, at + i, v, rest, as);
    }
}

EH_INLINE void strided(const binary *op, int part, int parts, function16 f, eh_as as)
{
    int last = op->rank - 1;
    int64_t width = op->dim[last], rows = op->count / width, from, to;
    eh_cpu_share(rows, part, parts, &from, &to);
    for (int64_t r = from; r < to; r++) {
        int64_t rest = r, at_a = 0, at_b = 0;
        for (int i = last; i-- > 0;) {
            int64_t index = rest % op->dim[i];
            rest /= op->dim[i];
            at_a += index * op->stride_a[i];
            at_b += index * op->stride_b[i];
        }
        row((walk){ op->a, at_a, op->stride_a[last], as }, (walk){ op->b, at_b, op->stride_b[last], as },
            op->y, r * width, 0, width, f, as);
    }
}

/* The small input's lanes for one block of channels; what belongs to no channel is 0. */
EH_INLINE eh_v16 lanes_of(const binary *op, const float *small, int64_t lanes, int64_t channels)
{
    eh_v16 v = eh_splat(0);
    for (int64_t l = 0; l < lanes && l < channels; l++)
        v[l] = small[l * op->per_channel];
    return v;
}

/* One block of the image, whose elements begin at `at`; `channels` of its lanes are used. */
EH_INLINE void image_block(const binary *op, int64_t at, const float *small, int64_t lanes, int64_t channels,
                           function16 f, eh_as as)
{
    const void *image = op->small_first ? op->b : op->a;
    eh_v16 value = lanes_of(op, small, lanes, channels), ones = eh_splat(1);
    eh_i16 inside = eh_splat_int(-1);
    for (int64_t l = channels; l < lanes; l++)
        inside[l] = 0;
    for (int64_t i = 0; i < op->channels.run; i += lanes) {
        eh_v16 x = eh_get_part(image, at + i, lanes, as);
        if (op->per_place)
            value = eh_splat(small[i / lanes * op->per_place]);
        eh_v16 v =
            op->small_first ? f(value, eh_choose(inside, x, ones)) : f(x, eh_choose(inside, value, ones));
        eh_put_part(op->y, at + i, eh_keep(v, inside), lanes, as);
    }
}

EH_INLINE void images(const binary *op, int part, int parts, function16 f, eh_as as)
{
    const eh_channels *c = &op->channels;
    int64_t from, to;
    eh_cpu_share(c->images * c->blocks, part, parts, &from, &to);
    for (int64_t p = from; p < to; p++) {
        int64_t at = p / c->blocks * c->image + p % c->blocks * c->step, channel = p % c->blocks * c->lanes;
        const float *small = (const float *)(op->small_first ? op->a : op->b) +
                             p / c->blocks * op->per_image + channel * op->per_channel;
        if (c->lanes == 16)
            image_block(op, at, small, 16, c->channels - channel, f, as);
        else
            image_block(op, at, small, 8, c->channels - channel, f, as);
    }
}

EH_INLINE void map(const binary *op, int part, int parts, function16 f, eh_as as)
{
    int64_t from, to;
    if (op->form == STRIDED || op->form == IMAGE) {
        if (op->form == IMAGE)
            images(op, part, parts, f, as);
        else
            strided(op, part, parts, f, as);
        return;
    }
    eh_cpu_share((op->count + 15) / 16, part, parts, &from, &to);
    from *= 16;
    to = to * 16 < op->count ? to * 16 : op->count;
    walk a = { op->a, 0, 1, as }, b = { op->b, 0, 1, as }, scalar = { NULL, 0, 0, EH_AS_F32 };
    if (op->form == SAME) {
        row(a, b, op->y, 0, from, to, f, as);
    } else if (op->form == SCALAR_B) {
        scalar.p = op->b;
        row(a, scalar, op->y, 0, from, to, f, as);
    } else {
        scalar.p = op->a;
        row(scalar, b, op->y, 0, from, to, f, as);
    }
}

static eh_status run(eh_step *step, const eh_cpu_typed_work variants)
{
    binary op = *(const binary *)step->state;
    op.a = step->in[0]->data;
    op.b = step->in[1]->data;
    op.y = step->out[0]->data;
    eh_cpu_run_typed(variants, op.element, &op, eh_cpu_parts((double)op.count * 12));
    return EH_OK;
}

#define VARIANTS(name)                                                          \
    EH_INLINE void name##_body(const void *args, int part, int parts, eh_as as) \
    {                                                                           \
        map(args, part, parts, f_##name, as);                                   \
    }                                                                           \
    EH_TYPED_VARIANTS(name##_variants, name##_body);                            \
    static eh_status name##_run(eh_step *step, eh_error *err)                   \
    {                                                                           \
        (void)err;                                                              \
        return run(step, name##_variants);                                      \
    }

VARIANTS(add)
VARIANTS(sub)
VARIANTS(mul)
VARIANTS(div)
VARIANTS(greater)
VARIANTS(equal)
VARIANTS(maximum)

/* ---- prepare ---- */

/* Joins axes that both inputs walk alike, so that rows are long. */
static void collapse(binary *op)
{
    int kept = 0;
    for (int i = 0; i < op->rank; i++) {
        if (op->dim[i] == 1 && op->rank > 1)
            continue;
        bool joins = kept > 0 && op->stride_a[kept - 1] == op->stride_a[i] * op->dim[i] &&
                     op->stride_b[kept - 1] == op->stride_b[i] * op->dim[i];
        if (joins) {
            op->dim[kept - 1] *= op->dim[i];
            op->stride_a[kept - 1] = op->stride_a[i];
            op->stride_b[kept - 1] = op->stride_b[i];
            continue;
        }
        op->dim[kept] = op->dim[i];
        op->stride_a[kept] = op->stride_a[i];
        op->stride_b[kept] = op->stride_b[i];
        kept++;
    }
    op->rank = kept;
    if (kept == 0) {
        op->rank = 1;
        op->dim[0] = 1;
    }
}

static void broadcast_strides(int64_t *stride, eh_shape from, eh_shape to)
{
    int64_t step = 1;
    for (int i = to.rank; i-- > 0;) {
        int axis = i - (to.rank - from.rank);
        int64_t dim = axis >= 0 ? from.dim[axis] : 1;
        stride[i] = dim == 1 ? 0 : step;
        step *= dim;
    }
}

static eh_status prepare_strided(eh_step *step, binary *op, eh_error *err)
{
    eh_shape y = step->out[0]->tensor->shape;
    op->form = STRIDED;
    op->count = eh_shape_elements(y);
    op->rank = y.rank;
    for (int i = 0; i < y.rank; i++)
        op->dim[i] = y.dim[i];
    broadcast_strides(op->stride_a, step->in[0]->tensor->shape, y);
    broadcast_strides(op->stride_b, step->in[1]->tensor->shape, y);
    collapse(op);
    EH_TRY(eh_cpu_want_row_major(step, 0, op->element, err));
    EH_TRY(eh_cpu_want_row_major(step, 1, op->element, err));
    return eh_layout_plain(&step->out[0]->layout, y, op->element, err);
}

/* Both inputs and the output as input `keeps` lies, with the operation's elements. */
static eh_status prepare_same(eh_step *step, binary *op, int keeps, eh_error *err)
{
    eh_layout *layout;
    EH_TRY(eh_layout_retyped(&layout, step->in[keeps]->layout, op->element, err));
    op->form = SAME;
    op->count = layout->elements;
    eh_status status = eh_cpu_want(step, 0, layout, err);
    if (status == EH_OK)
        status = eh_cpu_want(step, 1, layout, err);
    if (status == EH_OK)
        status = eh_cpu_out(step, 0, layout, err);
    eh_layout_free(layout);
    return status;
}

/* bf16 where both are, or where one is and what reads the result computes in bf16. A scalar (input `scalar`, or -1), or what is small beside images, has no
 * say. */
static eh_element element_of(const eh_step *step, int scalar)
{
    eh_element a = step->in[0]->layout->element, b = step->in[1]->layout->element;
    if (scalar >= 0)
        return scalar ? a : b;
    return a == b ? a : eh_cpu_out_element(step, 0);
}

/* One number for each place of the planes, of all samples or of each. */
static bool places_fit(eh_shape small, eh_shape image, int64_t *per_image)
{
    if (small.rank < 2 || small.rank > 4 || (small.rank > 2 && small.dim[small.rank - 3] != 1))
        return false;
    int64_t h = small.dim[small.rank - 2], w = small.dim[small.rank - 1];
    *per_image = small.rank == 4 && small.dim[0] > 1 ? h * w : 0;
    return h == image.dim[2] && w == image.dim[3];
}

/* Blocked images and something smaller: true when there is a way that keeps the blocks. */
static bool find_image(const eh_step *step, binary *op, int *image)
{
    for (*image = 0; *image < 2; ++*image) {
        eh_shape shape = step->in[*image]->tensor->shape, small = step->in[1 - *image]->tensor->shape;
        op->per_place = 0;
        op->small_first = *image == 1;
        if (!eh_shape_equal(shape, step->out[0]->tensor->shape) || shape.rank != 4 ||
            !eh_layout_channels(step->in[*image]->layout, &op->channels) || op->channels.lanes == 1)
            continue;
        if (eh_planes_fit(small, shape, &op->per_image, &op->per_channel))
            return true;
        op->per_channel = 0;
        op->per_place = 1;
        if (places_fit(small, shape, &op->per_image))
            return true;
    }
    return false;
}

/* `keeps_zero`: f(0, 0) = 0. */
static eh_status prepare(eh_step *step, bool keeps_zero, eh_error *err)
{
    eh_shape a = step->in[0]->tensor->shape, b = step->in[1]->tensor->shape, y = step->out[0]->tensor->shape;
    EH_TRY(eh_cpu_state(step, sizeof(binary), err));
    binary *op = step->state;
    if (!eh_shape_equal(a, y))
        step->in_place[0] = eh_shape_equal(b, y) ? 1 : -1;
    op->element = element_of(step, -1);
    if (eh_shape_equal(a, b)) {
        /* The layout of the one that is not row-major, if any: it came from a convolution. */
        int keeps = step->in[0]->layout->plain && !step->in[1]->layout->plain ? 1 : 0;
        if (step->in[keeps]->layout->has_padding && !keeps_zero)
            return prepare_strided(step, op, err);
        return prepare_same(step, op, keeps, err);
    }
    int scalar = eh_shape_elements(b) == 1 && eh_shape_equal(a, y)   ? 1
                 : eh_shape_elements(a) == 1 && eh_shape_equal(b, y) ? 0
                                                                     : -1;
    int image = 0;
    if ((scalar < 0 || step->in[1 - scalar]->layout->has_padding) && find_image(step, op, &image)) {
        op->form = IMAGE;
        op->element = element_of(step, 1 - image);
        op->count = step->in[image]->layout->elements;
        EH_TRY(eh_cpu_want_row_major(step, 1 - image, EH_ELEMENT_WORD, err));
        return eh_cpu_out(step, 0, step->in[image]->layout, err);
    }
    if (scalar < 0 || step->in[1 - scalar]->layout->has_padding)
        return prepare_strided(step, op, err);
    op->element = element_of(step, scalar);
    op->form = scalar ? SCALAR_B : SCALAR_A;
    op->count = step->in[1 - scalar]->layout->elements;
    EH_TRY(eh_cpu_want_row_major(step, scalar, EH_ELEMENT_WORD, err));
    return eh_cpu_out(step, 0, step->in[1 - scalar]->layout, err);
}

static eh_status prepare_keeping(eh_step *step, eh_error *err)
{
    return prepare(step, true, err);
}

static eh_status prepare_quotient(eh_step *step, eh_error *err)
{
    return prepare(step, false, err);
}

const eh_kernel eh_cpu_add = { .op = &eh_op_add,
                               .lowers = EH_FOLLOWS,
                               .prepare = prepare_keeping,
                               .run = add_run,
                               .release = eh_cpu_free_state };
const eh_kernel eh_cpu_sub = { .op = &eh_op_sub,
                               .lowers = EH_FOLLOWS,
                               .prepare = prepare_keeping,
                               .run = sub_run,
                               .release = eh_cpu_free_state };
const eh_kernel eh_cpu_mul = { .op = &eh_op_mul,
                               .lowers = EH_FOLLOWS,
                               .prepare = prepare_keeping,
                               .run = mul_run,
                               .release = eh_cpu_free_state };
const eh_kernel eh_cpu_div = { .op = &eh_op_div,
                               .lowers = EH_FOLLOWS,
                               .prepare = prepare_quotient,
                               .run = div_run,
                               .release = eh_cpu_free_state };
const eh_kernel eh_cpu_greater = { .op = &eh_op_greater,
                                   .lowers = EH_FOLLOWS,
                                   .prepare = prepare_keeping,
                                   .run = greater_run,
                                   .release = eh_cpu_free_state };
const eh_kernel eh_cpu_equal = { .op = &eh_op_equal,
                                 .lowers = EH_FOLLOWS,
                                 .prepare = prepare_quotient,
                                 .run = equal_run,
                                 .release = eh_cpu_free_state };
const eh_kernel eh_cpu_maximum = { .op = &eh_op_maximum,
                                   .lowers = EH_FOLLOWS,
                                   .prepare = prepare_keeping,
                                   .run = maximum_run,
                                   .release = eh_cpu_free_state };
