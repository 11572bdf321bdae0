/* cpu_where.c - where and power, element by element over row-major tensors. */
#include "backend/cpu/cpu.h"

#include <math.h>

typedef struct elements {
    const float *condition, *a, *b;
    float *y, exponent;
    int64_t count;
} elements;

EH_INLINE void where_body(const void *args, int part, int parts)
{
    const elements *e = args;
    int64_t from, to;
    eh_cpu_share(e->count, part, parts, &from, &to);
    for (int64_t i = from; i < to; i++)
        e->y[i] = e->condition[i] != 0 ? e->a[i] : e->b[i];
}
EH_KERNEL_VARIANTS(where_variants, where_body);

static eh_status run_where(eh_step *step, eh_error *err)
{
    elements e = { .condition = step->in[0]->data,
                   .a = step->in[1]->data,
                   .b = step->in[2]->data,
                   .y = step->out[0]->data,
                   .count = eh_shape_elements(step->out[0]->tensor->shape) };
    (void)err;
    eh_cpu_run_best(where_variants, &e, eh_cpu_parts((double)e.count * 16));
    return EH_OK;
}

static void power_work(const void *args, int part, int parts)
{
    const elements *e = args;
    int64_t from, to;
    eh_cpu_share(e->count, part, parts, &from, &to);
    for (int64_t i = from; i < to; i++)
        e->y[i] = powf(e->a[i], e->exponent);
}

static eh_status run_power(eh_step *step, eh_error *err)
{
    const eh_attr_power *attr = step->node->attr;
    elements e = { .a = step->in[0]->data,
                   .y = step->out[0]->data,
                   .exponent = (float)attr->exponent,
                   .count = eh_shape_elements(step->out[0]->tensor->shape) };
    (void)err;
    eh_cpu_run(power_work, &e, eh_cpu_parts((double)e.count * 64));
    return EH_OK;
}

const eh_kernel eh_cpu_where = { .op = &eh_op_where, .prepare = eh_cpu_prepare_plain, .run = run_where };
const eh_kernel eh_cpu_power = { .op = &eh_op_power, .prepare = eh_cpu_prepare_plain, .run = run_power };
