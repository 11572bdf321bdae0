/* cpu_update.c - effects that change variables: assignment, Adam and SGD, each one pass over the memory in whatever layout the parameter has.
 *
 * The gradient, the moments and the buffer are asked for in the parameter's layout; padding stays zero because a zero gradient moves a zero parameter
 * with zero moments nowhere. The equations are those of op_adam_update.c and op_sgd_update.c.
 *
 * What is not finite is seen on the way, for nothing, since the pass waits for memory: a gradient or a parameter that is NaN or infinite makes the second
 * moment (or the buffer) so, by its square and by the decay, were that 0. Such elements stay as they are.
 */
#include "backend/cpu/cpu_vector.h"
#include "backend/plan_steps.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Variables 1 .. changes and the inputs up to `last` in the layout of variable 0, or all in that of input `last` when nothing else has relied on how
 * the variable lies (a bf16 convolution reads a copy of it); scalars behind them row-major. */
static eh_status prepare(eh_step *step, int last, eh_error *err)
{
    const eh_plan_value *variable = eh_plan_value_of(step->in[0]);
    const eh_layout *layout = step->in[variable->settled ? 0 : last]->layout;
    for (int k = 0; k < step->inputs; k++)
        if (k <= last)
            EH_TRY(eh_cpu_want(step, k, layout, err));
        else
            EH_TRY(eh_cpu_want_plain(step, k, err));
    return EH_OK;
}

/* ---- assign (variable, value) ---- */

static eh_status prepare_assign(eh_step *step, eh_error *err)
{
    return prepare(step, 1, err);
}

static eh_status run_assign(eh_step *step, eh_error *err)
{
    (void)err;
    if (step->in[0]->data != step->in[1]->data)
        memcpy(step->in[0]->data, step->in[1]->data, step->in[0]->bytes);
    return EH_OK;
}

/* ---- what is not finite ---- */

/* Lanes of -1 where v is NaN or infinite. */
EH_INLINE eh_i16 not_finite(eh_v16 v)
{
    return (0x7f7fffff - ((eh_i16)v & 0x7fffffff)) >> 31;
}

EH_INLINE void note_lanes(eh_i16 bad, atomic_bool *found)
{
    int32_t any = 0;
    for (int l = 0; l < 16; l++)
        any |= bad[l];
    if (any)
        atomic_store_explicit(found, true, memory_order_relaxed);
}

static eh_status judge(const eh_step *step, const atomic_bool *found, eh_error *err)
{
    if (!atomic_load_explicit(found, memory_order_relaxed))
        return EH_OK;
    return eh_fail(err, EH_ERR_NUMERIC, "the update of \"%s\" is not finite", step->in[0]->tensor->name);
}

/* ---- adam (param, m, v, grad, lr, step) ---- */

typedef struct adam {
    float *p, *m, *v;
    const float *g;
    int64_t count;
    float beta1, beta2, keep1, keep2; /* keep: 1 - beta */
    float step_size, root, epsilon, decay,
        shrink; /* decay: joins the gradient; shrink: factor on the parameter */
    atomic_bool *bad;
} adam;

EH_INLINE eh_v16 sqrt16(eh_v16 v)
{
    for (int l = 0; l < 16; l++)
        v[l] = sqrtf(v[l]);
    return v;
}

/* Returns the lanes that are not finite. */
EH_INLINE eh_i16 adam16(const adam *a, eh_v16 *p, eh_v16 *m, eh_v16 *v, eh_v16 g)
{
    eh_v16 p0 = *p, m0 = *m, v0 = *v;
    g = g + *p * a->decay;
    *p = *p * a->shrink;
    *m = *m * a->beta1 + g * a->keep1;
    *v = *v * a->beta2 + g * g * a->keep2;
    *p = *p - *m * a->step_size / (sqrt16(*v) / a->root + a->epsilon);
    eh_i16 bad = not_finite(*v);
    *p = eh_choose(bad, p0, *p);
    *m = eh_choose(bad, m0, *m);
    *v = eh_choose(bad, v0, *v);
    return bad;
}

EH_INLINE void adam_body(const void *args, int part, int parts)
{
    const adam *a = args;
    int64_t from, to, i;
    eh_i16 bad = { 0 };
    eh_cpu_share((a->count + 15) / 16, part, parts, &from, &to);
    to = to * 16 < a->count ? to * 16 : a->count;
    for (i = from * 16; i + 16 <= to; i += 16) {
        eh_v16 p = eh_load(a->p + i), m = eh_load(a->m + i), v = eh_load(a->v + i);
        bad |= adam16(a, &p, &m, &v, eh_load(a->g + i));
        eh_store(a->p + i, p);
        eh_store(a->m + i, m);
        eh_store(a->v + i, v);
    }
    if (i < to) {
        int64_t rest = to - i;
        eh_v16 p = eh_load_part(a->p + i, rest), m = eh_load_part(a->m + i, rest),
               v = eh_load_part(a->v + i, rest);
        bad |= adam16(a, &p, &m, &v, eh_load_part(a->g + i, rest));
        eh_store_part(a->p + i, p, rest);
        eh_store_part(a->m + i, m, rest);
        eh_store_part(a->v + i, v, rest);
    }
    note_lanes(bad, a->bad);
}
EH_KERNEL_VARIANTS(adam_run, adam_body);

static eh_status prepare_adam(eh_step *step, eh_error *err)
{
    return prepare(step, 3, err);
}

static eh_status run_adam(eh_step *step, eh_error *err)
{
    const eh_adam_opts *opts = step->node->attr;
    double lr = (double)*(const float *)step->in[4]->data, count = (double)*(const float *)step->in[5]->data;
    atomic_bool bad = false;
    adam a = { .p = step->in[0]->data,
               .m = step->in[1]->data,
               .v = step->in[2]->data,
               .g = step->in[3]->data,
               .count = step->in[0]->layout->elements,
               .beta1 = (float)opts->beta1,
               .beta2 = (float)opts->beta2,
               .keep1 = (float)(1 - opts->beta1),
               .keep2 = (float)(1 - opts->beta2),
               .step_size = (float)(lr / (1 - pow(opts->beta1, count))),
               .root = (float)sqrt(1 - pow(opts->beta2, count)),
               .epsilon = (float)opts->epsilon,
               .decay = opts->decoupled ? 0 : (float)opts->weight_decay,
               .shrink = opts->decoupled ? (float)(1 - lr * opts->weight_decay) : 1,
               .bad = &bad };
    eh_cpu_run_best(adam_run, &a, eh_cpu_parts((double)a.count * 28));
    return judge(step, &bad, err);
}

/* ---- sgd (param, buffer, grad, lr, momentum) ---- */

typedef struct sgd {
    float *p, *buffer;
    const float *g;
    int64_t count;
    float lr, momentum, decay;
    bool nesterov;
    atomic_bool *bad;
} sgd;

EH_INLINE eh_i16 sgd16(const sgd *s, eh_v16 *p, eh_v16 *buffer, eh_v16 g)
{
    eh_v16 p0 = *p, buffer0 = *buffer;
    g = g + *p * s->decay;
    *buffer = *buffer * s->momentum + g;
    *p = *p - (s->nesterov ? g + *buffer * s->momentum : *buffer) * s->lr;
    eh_i16 bad = not_finite(*buffer);
    *p = eh_choose(bad, p0, *p);
    *buffer = eh_choose(bad, buffer0, *buffer);
    return bad;
}

EH_INLINE void sgd_body(const void *args, int part, int parts)
{
    const sgd *s = args;
    int64_t from, to, i;
    eh_i16 bad = { 0 };
    eh_cpu_share((s->count + 15) / 16, part, parts, &from, &to);
    to = to * 16 < s->count ? to * 16 : s->count;
    for (i = from * 16; i + 16 <= to; i += 16) {
        eh_v16 p = eh_load(s->p + i), buffer = eh_load(s->buffer + i);
        bad |= sgd16(s, &p, &buffer, eh_load(s->g + i));
        eh_store(s->p + i, p);
        eh_store(s->buffer + i, buffer);
    }
    if (i < to) {
        int64_t rest = to - i;
        eh_v16 p = eh_load_part(s->p + i, rest), buffer = eh_load_part(s->buffer + i, rest);
        bad |= sgd16(s, &p, &buffer, eh_load_part(s->g + i, rest));
        eh_store_part(s->p + i, p, rest);
        eh_store_part(s->buffer + i, buffer, rest);
    }
    note_lanes(bad, s->bad);
}
EH_KERNEL_VARIANTS(sgd_run, sgd_body);

static eh_status prepare_sgd(eh_step *step, eh_error *err)
{
    return prepare(step, 2, err);
}

static eh_status run_sgd(eh_step *step, eh_error *err)
{
    const eh_sgd_opts *opts = step->node->attr;
    atomic_bool bad = false;
    sgd s = { .p = step->in[0]->data,
              .buffer = step->in[1]->data,
              .g = step->in[2]->data,
              .count = step->in[0]->layout->elements,
              .lr = *(const float *)step->in[3]->data,
              .momentum = *(const float *)step->in[4]->data,
              .decay = (float)opts->weight_decay,
              .nesterov = opts->nesterov,
              .bad = &bad };
    eh_cpu_run_best(sgd_run, &s, eh_cpu_parts((double)s.count * 20));
    return judge(step, &bad, err);
}

const eh_kernel eh_cpu_assign = { .op = &eh_op_assign, .prepare = prepare_assign, .run = run_assign };
const eh_kernel eh_cpu_adam_update = { .op = &eh_op_adam_update, .prepare = prepare_adam, .run = run_adam };
const eh_kernel eh_cpu_sgd_update = { .op = &eh_op_sgd_update, .prepare = prepare_sgd, .run = run_sgd };
