/* cpu_random.c - random tensors: the reference's numbers, rounded to f32. */
#include "backend/cpu/cpu.h"
#include "tensor/draw.h"

enum { CHUNK = 512 };

typedef struct draws {
    const eh_attr_random *attr;
    double step;
    float *y;
    int64_t count;
} draws;

static void work(const void *args, int part, int parts)
{
    const draws *d = args;
    double value[CHUNK];
    int64_t from, to;
    eh_cpu_share((d->count + CHUNK - 1) / CHUNK, part, parts, &from, &to);
    for (int64_t chunk = from; chunk < to; chunk++) {
        int64_t first = chunk * CHUNK, end = first + CHUNK < d->count ? first + CHUNK : d->count;
        eh_draw_elements(d->attr, d->step, first, end, value);
        for (int64_t i = first; i < end; i++)
            d->y[i] = (float)value[i - first];
    }
}

static eh_status run(eh_step *step, eh_error *err)
{
    const float *count = step->in[0]->data;
    draws d = { .attr = step->node->attr,
                .step = (double)*count,
                .y = step->out[0]->data,
                .count = eh_shape_elements(step->out[0]->tensor->shape) };
    (void)err;
    eh_cpu_run(work, &d, eh_cpu_parts((double)d.count * 64));
    return EH_OK;
}

const eh_kernel eh_cpu_random = { .op = &eh_op_random, .prepare = eh_cpu_prepare_plain, .run = run };
