/* ref_conv2d.c - convolution and its two gradients: one walk over (n, o, i, j, c, p, q) serves all three, because each adds the
 * product of two of y, x and w at the same place into the third. */
#include "backend/ref/ref.h"

#include <string.h>

typedef struct triple {
    double *x, *w, *y;
    eh_shape x_shape, w_shape, y_shape;
    const eh_conv2d_opts *opts;
} triple;

typedef enum unknown { UNKNOWN_X, UNKNOWN_W, UNKNOWN_Y } unknown;

static void add_product(const triple *t, unknown which, int64_t x, int64_t w, int64_t y)
{
    if (which == UNKNOWN_Y)
        t->y[y] += t->x[x] * t->w[w];
    else if (which == UNKNOWN_X)
        t->x[x] += t->y[y] * t->w[w];
    else
        t->w[w] += t->x[x] * t->y[y];
}

/* All kernel positions of one output element. */
static void at_output(const triple *t, unknown which, int64_t n, int64_t o, int64_t i, int64_t j)
{
    const eh_conv2d_opts *opts = t->opts;
    const int64_t *xd = t->x_shape.dim, *wd = t->w_shape.dim, *yd = t->y_shape.dim;
    int64_t group = o / (wd[0] / opts->groups);
    int64_t y = ((n * yd[1] + o) * yd[2] + i) * yd[3] + j;
    for (int64_t c = 0; c < wd[1]; c++)
        for (int64_t p = 0; p < wd[2]; p++)
            for (int64_t q = 0; q < wd[3]; q++) {
                int64_t h = i * opts->stride[0] - opts->pad[0] + p * opts->dilation[0];
                int64_t v = j * opts->stride[1] - opts->pad[1] + q * opts->dilation[1];
                if (h < 0 || h >= xd[2] || v < 0 || v >= xd[3])
                    continue;
                add_product(t, which, ((n * xd[1] + group * wd[1] + c) * xd[2] + h) * xd[3] + v,
                            ((o * wd[1] + c) * wd[2] + p) * wd[3] + q, y);
            }
}

static void convolve(const triple *t, unknown which)
{
    const int64_t *yd = t->y_shape.dim;
    for (int64_t n = 0; n < yd[0]; n++)
        for (int64_t o = 0; o < yd[1]; o++)
            for (int64_t i = 0; i < yd[2]; i++)
                for (int64_t j = 0; j < yd[3]; j++)
                    at_output(t, which, n, o, i, j);
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
