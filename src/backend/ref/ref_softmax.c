/* ref_softmax.c - softmax, its logarithm, and one-hot rows. */
#include "backend/ref/ref.h"

#include <math.h>

static void softmax_rows(eh_step *step, bool logarithm)
{
    eh_shape shape = eh_ref_in_shape(step, 0);
    int64_t classes = shape.dim[shape.rank - 1];
    for (int64_t row = 0; row < eh_shape_elements(shape) / classes; row++) {
        const double *x = eh_ref_in(step, 0) + row * classes;
        double *y = eh_ref_out(step, 0) + row * classes;
        double largest = -INFINITY, sum = 0;
        for (int64_t k = 0; k < classes; k++)
            largest = fmax(largest, x[k]);
        for (int64_t k = 0; k < classes; k++)
            sum += exp(x[k] - largest);
        for (int64_t k = 0; k < classes; k++)
            y[k] = logarithm ? x[k] - largest - log(sum) : exp(x[k] - largest) / sum;
    }
}

static eh_status run_softmax(eh_step *step, eh_error *err)
{
    (void)err;
    softmax_rows(step, false);
    return EH_OK;
}

static eh_status run_log_softmax(eh_step *step, eh_error *err)
{
    (void)err;
    softmax_rows(step, true);
    return EH_OK;
}

static eh_status run_one_hot(eh_step *step, eh_error *err)
{
    int64_t classes = ((const eh_attr_one_hot *)step->node->attr)->classes;
    (void)err;
    for (int64_t i = 0; i < eh_ref_elements(step->out[0]); i++)
        eh_ref_out(step, 0)[i] = eh_ref_in(step, 0)[i / classes] == (double)(i % classes) ? 1 : 0;
    return EH_OK;
}

const eh_kernel eh_ref_softmax = { .op = &eh_op_softmax, .prepare = eh_ref_prepare, .run = run_softmax };
const eh_kernel eh_ref_log_softmax = { .op = &eh_op_log_softmax,
                                       .prepare = eh_ref_prepare,
                                       .run = run_log_softmax };
const eh_kernel eh_ref_one_hot = { .op = &eh_op_one_hot, .prepare = eh_ref_prepare, .run = run_one_hot };
