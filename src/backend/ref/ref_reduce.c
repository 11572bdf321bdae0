/* ref_reduce.c - sum, mean and maximum over axes. */
#include "backend/ref/ref.h"

#include <math.h>

/* For element i of x: which element of the result it falls into. */
static void reduced_strides(int64_t stride[EH_MAX_RANK], const eh_step *step)
{
    const eh_attr_reduce *attr = step->node->attr;
    eh_shape x = eh_ref_in_shape(step, 0), kept = x;
    for (int i = 0; i < x.rank; i++)
        if (attr->axes & 1u << i)
            kept.dim[i] = 1;
    eh_ref_strides(stride, kept, x);
}

static void add_up(eh_step *step, double factor)
{
    int64_t stride[EH_MAX_RANK];
    eh_shape x = eh_ref_in_shape(step, 0);
    double *y = eh_ref_out(step, 0);
    reduced_strides(stride, step);
    for (int64_t i = 0; i < eh_ref_elements(step->out[0]); i++)
        y[i] = 0;
    for (int64_t i = 0; i < eh_shape_elements(x); i++)
        y[eh_ref_offset(x, i, stride)] += eh_ref_in(step, 0)[i];
    for (int64_t i = 0; i < eh_ref_elements(step->out[0]); i++)
        y[i] *= factor;
}

static eh_status run_sum(eh_step *step, eh_error *err)
{
    (void)err;
    add_up(step, 1);
    return EH_OK;
}

static eh_status run_mean(eh_step *step, eh_error *err)
{
    (void)err;
    add_up(step, (double)eh_ref_elements(step->out[0]) / (double)eh_ref_elements(step->in[0]));
    return EH_OK;
}

static eh_status run_max(eh_step *step, eh_error *err)
{
    int64_t stride[EH_MAX_RANK];
    eh_shape x = eh_ref_in_shape(step, 0);
    double *y = eh_ref_out(step, 0);
    (void)err;
    reduced_strides(stride, step);
    for (int64_t i = 0; i < eh_ref_elements(step->out[0]); i++)
        y[i] = -INFINITY;
    for (int64_t i = 0; i < eh_shape_elements(x); i++) {
        double value = eh_ref_in(step, 0)[i], *best = &y[eh_ref_offset(x, i, stride)];
        if (value > *best || isnan(value))
            *best = value;
    }
    return EH_OK;
}

/* 1 where an element is larger than all before it in its group and not smaller than any after it. */
static eh_status run_max_mask(eh_step *step, eh_error *err)
{
    int64_t stride[EH_MAX_RANK];
    eh_shape shape = eh_ref_in_shape(step, 0);
    const double *x = eh_ref_in(step, 0);
    int64_t elements = eh_shape_elements(shape);
    (void)err;
    reduced_strides(stride, step);
    for (int64_t i = 0; i < elements; i++) {
        bool first = true;
        for (int64_t k = 0; k < elements && first; k++)
            if (k != i && eh_ref_offset(shape, k, stride) == eh_ref_offset(shape, i, stride))
                first = k < i ? x[i] > x[k] || (isnan(x[i]) && !isnan(x[k]))
                              : !(x[k] > x[i]) && !(isnan(x[k]) && !isnan(x[i]));
        eh_ref_out(step, 0)[i] = first ? 1 : 0;
    }
    return EH_OK;
}

const eh_kernel eh_ref_sum = { .op = &eh_op_sum, .prepare = eh_ref_prepare, .run = run_sum };
const eh_kernel eh_ref_mean = { .op = &eh_op_mean, .prepare = eh_ref_prepare, .run = run_mean };
const eh_kernel eh_ref_max = { .op = &eh_op_max, .prepare = eh_ref_prepare, .run = run_max };
const eh_kernel eh_ref_max_mask = { .op = &eh_op_max_mask, .prepare = eh_ref_prepare, .run = run_max_mask };
