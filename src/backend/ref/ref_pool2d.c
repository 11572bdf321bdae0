/* ref_pool2d.c - pooling over windows and over whole planes, with the gradients. */
#include "backend/ref/ref.h"
#include "tensor/pool_shape.h"

#include <math.h>
#include <string.h>

/* One output element: its plane, its window cut to the image, its place in y, and what an average divides by. */
typedef struct window {
    int64_t plane, top, bottom, left, right, y;
    double divisor;
} window;

static window window_at(eh_shape x, eh_shape y, const eh_attr_pool2d *attr, int64_t flat)
{
    eh_pool_span row = eh_pool2d_span(attr, 0, x.dim[2], flat / y.dim[3] % y.dim[2]),
                 column = eh_pool2d_span(attr, 1, x.dim[3], flat % y.dim[3]);
    return (window){ .plane = flat / (y.dim[2] * y.dim[3]) * x.dim[2] * x.dim[3],
                     .top = row.from,
                     .bottom = row.to,
                     .left = column.from,
                     .right = column.to,
                     .y = flat,
                     .divisor = (double)(row.divisor * column.divisor) };
}

static void zero(eh_step *step)
{
    memset(eh_ref_out(step, 0), 0, (size_t)eh_ref_elements(step->out[0]) * sizeof(double));
}

static eh_status run_max_pool2d(eh_step *step, eh_error *err)
{
    eh_shape x_shape = eh_ref_in_shape(step, 0), y_shape = eh_ref_out_shape(step, 0);
    const double *x = eh_ref_in(step, 0);
    (void)err;
    for (int64_t flat = 0; flat < eh_shape_elements(y_shape); flat++) {
        window w = window_at(x_shape, y_shape, step->node->attr, flat);
        double best = -INFINITY;
        int64_t index = w.top * x_shape.dim[3] + w.left;
        for (int64_t h = w.top; h < w.bottom; h++)
            for (int64_t v = w.left; v < w.right; v++) {
                double value = x[w.plane + h * x_shape.dim[3] + v];
                if (value > best || (isnan(value) && !isnan(best))) {
                    best = value;
                    index = h * x_shape.dim[3] + v;
                }
            }
        eh_ref_out(step, 0)[flat] = best;
        eh_ref_out(step, 1)[flat] = (double)index;
    }
    return EH_OK;
}

static eh_status run_max_pool2d_grad(eh_step *step, eh_error *err)
{
    eh_shape x_shape = eh_ref_out_shape(step, 0), y_shape = eh_ref_in_shape(step, 0);
    (void)err;
    zero(step);
    for (int64_t flat = 0; flat < eh_shape_elements(y_shape); flat++) {
        window w = window_at(x_shape, y_shape, step->node->attr, flat);
        eh_ref_out(step, 0)[w.plane + (int64_t)eh_ref_in(step, 1)[flat]] += eh_ref_in(step, 0)[flat];
    }
    return EH_OK;
}

static eh_status run_max_pool2d_pick(eh_step *step, eh_error *err)
{
    eh_shape x_shape = eh_ref_in_shape(step, 0), y_shape = eh_ref_out_shape(step, 0);
    (void)err;
    for (int64_t flat = 0; flat < eh_shape_elements(y_shape); flat++) {
        window w = window_at(x_shape, y_shape, step->node->attr, flat);
        eh_ref_out(step, 0)[flat] = eh_ref_in(step, 0)[w.plane + (int64_t)eh_ref_in(step, 1)[flat]];
    }
    return EH_OK;
}

/* Adds x/n into y, or dy/n into dx, over every window. */
static void average(const double *from, double *to, eh_shape x_shape, eh_shape y_shape,
                    const eh_attr_pool2d *attr, bool back)
{
    for (int64_t flat = 0; flat < eh_shape_elements(y_shape); flat++) {
        window w = window_at(x_shape, y_shape, attr, flat);
        for (int64_t h = w.top; h < w.bottom; h++)
            for (int64_t v = w.left; v < w.right; v++) {
                int64_t at = w.plane + h * x_shape.dim[3] + v;
                if (back)
                    to[at] += from[flat] / w.divisor;
                else
                    to[flat] += from[at] / w.divisor;
            }
    }
}

static eh_status run_avg_pool2d(eh_step *step, eh_error *err)
{
    (void)err;
    zero(step);
    average(eh_ref_in(step, 0), eh_ref_out(step, 0), eh_ref_in_shape(step, 0), eh_ref_out_shape(step, 0),
            step->node->attr, false);
    return EH_OK;
}

static eh_status run_avg_pool2d_grad(eh_step *step, eh_error *err)
{
    (void)err;
    zero(step);
    average(eh_ref_in(step, 0), eh_ref_out(step, 0), eh_ref_out_shape(step, 0), eh_ref_in_shape(step, 0),
            step->node->attr, true);
    return EH_OK;
}

static eh_status run_global_avg_pool(eh_step *step, eh_error *err)
{
    int64_t planes = eh_ref_elements(step->out[0]), size = eh_ref_elements(step->in[0]) / planes;
    (void)err;
    for (int64_t p = 0; p < planes; p++) {
        double sum = 0;
        for (int64_t i = 0; i < size; i++)
            sum += eh_ref_in(step, 0)[p * size + i];
        eh_ref_out(step, 0)[p] = sum / (double)size;
    }
    return EH_OK;
}

static eh_status run_global_avg_pool_grad(eh_step *step, eh_error *err)
{
    int64_t planes = eh_ref_elements(step->in[0]), size = eh_ref_elements(step->out[0]) / planes;
    (void)err;
    for (int64_t i = 0; i < planes * size; i++)
        eh_ref_out(step, 0)[i] = eh_ref_in(step, 0)[i / size] / (double)size;
    return EH_OK;
}

const eh_kernel eh_ref_max_pool2d = { .op = &eh_op_max_pool2d,
                                      .prepare = eh_ref_prepare,
                                      .run = run_max_pool2d };
const eh_kernel eh_ref_max_pool2d_grad = { .op = &eh_op_max_pool2d_grad,
                                           .prepare = eh_ref_prepare,
                                           .run = run_max_pool2d_grad };
const eh_kernel eh_ref_max_pool2d_pick = { .op = &eh_op_max_pool2d_pick,
                                           .prepare = eh_ref_prepare,
                                           .run = run_max_pool2d_pick };
const eh_kernel eh_ref_avg_pool2d = { .op = &eh_op_avg_pool2d,
                                      .prepare = eh_ref_prepare,
                                      .run = run_avg_pool2d };
const eh_kernel eh_ref_avg_pool2d_grad = { .op = &eh_op_avg_pool2d_grad,
                                           .prepare = eh_ref_prepare,
                                           .run = run_avg_pool2d_grad };
const eh_kernel eh_ref_global_avg_pool = { .op = &eh_op_global_avg_pool,
                                           .prepare = eh_ref_prepare,
                                           .run = run_global_avg_pool };
const eh_kernel eh_ref_global_avg_pool_grad = { .op = &eh_op_global_avg_pool_grad,
                                                .prepare = eh_ref_prepare,
                                                .run = run_global_avg_pool_grad };
