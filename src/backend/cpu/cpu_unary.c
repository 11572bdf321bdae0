/* cpu_unary.c - element by element: one input (and the gradients of activations, which read one more tensor of the same shape).
 *
 * These walk the memory whatever the layout; where f(0) is not 0 a layout with padding is replaced by a row-major one. exp, log, sqrt, square and
 * softplus, of which losses are made, take f32 only.
 */
#include "backend/cpu/cpu_vector.h"

#include <math.h>

typedef struct unary {
    const void *x, *other;
    void *y;
    int64_t count;
    float factor, offset;
} unary;

/* ---- functions of 16 elements ---- */

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
    return eh_exp16(x);
}

EH_INLINE eh_v16 f_sigmoid(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    return 1.0f / (1.0f + eh_exp16(-x));
}

EH_INLINE eh_v16 f_tanh(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    return eh_tanh16(x);
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

/* Phi(x), the normal distribution: the tail (a polynomial in t = 1 / (1 + p |x|)) e^(-x^2 / 2) of Abramowitz and Stegun 7.1.26, error below 1e-7.
 * density: e^(-x^2 / 2). */
EH_INLINE eh_v16 normal16(eh_v16 x, eh_v16 *density)
{
    eh_v16 a = (eh_v16)((eh_i16)x & 0x7fffffff), t = 1.0f / (1.0f + a * 0.23164189f); /* p / sqrt 2 */
    eh_v16 p = t * 1.061405429f + -1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t + -0.284496736f;
    p = p * t + 0.254829592f;
    *density = eh_exp16(x * x * -0.5f);
    eh_v16 tail = p * t * *density * 0.5f;
    return eh_choose(eh_positive(x), 1.0f - tail, tail);
}

EH_INLINE eh_v16 f_gelu(const unary *u, eh_v16 x, eh_v16 other)
{
    eh_v16 density;
    (void)u;
    (void)other;
    return x * normal16(x, &density);
}

EH_INLINE eh_v16 f_gelu_grad(const unary *u, eh_v16 dy, eh_v16 x)
{
    eh_v16 density, phi = normal16(x, &density);
    (void)u;
    return dy * (phi + x * density * 0.39894228f);
}

EH_INLINE eh_v16 f_gelu_tanh(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    return x * (eh_tanh16(x * (x * x * 0.0356774081f + 0.797884561f)) * 0.5f + 0.5f);
}

EH_INLINE eh_v16 f_gelu_tanh_grad(const unary *u, eh_v16 dy, eh_v16 x)
{
    eh_v16 square = x * x, t = eh_tanh16(x * (square * 0.0356774081f + 0.797884561f));
    eh_v16 slope = square * 0.107032224f + 0.797884561f;
    (void)u;
    return dy * (t * 0.5f + 0.5f + x * 0.5f * (1.0f - t * t) * slope);
}

EH_INLINE eh_v16 f_silu(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)u;
    (void)other;
    return x / (1.0f + eh_exp16(-x));
}

EH_INLINE eh_v16 f_silu_grad(const unary *u, eh_v16 dy, eh_v16 x)
{
    eh_v16 s = 1.0f / (1.0f + eh_exp16(-x));
    (void)u;
    return dy * (s * (1.0f + x * (1.0f - s)));
}

/* x clip(x / 6 + 1/2, 0, 1) */
EH_INLINE eh_v16 f_hard_swish(const unary *u, eh_v16 x, eh_v16 other)
{
    eh_v16 one = eh_splat(1), part = eh_relu16(x * 0.166666667f + 0.5f);
    (void)u;
    (void)other;
    return x * eh_choose(eh_positive(part - one), one, part);
}

EH_INLINE eh_v16 f_hard_swish_grad(const unary *u, eh_v16 dy, eh_v16 x)
{
    eh_v16 slope = eh_keep(x * 0.333333333f + 0.5f, eh_positive(x + 3.0f));
    (void)u;
    return dy * eh_choose(eh_positive(x - 3.0f), eh_splat(1), slope);
}

EH_INLINE eh_v16 f_leaky_relu(const unary *u, eh_v16 x, eh_v16 other)
{
    (void)other;
    return eh_choose(eh_positive(x), x, x * u->factor);
}

EH_INLINE eh_v16 f_leaky_relu_grad(const unary *u, eh_v16 dy, eh_v16 x)
{
    return eh_choose(eh_positive(x), dy, dy * u->factor);
}

/* ---- loops ---- */

typedef eh_v16 (*function16)(const unary *u, eh_v16 x, eh_v16 other);

EH_INLINE void map(const unary *u, int part, int parts, function16 f, eh_as as)
{
    int64_t from, to, i;
    eh_cpu_share((u->count + 15) / 16, part, parts, &from, &to);
    from *= 16;
    to = to * 16 < u->count ? to * 16 : u->count;
    for (i = from; i + 16 <= to; i += 16)
        eh_put(u->y, i, f(u, eh_get(u->x, i, as), u->other ? eh_get(u->other, i, as) : eh_splat(0)), as);
    if (i < to) {
        int64_t rest = to - i;
        eh_v16 x = eh_get_part(u->x, i, rest, as);
        eh_put_part(u->y, i, f(u, x, u->other ? eh_get_part(u->other, i, rest, as) : eh_splat(0)), rest, as);
    }
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

static eh_status run(eh_step *step, const eh_cpu_typed_work variants)
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
    } else if (step->node->op == &eh_op_leaky_relu || step->node->op == &eh_op_leaky_relu_grad) {
        u.factor = (float)((const eh_attr_slope *)step->node->attr)->slope;
    }
    eh_cpu_run_typed(variants, step->out[0]->layout->element, &u, eh_cpu_parts((double)u.count * 8));
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
VARIANTS(gelu_tanh)
VARIANTS(gelu_tanh_grad)
VARIANTS(silu)
VARIANTS(silu_grad)
VARIANTS(hard_swish)
VARIANTS(hard_swish_grad)
VARIANTS(leaky_relu)
VARIANTS(leaky_relu_grad)

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

const eh_kernel eh_cpu_relu = {
    .op = &eh_op_relu, .lowers = EH_FOLLOWS, .prepare = prepare_zero, .run = relu_run
};
const eh_kernel eh_cpu_sigmoid = {
    .op = &eh_op_sigmoid, .lowers = EH_FOLLOWS, .prepare = prepare_unpadded, .run = sigmoid_run
};
const eh_kernel eh_cpu_tanh = {
    .op = &eh_op_tanh, .lowers = EH_FOLLOWS, .prepare = prepare_zero, .run = tanh_run
};
const eh_kernel eh_cpu_gelu = {
    .op = &eh_op_gelu, .lowers = EH_FOLLOWS, .prepare = prepare_zero, .run = gelu_run
};
const eh_kernel eh_cpu_softplus = { .op = &eh_op_softplus, .prepare = prepare_unpadded, .run = softplus_run };
const eh_kernel eh_cpu_exp = { .op = &eh_op_exp, .prepare = prepare_unpadded, .run = exp_run };
const eh_kernel eh_cpu_log = { .op = &eh_op_log, .prepare = prepare_unpadded, .run = log_run };
const eh_kernel eh_cpu_sqrt = { .op = &eh_op_sqrt, .prepare = prepare_zero, .run = sqrt_run };
const eh_kernel eh_cpu_square = { .op = &eh_op_square, .prepare = prepare_zero, .run = square_run };
const eh_kernel eh_cpu_abs = {
    .op = &eh_op_abs, .lowers = EH_FOLLOWS, .prepare = prepare_zero, .run = abs_run
};
const eh_kernel eh_cpu_affine = {
    .op = &eh_op_affine, .lowers = EH_FOLLOWS, .prepare = prepare_affine, .run = affine_run
};
const eh_kernel eh_cpu_relu_grad = {
    .op = &eh_op_relu_grad, .lowers = EH_FOLLOWS, .prepare = prepare_grad, .run = relu_grad_run
};
const eh_kernel eh_cpu_gelu_grad = {
    .op = &eh_op_gelu_grad, .lowers = EH_FOLLOWS, .prepare = prepare_grad, .run = gelu_grad_run
};
const eh_kernel eh_cpu_gelu_tanh = {
    .op = &eh_op_gelu_tanh, .lowers = EH_FOLLOWS, .prepare = prepare_zero, .run = gelu_tanh_run
};
const eh_kernel eh_cpu_gelu_tanh_grad = {
    .op = &eh_op_gelu_tanh_grad, .lowers = EH_FOLLOWS, .prepare = prepare_grad, .run = gelu_tanh_grad_run
};
const eh_kernel eh_cpu_silu = {
    .op = &eh_op_silu, .lowers = EH_FOLLOWS, .prepare = prepare_zero, .run = silu_run
};
const eh_kernel eh_cpu_silu_grad = {
    .op = &eh_op_silu_grad, .lowers = EH_FOLLOWS, .prepare = prepare_grad, .run = silu_grad_run
};
const eh_kernel eh_cpu_hard_swish = {
    .op = &eh_op_hard_swish, .lowers = EH_FOLLOWS, .prepare = prepare_zero, .run = hard_swish_run
};
const eh_kernel eh_cpu_hard_swish_grad = {
    .op = &eh_op_hard_swish_grad, .lowers = EH_FOLLOWS, .prepare = prepare_grad, .run = hard_swish_grad_run
};
const eh_kernel eh_cpu_leaky_relu = {
    .op = &eh_op_leaky_relu, .lowers = EH_FOLLOWS, .prepare = prepare_zero, .run = leaky_relu_run
};
const eh_kernel eh_cpu_leaky_relu_grad = {
    .op = &eh_op_leaky_relu_grad, .lowers = EH_FOLLOWS, .prepare = prepare_grad, .run = leaky_relu_grad_run
};
