/* cpu_unary.c - element by element: one input (and relu_grad and gelu_grad, which read one more tensor of the same shape).
 *
 * These walk the memory whatever the layout; where f(0) is not 0 a layout with padding is replaced by a row-major one. exp follows Cephes's expf
 * (Moshier): x = n ln 2 + r, a polynomial of degree 6 in r, times 2^n; 2 units in the last place. tanh and sigmoid build on it.
 */
#include "backend/cpu/cpu_vector.h"

#include <math.h>

typedef struct unary {
    const float *x, *other;
    float *y;
    int64_t count;
    float factor, offset;
} unary;

/* ---- functions of 16 elements ---- */

EH_INLINE eh_v16 exp16(eh_v16 x)
{
    const eh_v16 magic =
        eh_splat(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    eh_i16 nan = eh_is_nan(x);
    eh_v16 low = eh_splat(-104.0f), high = eh_splat(89.0f);
    eh_v16 v = eh_choose(eh_positive(low - x), low, x);
    v = eh_choose(eh_positive(v - high), high, v);
    eh_v16 shifted = v * 1.44269504f + magic, n = shifted - magic;
    eh_v16 r = v - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    eh_v16 p = eh_splat(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    /* 2^n as the product of two powers, so that results near the ends of the range come out right. */
    eh_i16 whole = (eh_i16)shifted - (eh_i16)magic, half = whole >> 1, rest = whole - half;
    p = p * (eh_v16)((half + 127) << 23) * (eh_v16)((rest + 127) << 23);
    return eh_choose(nan, x, p);
}

EH_INLINE eh_v16 f_relu(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    return eh_relu16(x);
}

EH_INLINE eh_v16 f_square(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    return x * x;
}

EH_INLINE eh_v16 f_abs(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    return (eh_v16)((eh_i16)x & 0x7fffffff);
}

EH_INLINE eh_v16 f_affine(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)other;
    return x * u->factor + u->offset;
}

EH_INLINE eh_v16 f_relu_grad(const unary *u, eh_v16 dy, eh_v16 y)
{
    (void)u;
    return eh_keep(dy, eh_positive(y));
}

EH_INLINE eh_v16 f_exp(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    return exp16(x);
}

EH_INLINE eh_v16 f_sigmoid(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    return 1.0f / (1.0f + exp16(-x));
}

EH_INLINE eh_v16 f_tanh(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    eh_i16 sign = (eh_i16)x & (int32_t)0x80000000;
    eh_v16 a = (eh_v16)((eh_i16)x & 0x7fffffff), e = exp16(a * -2.0f);
    eh_v16 large = (1.0f - e) / (1.0f + e);
    eh_v16 z = x * x, p = z * -5.70498872745e-3f + 2.06390887954e-2f;
    p = p * z + -5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z + -3.33332819422e-1f;
    eh_v16 small = a + a * z * p;
    return (eh_v16)((eh_i16)eh_choose(eh_positive(0.625f - a), small, large) | sign);
}

/* Functions of the C library, lane by lane. */
#define LANES(expression)              \
    do {                               \
        eh_v16 y_ = x;                 \
        for (int l = 0; l < 16; l++) { \
            float v = x[l];            \
            y_[l] = (expression);      \
        }                              \
        return y_;                     \
    } while (0)

EH_INLINE eh_v16 f_sqrt(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    LANES(sqrtf(v));
}

EH_INLINE eh_v16 f_log(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    LANES(logf(v));
}

EH_INLINE eh_v16 f_softplus(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    LANES((v > 0 || v != v ? v : 0) + log1pf(expf(-fabsf(v))));
}

EH_INLINE eh_v16 f_gelu(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    LANES(0.5f * v * erfcf(-v * 0.70710678f));
}

EH_INLINE eh_v16 f_gelu_grad(const unary *u, eh_v16 dy, eh_v16 x)
{
    (void)u;
    eh_v16 y = dy;
    for (int l = 0; l < 16; l++) {
        float v = x[l], density = expf(-0.5f * v * v) * 0.39894228f;
        y[l] = dy[l] * (0.5f * erfcf(-v * 0.70710678f) + v * density);
    }
    return y;
}

/* ---- loops ---- */

typedef eh_v16 (*function16)(const unary *u, eh_v16 x, eh_v16 other);

EH_INLINE void map(const unary *u, int part, int parts, function16 f)
{
    int64_t from, to, i;
    eh_cpu_share((u->count + 15) / 16, part, parts, &from, &to);
    from *= 16;
    to = to * 16 < u->count ? to * 16 : u->count;
    for (i = from; i + 16 <= to; i += 16)
        eh_store(u->y + i, f(u, eh_load(u->x + i), u->other ? eh_load(u->other + i) : eh_splat(0)));
    if (i < to)
        eh_store_part(u->y + i,
                      f(u, eh_load_part(u->x + i, to - i),
                        u->other ? eh_load_part(u->other + i, to - i) : eh_splat(0)),
                      to - i);
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

static eh_status run(eh_step *step, const eh_cpu_work *variants)
{
    unary u = { .x = step->in[0]->data,
                .other = step->inputs > 1 ? step->in[1]->data : NULL,
                .y = step->out[0]->data,
                .count = step->out[0]->layout->elements,
                .factor = 1 };
    if (step->node->op == &eh_op_affine) {
        const eh_attr_affine *attr = step->node->attr;
        u.factor = (float)attr->factor;
        u.offset = (float)attr->offset;
    }
    eh_cpu_run_best(variants, &u, eh_cpu_parts((double)u.count * 8));
    return EH_OK;
}

VARIANTS(relu)
VARIANTS(square)
VARIANTS(abs)
VARIANTS(affine)
VARIANTS(relu_grad)
VARIANTS(exp)
VARIANTS(sigmoid)
VARIANTS(tanh)
VARIANTS(sqrt)
VARIANTS(log)
VARIANTS(softplus)
VARIANTS(gelu)
VARIANTS(gelu_grad)

/* ---- prepare ---- */

/* f(0) = 0: any layout. */
static eh_status prepare_zero(eh_step *step, eh_error *err)
{
    if (step->inputs > 1)
        EH_TRY(eh_cpu_want(step, 1, step->in[0]->layout, err));
    return eh_cpu_out(step, 0, step->in[0]->layout, err);
}

/* f(0) is not 0: no padding. */
static eh_status prepare_unpadded(eh_step *step, eh_error *err)
{
    EH_TRY(eh_cpu_want_unpadded(step, 0, err));
    return eh_cpu_out(step, 0, eh_cpu_input_layout(step, 0), err);
}

/* The gradients take the layout of the tensor from the forward pass, which is more often the layout that is wanted next. */
static eh_status prepare_grad(eh_step *step, eh_error *err)
{
    EH_TRY(eh_cpu_want(step, 0, step->in[1]->layout, err));
    step->in_place[0] = 0;
    return eh_cpu_out(step, 0, step->in[1]->layout, err);
}

static eh_status prepare_affine(eh_step *step, eh_error *err)
{
    const eh_attr_affine *attr = step->node->attr;
    return attr->offset == 0 ? prepare_zero(step, err) : prepare_unpadded(step, err);
}

const eh_kernel eh_cpu_relu = { .op = &eh_op_relu, .prepare = prepare_zero, .run = relu_run };
const eh_kernel eh_cpu_sigmoid = { .op = &eh_op_sigmoid, .prepare = prepare_unpadded, .run = sigmoid_run };
const eh_kernel eh_cpu_tanh = { .op = &eh_op_tanh, .prepare = prepare_zero, .run = tanh_run };
const eh_kernel eh_cpu_gelu = { .op = &eh_op_gelu, .prepare = prepare_zero, .run = gelu_run };
const eh_kernel eh_cpu_softplus = { .op = &eh_op_softplus, .prepare = prepare_unpadded, .run = softplus_run };
const eh_kernel eh_cpu_exp = { .op = &eh_op_exp, .prepare = prepare_unpadded, .run = exp_run };
const eh_kernel eh_cpu_log = { .op = &eh_op_log, .prepare = prepare_unpadded, .run = log_run };
const eh_kernel eh_cpu_sqrt = { .op = &eh_op_sqrt, .prepare = prepare_zero, .run = sqrt_run };
const eh_kernel eh_cpu_square = { .op = &eh_op_square, .prepare = prepare_zero, .run = square_run };
const eh_kernel eh_cpu_abs = { .op = &eh_op_abs, .prepare = prepare_zero, .run = abs_run };
const eh_kernel eh_cpu_affine = { .op = &eh_op_affine, .prepare = prepare_affine, .run = affine_run };
const eh_kernel eh_cpu_relu_grad = { .op = &eh_op_relu_grad, .prepare = prepare_grad, .run = relu_grad_run };
const eh_kernel eh_cpu_gelu_grad = { .op = &eh_op_gelu_grad, .prepare = prepare_grad, .run = gelu_grad_run };
