/* ref_unary.c - element by element: one input, and the gradients that read one more tensor of the same shape. */
#include "backend/ref/ref.h"

#include <math.h>

static eh_status map(const eh_step *step, double (*f)(double))
{
    const double *x = eh_ref_in(step, 0);
    double *y = eh_ref_out(step, 0);
    int64_t elements = eh_ref_elements(step->out[0]);
    for (int64_t i = 0; i < elements; i++)
        y[i] = f(x[i]);
    return EH_OK;
}

static double f_relu(double x)
{
    return x > 0 || x != x ? x : 0;
}

static double f_sigmoid(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double f_gelu(double x)
{
    return 0.5 * x * erfc(-x * M_SQRT1_2);
}

static double f_softplus(double x)
{
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static double f_square(double x)
{
    return x * x;
}

static eh_status run_relu(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_relu);
}

static eh_status run_sigmoid(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_sigmoid);
}

static eh_status run_tanh(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, tanh);
}

static eh_status run_gelu(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_gelu);
}

static eh_status run_softplus(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_softplus);
}

static eh_status run_exp(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, exp);
}

static eh_status run_log(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, log);
}

static eh_status run_sqrt(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, sqrt);
}

static eh_status run_square(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, f_square);
}

static eh_status run_abs(eh_step *step, eh_error *err)
{
    (void)err;
    return map(step, fabs);
}

static eh_status run_affine(eh_step *step, eh_error *err)
{
    const eh_attr_affine *attr = step->node->attr;
    const double *x = eh_ref_in(step, 0);
    double *y = eh_ref_out(step, 0);
    int64_t elements = eh_ref_elements(step->out[0]);
    (void)err;
    for (int64_t i = 0; i < elements; i++)
        y[i] = attr->factor * x[i] + attr->offset;
    return EH_OK;
}

static eh_status run_power(eh_step *step, eh_error *err)
{
    const eh_attr_power *attr = step->node->attr;
    const double *x = eh_ref_in(step, 0);
    double *y = eh_ref_out(step, 0);
    int64_t elements = eh_ref_elements(step->out[0]);
    (void)err;
    for (int64_t i = 0; i < elements; i++)
        y[i] = pow(x[i], attr->exponent);
    return EH_OK;
}

static eh_status run_relu_grad(eh_step *step, eh_error *err)
{
    const double *dy = eh_ref_in(step, 0), *y = eh_ref_in(step, 1);
    double *dx = eh_ref_out(step, 0);
    int64_t elements = eh_ref_elements(step->out[0]);
    (void)err;
    for (int64_t i = 0; i < elements; i++)
        dx[i] = y[i] > 0 ? dy[i] : 0;
    return EH_OK;
}

static eh_status run_gelu_grad(eh_step *step, eh_error *err)
{
    const double *dy = eh_ref_in(step, 0), *x = eh_ref_in(step, 1);
    double *dx = eh_ref_out(step, 0);
    int64_t elements = eh_ref_elements(step->out[0]);
    (void)err;
    for (int64_t i = 0; i < elements; i++) {
        double density = exp(-0.5 * x[i] * x[i]) / sqrt(2 * M_PI);
        dx[i] = dy[i] * (0.5 * erfc(-x[i] * M_SQRT1_2) + x[i] * density);
    }
    return EH_OK;
}

const eh_kernel eh_ref_relu = { .op = &eh_op_relu, .prepare = eh_ref_prepare, .run = run_relu };
const eh_kernel eh_ref_sigmoid = { .op = &eh_op_sigmoid, .prepare = eh_ref_prepare, .run = run_sigmoid };
const eh_kernel eh_ref_tanh = { .op = &eh_op_tanh, .prepare = eh_ref_prepare, .run = run_tanh };
const eh_kernel eh_ref_gelu = { .op = &eh_op_gelu, .prepare = eh_ref_prepare, .run = run_gelu };
const eh_kernel eh_ref_softplus = { .op = &eh_op_softplus, .prepare = eh_ref_prepare, .run = run_softplus };
const eh_kernel eh_ref_exp = { .op = &eh_op_exp, .prepare = eh_ref_prepare, .run = run_exp };
const eh_kernel eh_ref_log = { .op = &eh_op_log, .prepare = eh_ref_prepare, .run = run_log };
const eh_kernel eh_ref_sqrt = { .op = &eh_op_sqrt, .prepare = eh_ref_prepare, .run = run_sqrt };
const eh_kernel eh_ref_square = { .op = &eh_op_square, .prepare = eh_ref_prepare, .run = run_square };
const eh_kernel eh_ref_abs = { .op = &eh_op_abs, .prepare = eh_ref_prepare, .run = run_abs };
const eh_kernel eh_ref_affine = { .op = &eh_op_affine, .prepare = eh_ref_prepare, .run = run_affine };
const eh_kernel eh_ref_relu_grad = { .op = &eh_op_relu_grad,
                                     .prepare = eh_ref_prepare,
                                     .run = run_relu_grad };
const eh_kernel eh_ref_gelu_grad = { .op = &eh_op_gelu_grad,
                                     .prepare = eh_ref_prepare,
                                     .run = run_gelu_grad };
const eh_kernel eh_ref_power = { .op = &eh_op_power, .prepare = eh_ref_prepare, .run = run_power };
