/* ref_conv2d.c - convolution and its two gradients: one walk over (n, o, c, p, q, i, j) serves all three, because each adds the product of
 * two of y, x and w at the same place into the third. */
#include "backend/ref/ref.h"

#include <string.h>

typedef struct triple {
    double *x, *w, *y;
    eh_shape x_shape, w_shape, y_shape;
    const eh_conv2d_opts *opts;
} triple;

typedef enum unknown { UNKNOWN_X, UNKNOWN_W, UNKNOWN_Y } unknown;

/* The outputs [*from, *to) along an axis for which kernel position k falls inside the input. */
static void inside(int64_t *from, int64_t *to, int64_t outputs, int64_t inputs, int64_t k, int stride,
                   int pad, int dilation)
{
    int64_t shift = k * dilation - pad; /* input position of output 0 */
    *from = shift < 0 ? (-shift + stride - 1) / stride : 0;
    *to = inputs - shift < 1 ? 0 : (inputs - shift - 1) / stride + 1;
    *to = *to > outputs ? outputs : *to;
}

/* One row of outputs against one weight. */
static void row(double *y, double *x, double *w, int64_t count, int stride, unknown which)
{
    double sum = 0, weight = *w;
    if (which == UNKNOWN_Y) {
        for (int64_t j = 0; j < count; j++)
            y[j] += weight * x[j * stride];
    } else if (which == UNKNOWN_X) {
        for (int64_t j = 0; j < count; j++)
            x[j * stride] += weight * y[j];
    } else {
        for (int64_t j = 0; j < count; j++)
            sum += x[j * stride] * y[j];
        *w += sum;
    }
}

/* One image plane of y against one plane of x, at all kernel positions. */
static void planes(const triple *t, unknown which, double *y, double *x, double *w)
{
    const eh_conv2d_opts *opts = t->opts;
    const int64_t *xd = t->x_shape.dim, *wd = t->w_shape.dim, *yd = t->y_shape.dim;
    for (int64_t p = 0; p < wd[2]; p++)
        for (int64_t q = 0; q < wd[3]; q++) {
            int64_t top, bottom, left, right;
            inside(&top, &bottom, yd[2], xd[2], p, opts->stride[0], opts->pad[0], opts->dilation[0]);
            inside(&left, &right, yd[3], xd[3], q, opts->stride[1], opts->pad[1], opts->dilation[1]);
            for (int64_t i = top; i < bottom && left < right; i++) {
                int64_t h = i * opts->stride[0] - opts->pad[0] + p * opts->dilation[0];
                int64_t v = left * opts->stride[1] - opts->pad[1] + q * opts->dilation[1];
                row(y + i * yd[3] + left, x + h * xd[3] + v, w + p * wd[3] + q, right - left, opts->stride[1],
                    which);
            }
        }
}

static void convolve(const triple *t, unknown which)
{
    const int64_t *xd = t->x_shape.dim, *wd = t->w_shape.dim, *yd = t->y_shape.dim;
    for (int64_t n = 0; n < yd[0]; n++)
        for (int64_t o = 0; o < yd[1]; o++)
            for (int64_t c = 0; c < wd[1]; c++) {
                int64_t channel = o / (wd[0] / t->opts->groups) * wd[1] + c;
                planes(t, which, t->y + (n * yd[1] + o) * yd[2] * yd[3],
                       t->x + (n * xd[1] + channel) * xd[2] * xd[3], t->w + (o * wd[1] + c) * wd[2] * wd[3]);
            }
}

static const eh_conv2d_opts *opts_of(const eh_step *step)
{
    return &((const eh_attr_conv2d *)step->node->attr)->opts;
}

static void zero(eh_step *step)
{
    memset(eh_ref_out(step, 0), 0, (size_t)eh_ref_elements(step->out[0]) * sizeof(double));
}

static eh_status run_conv2d(eh_step *step, eh_error *err)
{
    triple t = {
        .x = eh_ref_in(step, 0),
        .w = eh_ref_in(step, 1),
        .y = eh_ref_out(step, 0),
        .x_shape = eh_ref_in_shape(step, 0),
        .w_shape = eh_ref_in_shape(step, 1),
        .y_shape = eh_ref_out_shape(step, 0),
        .opts = opts_of(step),
    };
    int64_t plane = t.y_shape.dim[2] * t.y_shape.dim[3];
    (void)err;
    zero(step);
    for (int64_t i = 0; step->inputs > 2 && i < eh_ref_elements(step->out[0]); i++)
        t.y[i] = eh_ref_in(step, 2)[i / plane % t.y_shape.dim[1]];
    convolve(&t, UNKNOWN_Y);
    return EH_OK;
}

static eh_status run_conv2d_input_grad(eh_step *step, eh_error *err)
{
    triple t = {
        .x = eh_ref_out(step, 0),
        .w = eh_ref_in(step, 1),
        .y = eh_ref_in(step, 0),
        .x_shape = eh_ref_out_shape(step, 0),
        .w_shape = eh_ref_in_shape(step, 1),
        .y_shape = eh_ref_in_shape(step, 0),
        .opts = opts_of(step),
    };
    (void)err;
    zero(step);
    convolve(&t, UNKNOWN_X);
    return EH_OK;
}

static eh_status run_conv2d_weight_grad(eh_step *step, eh_error *err)
{
    triple t = {
        .x = eh_ref_in(step, 0),
        .w = eh_ref_out(step, 0),
        .y = eh_ref_in(step, 1),
        .x_shape = eh_ref_in_shape(step, 0),
        .w_shape = eh_ref_out_shape(step, 0),
        .y_shape = eh_ref_in_shape(step, 1),
        .opts = opts_of(step),
    };
    (void)err;
    zero(step);
    convolve(&t, UNKNOWN_W);
    return EH_OK;
}

const eh_kernel eh_ref_conv2d = { .op = &eh_op_conv2d, .prepare = eh_ref_prepare, .run = run_conv2d };
const eh_kernel eh_ref_conv2d_input_grad = { .op = &eh_op_conv2d_input_grad,
                                             .prepare = eh_ref_prepare,
                                             .run = run_conv2d_input_grad };
const eh_kernel eh_ref_conv2d_weight_grad = { .op = &eh_op_conv2d_weight_grad,
                                              .prepare = eh_ref_prepare,
                                              .run = run_conv2d_weight_grad };
