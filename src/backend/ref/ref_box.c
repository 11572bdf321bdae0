/* ref_box.c - slice, pad, concat. */
#include "backend/ref/ref.h"
#include "backend/box.h"

#include <string.h>

static eh_status run_slice(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    eh_shape y = eh_ref_out_shape(step, 0);
    (void)err;
    eh_copy_box(eh_ref_out(step, 0), y, NULL, eh_ref_in(step, 0), eh_ref_in_shape(step, 0), attr->start, y,
                sizeof(double));
    return EH_OK;
}

static eh_status run_pad(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    eh_shape x = eh_ref_in_shape(step, 0), y = eh_ref_out_shape(step, 0);
    (void)err;
    memset(eh_ref_out(step, 0), 0, (size_t)eh_shape_elements(y) * sizeof(double));
    eh_copy_box(eh_ref_out(step, 0), y, attr->start, eh_ref_in(step, 0), x, NULL, x, sizeof(double));
    return EH_OK;
}

static eh_status run_concat(eh_step *step, eh_error *err)
{
    const eh_attr_concat *attr = step->node->attr;
    int64_t start[EH_MAX_RANK] = { 0 };
    (void)err;
    for (int i = 0; i < step->inputs; i++) {
        eh_shape x = eh_ref_in_shape(step, i);
        eh_copy_box(eh_ref_out(step, 0), eh_ref_out_shape(step, 0), start, eh_ref_in(step, i), x, NULL, x,
                    sizeof(double));
        start[attr->axis] += x.dim[attr->axis];
    }
    return EH_OK;
}

const eh_kernel eh_ref_slice = { .op = &eh_op_slice, .prepare = eh_ref_prepare, .run = run_slice };
const eh_kernel eh_ref_pad = { .op = &eh_op_pad, .prepare = eh_ref_prepare, .run = run_pad };
const eh_kernel eh_ref_concat = { .op = &eh_op_concat, .prepare = eh_ref_prepare, .run = run_concat };
