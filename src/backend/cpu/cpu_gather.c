/* cpu_gather.c - rows of a table by number, and rows added up by number; row-major. Adding up is shared out by columns, so that every sum is made
 * in one order whatever the number of threads. */
#include "backend/cpu/cpu.h"

#include <string.h>

typedef struct rows {
    const float *from;
    float *to;
    const int32_t *index;
    int64_t count, table, width;
} rows;

static void gather_work(const void *args, int part, int parts)
{
    const rows *r = args;
    int64_t from, to;
    eh_cpu_share(r->count, part, parts, &from, &to);
    for (int64_t n = from; n < to; n++) {
        float *y = r->to + n * r->width;
        if (r->index[n] >= 0 && r->index[n] < r->table)
            memcpy(y, r->from + r->index[n] * r->width, (size_t)r->width * sizeof *y);
        else
            memset(y, 0, (size_t)r->width * sizeof *y);
    }
}

static void add_work(const void *args, int part, int parts)
{
    const rows *r = args;
    int64_t from, to;
    eh_cpu_share(r->width, part, parts, &from, &to);
    for (int64_t k = 0; k < r->table; k++)
        for (int64_t i = from; i < to; i++)
            r->to[k * r->width + i] = 0;
    for (int64_t n = 0; n < r->count; n++)
        if (r->index[n] >= 0 && r->index[n] < r->table)
            for (int64_t i = from; i < to; i++)
                r->to[r->index[n] * r->width + i] += r->from[n * r->width + i];
}

static eh_status run(eh_step *step, const eh_value *table, eh_cpu_work work)
{
    int64_t height = table->tensor->shape.dim[0];
    rows r = { .from = step->in[0]->data,
               .to = step->out[0]->data,
               .index = step->in[1]->data,
               .count = eh_shape_elements(step->in[1]->tensor->shape),
               .table = height,
               .width = eh_shape_elements(table->tensor->shape) / height };
    eh_cpu_run(work, &r, eh_cpu_parts((double)r.count * (double)r.width * 8));
    return EH_OK;
}

static eh_status run_gather(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, step->in[0], gather_work);
}

static eh_status run_gather_grad(eh_step *step, eh_error *err)
{
    (void)err;
    return run(step, step->out[0], add_work);
}

const eh_kernel eh_cpu_gather = { .op = &eh_op_gather, .prepare = eh_cpu_prepare_plain, .run = run_gather };
const eh_kernel eh_cpu_gather_grad = { .op = &eh_op_gather_grad,
                                       .prepare = eh_cpu_prepare_plain,
                                       .run = run_gather_grad };
