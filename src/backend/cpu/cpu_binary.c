/* cpu_binary.c - element by element: two inputs that broadcast.
 *
 * Same shape: the memory is walked in whatever layout the inputs share. One of them a scalar: the other keeps its layout. Everything else: row-major
 * rows with strides. Where f(0, b) is not 0, layouts with padding are replaced by row-major ones.
 */
#include "backend/cpu/cpu_vector.h"

#include <string.h>

typedef enum form { SAME, SCALAR_A, SCALAR_B, STRIDED } form;

typedef struct binary {
    form form;
    const float *a, *b;
    float *y;
    int64_t count;
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

EH_INLINE eh_v16 operand(const float *p, int64_t stride, int64_t i, int64_t rest)
{
    if (stride == 0)
        return eh_splat(p[0]);
    if (stride == 1)
        return rest >= 16 ? eh_load(p + i) : eh_load_part(p + i, rest);
    eh_v16 v = eh_splat(0);
    for (int64_t l = 0; l < 16 && l < rest; l++)
        v[l] = p[(i + l) * stride];
    return v;
}

EH_INLINE void row(const float *a, int64_t stride_a, const float *b, int64_t stride_b, float *y, int64_t from,
                   int64_t to, function16 f)
{
    for (int64_t i = from; i < to; i += 16) {
        int64_t rest = to - i;
        eh_v16 v = f(operand(a, stride_a, i, rest), operand(b, stride_b, i, rest));
        if (rest >= 16)
            eh_store(y + i, v);
        else
            eh_store_part(y + i, v, rest);
    }
}

EH_INLINE void strided(const binary *op, int part, int parts, function16 f)
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
        row(op->a + at_a, op->stride_a[last], op->b + at_b, op->stride_b[last], op->y + r * width, 0, width,
            f);
    }
}

EH_INLINE void map(const binary *op, int part, int parts, function16 f)
{
    int64_t from, to;
    if (op->form == STRIDED) {
        strided(op, part, parts, f);
        return;
    }
    eh_cpu_share((op->count + 15) / 16, part, parts, &from, &to);
    from *= 16;
    to = to * 16 < op->count ? to * 16 : op->count;
    if (op->form == SAME)
        row(op->a, 1, op->b, 1, op->y, from, to, f);
    else if (op->form == SCALAR_B)
        row(op->a, 1, op->b, 0, op->y, from, to, f);
    else
        row(op->a, 0, op->b, 1, op->y, from, to, f);
}

static eh_status run(eh_step *step, const eh_cpu_work *variants)
{
    binary op = *(const binary *)step->state;
    op.a = step->in[0]->data;
    op.b = step->in[1]->data;
    op.y = step->out[0]->data;
    eh_cpu_run_best(variants, &op, eh_cpu_parts((double)op.count * 12));
    return EH_OK;
}

#define VARIANTS(name)                                                \
    EH_INLINE void name##_body(const void *args, int part, int parts) \
    {                                                                 \
        map(args, part, parts, f_##name);                             \
    }                                                                 \
    EH_KERNEL_VARIANTS(name##_variants, name##_body);                 \
    static eh_status name##_run(eh_step *step, eh_error *err)         \
    {                                                                 \
        (void)err;                                                    \
        return run(step, name##_variants);                            \
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
    EH_TRY(eh_cpu_want_plain(step, 0, err));
    EH_TRY(eh_cpu_want_plain(step, 1, err));
    return eh_cpu_out_plain(step, 0, err);
}

/* `keeps_zero`: f(0, 0) = 0. */
static eh_status prepare(eh_step *step, bool keeps_zero, eh_error *err)
{
    eh_shape a = step->in[0]->tensor->shape, b = step->in[1]->tensor->shape, y = step->out[0]->tensor->shape;
    EH_TRY(eh_cpu_state(step, sizeof(binary), err));
    binary *op = step->state;
    if (!eh_shape_equal(a, y))
        step->in_place[0] = eh_shape_equal(b, y) ? 1 : -1;
    if (eh_shape_equal(a, b)) {
        /* The layout of the one that is not row-major, if any: it came from a convolution. */
        int keeps = step->in[0]->layout->plain && !step->in[1]->layout->plain ? 1 : 0;
        if (step->in[keeps]->layout->has_padding && !keeps_zero)
            return prepare_strided(step, op, err);
        op->form = SAME;
        EH_TRY(eh_cpu_want(step, 1 - keeps, step->in[keeps]->layout, err));
        op->count = step->in[keeps]->layout->elements;
        return eh_cpu_out(step, 0, step->in[keeps]->layout, err);
    }
    int scalar = eh_shape_elements(b) == 1 && eh_shape_equal(a, y)   ? 1
                 : eh_shape_elements(a) == 1 && eh_shape_equal(b, y) ? 0
                                                                     : -1;
    if (scalar < 0 || step->in[1 - scalar]->layout->has_padding)
        return prepare_strided(step, op, err);
    op->form = scalar ? SCALAR_B : SCALAR_A;
    op->count = step->in[1 - scalar]->layout->elements;
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

const eh_kernel eh_cpu_add = {
    .op = &eh_op_add, .prepare = prepare_keeping, .run = add_run, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_sub = {
    .op = &eh_op_sub, .prepare = prepare_keeping, .run = sub_run, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_mul = {
    .op = &eh_op_mul, .prepare = prepare_keeping, .run = mul_run, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_div = {
    .op = &eh_op_div, .prepare = prepare_quotient, .run = div_run, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_greater = {
    .op = &eh_op_greater, .prepare = prepare_keeping, .run = greater_run, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_equal = {
    .op = &eh_op_equal, .prepare = prepare_quotient, .run = equal_run, .release = eh_cpu_free_state
};
const eh_kernel eh_cpu_maximum = {
    .op = &eh_op_maximum, .prepare = prepare_keeping, .run = maximum_run, .release = eh_cpu_free_state
};
