/* cpu_classes.c - softmax and its logarithm over the last axis, and one-hot rows. Row-major; the largest logit is taken off first. */
#include "backend/cpu/cpu.h"

#include <math.h>

typedef struct rows {
    const float *x;
    const int32_t *index;
    float *y;
    int64_t rows, classes;
} rows;

static void softmax_work(const void *args, int part, int parts)
{
    const rows *r = args;
    int64_t from, to;
    eh_cpu_share(r->rows, part, parts, &from, &to);
    for (int64_t i = from; i < to; i++) {
        const float *x = r->x + i * r->classes;
        float *y = r->y + i * r->classes, most = -INFINITY;
        double sum = 0;
        for (int64_t k = 0; k < r->classes; k++)
            most = x[k] > most ? x[k] : most;
        for (int64_t k = 0; k < r->classes; k++) {
            y[k] = expf(x[k] - most);
            sum += (double)y[k];
        }
        float factor = (float)(1.0 / sum);
        for (int64_t k = 0; k < r->classes; k++)
            y[k] *= factor;
    }
}

static void log_softmax_work(const void *args, int part, int parts)
{
    const rows *r = args;
    int64_t from, to;
    eh_cpu_share(r->rows, part, parts, &from, &to);
    for (int64_t i = from; i < to; i++) {
        const float *x = r->x + i * r->classes;
        float *y = r->y + i * r->classes, most = -INFINITY;
        double sum = 0;
        for (int64_t k = 0; k < r->classes; k++)
            most = x[k] > most ? x[k] : most;
        for (int64_t k = 0; k < r->classes; k++)
            sum += exp((double)(x[k] - most));
        double logarithm = log(sum);
        for (int64_t k = 0; k < r->classes; k++)
            y[k] = (float)((double)(x[k] - most) - logarithm);
    }
}

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

static eh_status run(const eh_step *step, eh_cpu_work work)
{
    rows r = bound(step);
    eh_cpu_run(work, &r, eh_cpu_parts((double)(r.rows * r.classes) * 32));
    return EH_OK;
}

static eh_status run_softmax(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, softmax_work);
}

static eh_status run_log_softmax(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, log_softmax_work);
}

static eh_status run_one_hot(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, one_hot_work);
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
