/* ref_binary.c - element by element: two inputs that broadcast; and where. */
#include "backend/ref/ref.h"

static eh_status map(const eh_step *step, double (*f)(double, double))
{
    const double *a = eh_ref_in(step, 0), *b = eh_ref_in(step, 1);
    double *y = eh_ref_out(step, 0);
    eh_shape shape = eh_ref_out_shape(step, 0);
    int64_t stride_a[EH_MAX_RANK], stride_b[EH_MAX_RANK];
    int64_t elements = eh_shape_elements(shape);
    if (eh_shape_equal(eh_ref_in_shape(step, 0), shape) && eh_shape_equal(eh_ref_in_shape(step, 1), shape)) {
        for (int64_t i = 0; i < elements; i++)
            y[i] = f(a[i], b[i]);
        return EH_OK;
    }
    eh_ref_strides(stride_a, eh_ref_in_shape(step, 0), shape);
    eh_ref_strides(stride_b, eh_ref_in_shape(step, 1), shape);
    for (int64_t i = 0; i < elements; i++)
        y[i] = f(a[eh_ref_offset(shape, i, stride_a)], b[eh_ref_offset(shape, i, stride_b)]);
    return EH_OK;
}

static double f_add(double a, double b)
{
    return a + b;
}

static double f_sub(double a, double b)
{
    return a - b;
}

static double f_mul(double a, double b)
{
    return a * b;
}

static double f_div(double a, double b)
{
    return a / b;
}

static double f_equal(double a, double b)
{
    return a == b ? 1 : 0;
}

static double f_greater(double a, double b)
{
    return a > b ? 1 : 0;
}

static double f_maximum(double a, double b)
{
    return a > b || a != a ? a : b;
}

static eh_status run_add(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_add);
}

static eh_status run_sub(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_sub);
}

static eh_status run_mul(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_mul);
}

static eh_status run_div(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_div);
}

static eh_status run_equal(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_equal);
}

static eh_status run_greater(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_greater);
}

static eh_status run_maximum(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_maximum);
}

const eh_kernel eh_ref_add = { .op = &eh_op_add, .prepare = eh_ref_prepare, .run = run_add };
const eh_kernel eh_ref_sub = { .op = &eh_op_sub, .prepare = eh_ref_prepare, .run = run_sub };
const eh_kernel eh_ref_mul = { .op = &eh_op_mul, .prepare = eh_ref_prepare, .run = run_mul };
const eh_kernel eh_ref_div = { .op = &eh_op_div, .prepare = eh_ref_prepare, .run = run_div };
const eh_kernel eh_ref_equal = { .op = &eh_op_equal, .prepare = eh_ref_prepare, .run = run_equal };
const eh_kernel eh_ref_greater = { .op = &eh_op_greater, .prepare = eh_ref_prepare, .run = run_greater };
const eh_kernel eh_ref_maximum = { .op = &eh_op_maximum, .prepare = eh_ref_prepare, .run = run_maximum };

static eh_status run_where(eh_step *step, eh_error *err)
{
    int64_t elements = eh_ref_elements(step->out[0]);
    (void)err;
    for (int64_t i = 0; i < elements; i++)
        eh_ref_out(step, 0)[i] = eh_ref_in(step, 0)[i] != 0 ? eh_ref_in(step, 1)[i] : eh_ref_in(step, 2)[i];
    return EH_OK;
}

const eh_kernel eh_ref_where = { .op = &eh_op_where, .prepare = eh_ref_prepare, .run = run_where };
