/* ref_reshape.c - movement of elements: views, permutation, repetition. */
#include "backend/ref/ref.h"

#include <string.h>

/* reshape, stop_gradient, reverse_gradient: the same elements in the same order. */
static eh_status run_view(eh_step *step, eh_error *err)
{
    (void)err;
    if (step->out[0]->data != step->in[0]->data)
        memcpy(step->out[0]->data, step->in[0]->data, (size_t)eh_ref_elements(step->out[0]) * sizeof(double));
    return EH_OK;
}

static eh_status run_permute(eh_step *step, eh_error *err)
{
    const eh_attr_permute *attr = step->node->attr;
    eh_shape x = eh_ref_in_shape(step, 0), y = eh_ref_out_shape(step, 0);
    int64_t of_input[EH_MAX_RANK] = { 0 }, stride[EH_MAX_RANK] = { 0 };
    int64_t size = 1;
    (void)err;
    for (int i = x.rank - 1; i >= 0; i--) {
        of_input[i] = size;
        size *= x.dim[i];
    }
    for (int i = 0; i < y.rank; i++)
        stride[i] = of_input[attr->order[i]];
    for (int64_t i = 0; i < eh_shape_elements(y); i++)
        eh_ref_out(step, 0)[i] = eh_ref_in(step, 0)[eh_ref_offset(y, i, stride)];
    return EH_OK;
}

static eh_status run_broadcast_to(eh_step *step, eh_error *err)
{
    eh_shape y = eh_ref_out_shape(step, 0);
    int64_t stride[EH_MAX_RANK];
    (void)err;
    eh_ref_strides(stride, eh_ref_in_shape(step, 0), y);
    for (int64_t i = 0; i < eh_shape_elements(y); i++)
        eh_ref_out(step, 0)[i] = eh_ref_in(step, 0)[eh_ref_offset(y, i, stride)];
    return EH_OK;
}

const eh_kernel eh_ref_reshape = { .op = &eh_op_reshape, .prepare = eh_ref_prepare, .run = run_view };
const eh_kernel eh_ref_stop_gradient = { .op = &eh_op_stop_gradient,
                                         .prepare = eh_ref_prepare,
                                         .run = run_view };
const eh_kernel eh_ref_reverse_gradient = { .op = &eh_op_reverse_gradient,
                                            .prepare = eh_ref_prepare,
                                            .run = run_view };
const eh_kernel eh_ref_permute = { .op = &eh_op_permute, .prepare = eh_ref_prepare, .run = run_permute };
const eh_kernel eh_ref_broadcast_to = { .op = &eh_op_broadcast_to,
                                        .prepare = eh_ref_prepare,
                                        .run = run_broadcast_to };
