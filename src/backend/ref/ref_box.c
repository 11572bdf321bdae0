/* ref_box.c - slice, pad, concat. */
#include "backend/ref/ref.h"
#include "backend/box.h"

#include <string.h>

static void copy(double *to, eh_shape to_shape, const int64_t *to_start, const double *from,
                 eh_shape from_shape, const int64_t *from_start, eh_shape size)
{
    eh_box box;
    eh_box_make(&box, to_shape, to_start, from_shape, from_start, size);
    eh_box_copy(&box, to, from, sizeof *to, 0, eh_box_rows(&box));
}

static eh_status run_slice(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    eh_shape y = eh_ref_out_shape(step, 0);
    (void)err;
    copy(eh_ref_out(step, 0), y, NULL, eh_ref_in(step, 0), eh_ref_in_shape(step, 0), attr->start, y);
    return EH_OK;
}

static eh_status run_pad(eh_step *step, eh_error *err)
{
    const eh_attr_slice *attr = step->node->attr;
    eh_shape x = eh_ref_in_shape(step, 0), y = eh_ref_out_shape(step, 0);
    (void)err;
    memset(eh_ref_out(step, 0), 0, (size_t)eh_shape_elements(y) * sizeof(double));
    copy(eh_ref_out(step, 0), y, attr->start, eh_ref_in(step, 0), x, NULL, x);
    return EH_OK;
}

static eh_status run_concat(eh_step *step, eh_error *err)
{
    const eh_attr_concat *attr = step->node->attr;
    int64_t start[EH_MAX_RANK] = { 0 };
    (void)err;
    for (int i = 0; i < step->inputs; i++) {
        eh_shape x = eh_ref_in_shape(step, i);
        copy(eh_ref_out(step, 0), eh_ref_out_shape(step, 0), start, eh_ref_in(step, i), x, NULL, x);
        start[attr->axis] += x.dim[attr->axis];
    }
    return EH_OK;
}

const eh_kernel eh_ref_slice = { .op = &eh_op_slice, .prepare = eh_ref_prepare, .run = run_slice };
const eh_kernel eh_ref_pad = { .op = &eh_op_pad, .prepare = eh_ref_prepare, .run = run_pad };
const eh_kernel eh_ref_concat = { .op = &eh_op_concat, .prepare = eh_ref_prepare, .run = run_concat };
