/* ref_batch_norm.c - batch normalisation, its gradients and the running statistics; equations in op_batch_norm.c. */
#include "backend/ref/ref.h"

#include <math.h>

/* x seen as [outer, channels, inner]. */
typedef struct view {
    int64_t outer, channels, inner;
} view;

static view view_of(eh_shape shape)
{
    view v = { .outer = shape.dim[0], .channels = shape.dim[1], .inner = 1 };
    for (int i = 2; i < shape.rank; i++)
        v.inner *= shape.dim[i];
    return v;
}

static int64_t at(view v, int64_t n, int64_t c, int64_t i)
{
    return (n * v.channels + c) * v.inner + i;
}

static void normalise_channel(const eh_step *step, view v, int64_t c, double mean, double var)
{
    const eh_attr_epsilon *attr = step->node->attr;
    const double *x = eh_ref_in(step, 0);
    double *y = eh_ref_out(step, 0);
    double factor = eh_ref_in(step, 1)[c] / sqrt(var + attr->epsilon), shift = eh_ref_in(step, 2)[c];
    for (int64_t n = 0; n < v.outer; n++)
        for (int64_t i = 0; i < v.inner; i++)
            y[at(v, n, c, i)] = (x[at(v, n, c, i)] - mean) * factor + shift;
}

static eh_status run_batch_norm(eh_step *step, eh_error *err)
{
    view v = view_of(eh_ref_in_shape(step, 0));
    const double *x = eh_ref_in(step, 0);
    double count = (double)(v.outer * v.inner);
    (void)err;
    for (int64_t c = 0; c < v.channels; c++) {
        double mean = 0, var = 0;
        for (int64_t n = 0; n < v.outer; n++)
            for (int64_t i = 0; i < v.inner; i++)
                mean += x[at(v, n, c, i)] / count;
        for (int64_t n = 0; n < v.outer; n++)
            for (int64_t i = 0; i < v.inner; i++)
                var += (x[at(v, n, c, i)] - mean) * (x[at(v, n, c, i)] - mean) / count;
        eh_ref_out(step, 1)[c] = mean;
        eh_ref_out(step, 2)[c] = var;
        normalise_channel(step, v, c, mean, var);
    }
    return EH_OK;
}

static eh_status run_batch_norm_fixed(eh_step *step, eh_error *err)
{
    view v = view_of(eh_ref_in_shape(step, 0));
    (void)err;
    for (int64_t c = 0; c < v.channels; c++)
        normalise_channel(step, v, c, eh_ref_in(step, 3)[c], eh_ref_in(step, 4)[c]);
    return EH_OK;
}

/* Both gradients; with given statistics the two terms that come from the statistics are left out. */
static void gradients(eh_step *step, bool given)
{
    const eh_attr_epsilon *attr = step->node->attr;
    view v = view_of(eh_ref_in_shape(step, 0));
    const double *dy = eh_ref_in(step, 0), *x = eh_ref_in(step, 1);
    double *dx = eh_ref_out(step, 0);
    double count = (double)(v.outer * v.inner);
    for (int64_t c = 0; c < v.channels; c++) {
        double scale = eh_ref_in(step, 2)[c], mean = eh_ref_in(step, 3)[c];
        double inverse = 1 / sqrt(eh_ref_in(step, 4)[c] + attr->epsilon);
        double dscale = 0, dshift = 0;
        for (int64_t n = 0; n < v.outer; n++)
            for (int64_t i = 0; i < v.inner; i++) {
                dshift += dy[at(v, n, c, i)];
                dscale += dy[at(v, n, c, i)] * (x[at(v, n, c, i)] - mean) * inverse;
            }
        for (int64_t n = 0; n < v.outer; n++)
            for (int64_t i = 0; i < v.inner; i++) {
                double normal = (x[at(v, n, c, i)] - mean) * inverse;
                double through_statistics = given ? 0 : (dshift + normal * dscale) / count;
                dx[at(v, n, c, i)] = scale * inverse * (dy[at(v, n, c, i)] - through_statistics);
            }
        eh_ref_out(step, 1)[c] = dscale;
        eh_ref_out(step, 2)[c] = dshift;
    }
}

static eh_status run_batch_norm_grad(eh_step *step, eh_error *err)
{
    (void)err;
    gradients(step, false);
    return EH_OK;
}

static eh_status run_batch_norm_fixed_grad(eh_step *step, eh_error *err)
{
    (void)err;
    gradients(step, true);
    return EH_OK;
}

static eh_status run_batch_norm_update(eh_step *step, eh_error *err)
{
    const eh_attr_batch_norm_update *attr = step->node->attr;
    double *running_mean = eh_ref_in(step, 0), *running_var = eh_ref_in(step, 1);
    const double *mean = eh_ref_in(step, 2), *var = eh_ref_in(step, 3);
    (void)err;
    for (int64_t c = 0; c < eh_ref_elements(step->in[0]); c++) {
        running_mean[c] = (1 - attr->momentum) * running_mean[c] + attr->momentum * mean[c];
        running_var[c] = (1 - attr->momentum) * running_var[c] + attr->momentum * var[c] * attr->unbiased;
    }
    return EH_OK;
}

const eh_kernel eh_ref_batch_norm = { .op = &eh_op_batch_norm,
                                      .prepare = eh_ref_prepare,
                                      .run = run_batch_norm };
const eh_kernel eh_ref_batch_norm_grad = { .op = &eh_op_batch_norm_grad,
                                           .prepare = eh_ref_prepare,
                                           .run = run_batch_norm_grad };
const eh_kernel eh_ref_batch_norm_update = { .op = &eh_op_batch_norm_update,
                                             .prepare = eh_ref_prepare,
                                             .run = run_batch_norm_update };
const eh_kernel eh_ref_batch_norm_fixed = { .op = &eh_op_batch_norm_fixed,
                                            .prepare = eh_ref_prepare,
                                            .run = run_batch_norm_fixed };
const eh_kernel eh_ref_batch_norm_fixed_grad = { .op = &eh_op_batch_norm_fixed_grad,
                                                 .prepare = eh_ref_prepare,
                                                 .run = run_batch_norm_fixed_grad };
