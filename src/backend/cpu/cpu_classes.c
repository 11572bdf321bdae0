/* cpu_classes.c - softmax and its logarithm over the last axis, and one-hot rows. Row-major; the largest logit is taken off first. */
#include "backend/cpu/cpu_vector.h"

#include <math.h>

typedef struct rows {
    const float *x;
    const int32_t *index;
    float *y;
    int64_t rows, classes;
} rows;

EH_INLINE float largest(const float *x, int64_t count)
{
    float most = -INFINITY;
    for (int64_t k = 0; k < count; k++)
        most = x[k] > most ? x[k] : most;
    return most;
}

/* e^(x - most) of up to 16 elements; 0 behind `count`. */
EH_INLINE eh_v16 powers(const float *x, int64_t count, float most)
{
    if (count >= 16)
        return eh_exp16(eh_load(x) - most);
    eh_v16 v = eh_exp16(eh_load_part(x, count) - most);
    for (int64_t l = count; l < 16; l++)
        v[l] = 0;
    return v;
}

EH_INLINE void softmax_body(const void *args, int part, int parts)
{
    const rows *r = args;
    int64_t from, to;
    eh_cpu_share(r->rows, part, parts, &from, &to);
    for (int64_t i = from; i < to; i++) {
        const float *x = r->x + i * r->classes;
        float *y = r->y + i * r->classes, most = largest(x, r->classes);
        eh_v16 sum = eh_splat(0);
        for (int64_t k = 0; k < r->classes; k += 16) {
            eh_v16 v = powers(x + k, r->classes - k, most);
            sum += v;
            if (r->classes - k >= 16)
                eh_store(y + k, v);
            else
                eh_store_part(y + k, v, r->classes - k);
        }
        float factor = 1.0f / eh_sum16(sum);
        for (int64_t k = 0; k < r->classes; k++)
            y[k] *= factor;
    }
}
EH_KERNEL_VARIANTS(softmax_run, softmax_body);

EH_INLINE void log_softmax_body(const void *args, int part, int parts)
{
    const rows *r = args;
    int64_t from, to;
    eh_cpu_share(r->rows, part, parts, &from, &to);
    for (int64_t i = from; i < to; i++) {
        const float *x = r->x + i * r->classes;
        float *y = r->y + i * r->classes, most = largest(x, r->classes);
        eh_v16 sum = eh_splat(0);
        for (int64_t k = 0; k < r->classes; k += 16)
            sum += powers(x + k, r->classes - k, most);
        float logarithm = logf(eh_sum16(sum));
        for (int64_t k = 0; k < r->classes; k++)
            y[k] = x[k] - most - logarithm;
    }
}
EH_KERNEL_VARIANTS(log_softmax_run, log_softmax_body);

static void one_hot_work(const void *args, int part, int parts)
{
    const rows *r = args;
    int64_t from, to;
    eh_cpu_share(r->rows, part, parts, &from, &to);
    for (int64_t i = from; i < to; i++)
        for (int64_t k = 0; k < r->classes; k++)
            r->y[i * r->classes + k] = r->index[i] == k ? 1.0f : 0.0f;
}

static rows bound(const eh_step *step)
{
    eh_shape y = step->out[0]->tensor->shape;
    rows r = { .x = step->in[0]->data,
               .index = step->in[0]->data,
               .y = step->out[0]->data,
               .classes = y.dim[y.rank - 1] };
    r.rows = eh_shape_elements(y) / r.classes;
    return r;
}

static eh_status run(const eh_step *step, const eh_cpu_work *variants)
{
    rows r = bound(step);
    eh_cpu_run_best(variants, &r, eh_cpu_parts((double)(r.rows * r.classes) * 32));
    return EH_OK;
}

static eh_status run_softmax(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, softmax_run);
}

static eh_status run_log_softmax(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, log_softmax_run);
}

static eh_status run_one_hot(eh_step *step, eh_error *err)
{
    rows r = bound(step);
    (void)err;
    eh_cpu_run(one_hot_work, &r, eh_cpu_parts((double)(r.rows * r.classes) * 8));
    return EH_OK;
}

const eh_kernel eh_cpu_softmax = { .op = &eh_op_softmax,
                                   .prepare = eh_cpu_prepare_plain,
                                   .run = run_softmax };
const eh_kernel eh_cpu_log_softmax = { .op = &eh_op_log_softmax,
                                       .prepare = eh_cpu_prepare_plain,
                                       .run = run_log_softmax };
const eh_kernel eh_cpu_one_hot = { .op = &eh_op_one_hot,
                                   .prepare = eh_cpu_prepare_plain,
                                   .run = run_one_hot };
