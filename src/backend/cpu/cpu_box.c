/* cpu_box.c - slice, pad and concat of row-major tensors. */
#include "backend/cpu/cpu.h"
#include "backend/box.h"

#include <string.h>

static eh_status run_slice(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    eh_shape y = step->out[0]->tensor->shape;
    (void)err;
    eh_copy_box(step->out[0]->data, y, NULL, step->in[0]->data, step->in[0]->tensor->shape, attr->start, y,
                sizeof(float));
    return EH_OK;
}

static eh_status run_pad(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    eh_shape x = step->in[0]->tensor->shape;
    (void)err;
    memset(step->out[0]->data, 0, step->out[0]->bytes);
    eh_copy_box(step->out[0]->data, step->out[0]->tensor->shape, attr->start, step->in[0]->data, x, NULL, x,
                sizeof(float));
    return EH_OK;
}

static eh_status run_concat(eh_step *step, eh_error *err)
{
    const eh_attr_concat *attr = step->node->attr;
    int64_t start[EH_MAX_RANK] = { 0 };
    (void)err;
    for (int i = 0; i < step->inputs; i++) {
        eh_shape x = step->in[i]->tensor->shape;
        eh_copy_box(step->out[0]->data, step->out[0]->tensor->shape, start, step->in[i]->data, x, NULL, x,
                    sizeof(float));
        start[attr->axis] += x.dim[attr->axis];
    }
    return EH_OK;
}

const eh_kernel eh_cpu_slice = { .op = &eh_op_slice, .prepare = eh_cpu_prepare_plain, .run = run_slice };
const eh_kernel eh_cpu_pad = { .op = &eh_op_pad, .prepare = eh_cpu_prepare_plain, .run = run_pad };
const eh_kernel eh_cpu_concat = { .op = &eh_op_concat, .prepare = eh_cpu_prepare_plain, .run = run_concat };
