/* ref_activation.c - activations with a derivative of their own: y = f(x), and dx = dy f'(x). */
#include "backend/ref/ref.h"

#include <math.h>

typedef double (*function)(double x, double slope);

static eh_status map(const eh_step *step, function f)
{
    bool back = step->inputs > 1, sloped = step->node->op->attr_size > 0;
    const double *x = eh_ref_in(step, back ? 1 : 0);
    double slope = sloped ? ((const eh_attr_slope *)step->node->attr)->slope : 0;
    double *y = eh_ref_out(step, 0);
    int64_t elements = eh_ref_elements(step->out[0]);
    for (int64_t i = 0; i < elements; i++)
        y[i] = back ? eh_ref_in(step, 0)[i] * f(x[i], slope) : f(x[i], slope);
    return EH_OK;
}

static double sigmoid(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double f_silu(double x, double slope)
{
    (void)slope;
    return x * sigmoid(x);
}

static double f_silu_grad(double x, double slope)
{
    double s = sigmoid(x);
    (void)slope;
    return s * (1 + x * (1 - s));
}

static double f_hard_swish(double x, double slope)
{
    (void)slope;
    return x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6;
}

static double f_hard_swish_grad(double x, double slope)
{
    (void)slope;
    return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5;
}

static double f_leaky_relu(double x, double slope)
{
    return x > 0 ? x : slope * x;
}

static double f_leaky_relu_grad(double x, double slope)
{
    return x > 0 ? 1 : slope;
}

static double f_gelu_tanh(double x, double slope)
{
    (void)slope;
    return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

static double f_gelu_tanh_grad(double x, double slope)
{
    double k = sqrt(2 / M_PI), t = tanh(k * (x + 0.044715 * x * x * x));
    (void)slope;
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * k * (1 + 3 * 0.044715 * x * x);
}

#define KERNEL(name)                                          \
    static eh_status run_##name(eh_step *step, eh_error *err) \
    {                                                         \
        (void)err;                                            \
        return map(step, f_##name);                           \
    }                                                         \
    const eh_kernel eh_ref_##name = { .op = &eh_op_##name, .prepare = eh_ref_prepare, .run = run_##name }
KERNEL(silu);
KERNEL(silu_grad);
KERNEL(hard_swish);
KERNEL(hard_swish_grad);
KERNEL(leaky_relu);
KERNEL(leaky_relu_grad);
KERNEL(gelu_tanh);
KERNEL(gelu_tanh_grad);
