/* ref_reduce.c - sum, mean and maximum over axes. */
#include "backend/ref/ref.h"
#include "tensor/shape.h"

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

/* Scratch holds for each group the position of its first maximum so far, -1 before any. */
static eh_status prepare_max_mask(eh_step *step, eh_error *err)
{
    const eh_attr_reduce *attr = step->node->attr;
    step->scratch_bytes =
        (size_t)eh_shape_elements(eh_shape_reduced(eh_ref_in_shape(step, 0), attr->axes, true)) *
        sizeof(int64_t);
    return eh_ref_prepare(step, err);
}

static eh_status run_max_mask(eh_step *step, eh_error *err)
{
    int64_t stride[EH_MAX_RANK];
    eh_shape shape = eh_ref_in_shape(step, 0);
    const double *x = eh_ref_in(step, 0);
    int64_t *first = step->scratch;
    (void)err;
    reduced_strides(stride, step);
    for (size_t i = 0; i < step->scratch_bytes / sizeof *first; i++)
        first[i] = -1;
    for (int64_t i = 0; i < eh_shape_elements(shape); i++) {
        int64_t *best = &first[eh_ref_offset(shape, i, stride)];
        if (*best < 0 || x[i] > x[*best] || (isnan(x[i]) && !isnan(x[*best])))
            *best = i;
    }
    for (int64_t i = 0; i < eh_shape_elements(shape); i++)
        eh_ref_out(step, 0)[i] = first[eh_ref_offset(shape, i, stride)] == i ? 1 : 0;
    return EH_OK;
}

const eh_kernel eh_ref_sum = { .op = &eh_op_sum, .prepare = eh_ref_prepare, .run = run_sum };
const eh_kernel eh_ref_mean = { .op = &eh_op_mean, .prepare = eh_ref_prepare, .run = run_mean };
const eh_kernel eh_ref_max = { .op = &eh_op_max, .prepare = eh_ref_prepare, .run = run_max };
const eh_kernel eh_ref_max_mask = { .op = &eh_op_max_mask, .prepare = prepare_max_mask, .run = run_max_mask };
