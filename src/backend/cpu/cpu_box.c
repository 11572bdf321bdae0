/* cpu_box.c - slice, pad and concat of row-major tensors. */
#include "backend/cpu/cpu.h"
#include "backend/box.h"

#include <string.h>

/* All row-major and of one type: bf16 where all inputs are, or some are and what reads the result computes in bf16. */
static eh_status prepare(eh_step *step, eh_error *err)
{
    bool all = true, any = false;
    for (int k = 0; k < step->inputs; k++) {
        bool half = step->in[k]->layout->element == EH_ELEMENT_BF16;
        all = all && half;
        any = any || half;
    }
    eh_element element =
        all || (any && eh_cpu_out_element(step, 0) == EH_ELEMENT_BF16) ? EH_ELEMENT_BF16 : EH_ELEMENT_WORD;
    for (int k = 0; k < step->inputs; k++)
        EH_TRY(eh_cpu_want_row_major(step, k, element, err));
    return eh_layout_plain(&step->out[0]->layout, step->out[0]->tensor->shape, element, err);
}

static size_t element_of(const eh_step *step)
{
    return eh_element_bytes(step->out[0]->layout->element);
}

static eh_status run_slice(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    eh_shape y = step->out[0]->tensor->shape;
    (void)err;
    eh_copy_box(step->out[0]->data, y, NULL, step->in[0]->data, step->in[0]->tensor->shape, attr->start, y,
                element_of(step));
    return EH_OK;
}

static eh_status run_pad(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    eh_shape x = step->in[0]->tensor->shape;
    (void)err;
    memset(step->out[0]->data, 0, step->out[0]->bytes);
    eh_copy_box(step->out[0]->data, step->out[0]->tensor->shape, attr->start, step->in[0]->data, x, NULL, x,
                element_of(step));
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
                    element_of(step));
        start[attr->axis] += x.dim[attr->axis];
    }
    return EH_OK;
}

const eh_kernel eh_cpu_slice = {
    .op = &eh_op_slice, .lowers = EH_FOLLOWS, .prepare = prepare, .run = run_slice
};
const eh_kernel eh_cpu_pad = { .op = &eh_op_pad, .lowers = EH_FOLLOWS, .prepare = prepare, .run = run_pad };
const eh_kernel eh_cpu_concat = {
    .op = &eh_op_concat, .lowers = EH_FOLLOWS, .prepare = prepare, .run = run_concat
};
