/* ref_update.c - effects that change variables: assignment and the optimisers; equations in op_adam_update.c and op_sgd_update.c. */
#include "backend/ref/ref.h"

#include <math.h>
#include <string.h>

static eh_status run_assign(eh_step *step, eh_error *err)
{
    (void)err;
    memmove(step->in[0]->data, step->in[1]->data, (size_t)eh_ref_elements(step->in[0]) * sizeof(double));
    return EH_OK;
}

static eh_status judge(const eh_step *step, bool bad, eh_error *err)
{
    if (!bad)
        return EH_OK;
    return eh_fail(err, EH_ERR_NUMERIC, "the update of \"%s\" is not finite", step->in[0]->tensor->name);
}

static eh_status run_adam_update(eh_step *step, eh_error *err)
{
    const eh_adam_opts *opts = step->node->attr;
    double *p = eh_ref_in(step, 0), *m = eh_ref_in(step, 1), *v = eh_ref_in(step, 2);
    const double *grad = eh_ref_in(step, 3);
    double lr = *eh_ref_in(step, 4), count = *eh_ref_in(step, 5);
    double step_size = lr / (1 - pow(opts->beta1, count)), root = sqrt(1 - pow(opts->beta2, count));
    bool bad = false;
    for (int64_t i = 0; i < eh_ref_elements(step->in[0]); i++) {
        double g = grad[i];
        if (!isfinite(g + p[i])) {
            bad = true;
            continue; /* stays as it is */
        }
        if (opts->decoupled)
            p[i] -= lr * opts->weight_decay * p[i];
        else
            g += opts->weight_decay * p[i];
        m[i] = opts->beta1 * m[i] + (1 - opts->beta1) * g;
        v[i] = opts->beta2 * v[i] + (1 - opts->beta2) * g * g;
        p[i] -= step_size * m[i] / (sqrt(v[i]) / root + opts->epsilon);
    }
    return judge(step, bad, err);
}

static eh_status run_sgd_update(eh_step *step, eh_error *err)
{
    const eh_sgd_opts *opts = step->node->attr;
    double *p = eh_ref_in(step, 0), *buffer = eh_ref_in(step, 1);
    const double *grad = eh_ref_in(step, 2);
    double lr = *eh_ref_in(step, 3), momentum = *eh_ref_in(step, 4);
    bool bad = false;
    for (int64_t i = 0; i < eh_ref_elements(step->in[0]); i++) {
        double g = grad[i] + opts->weight_decay * p[i];
        if (!isfinite(grad[i] + p[i])) {
            bad = true;
            continue; /* stays as it is */
        }
        buffer[i] = momentum * buffer[i] + g;
        p[i] -= lr * (opts->nesterov ? g + momentum * buffer[i] : buffer[i]);
    }
    return judge(step, bad, err);
}

const eh_kernel eh_ref_assign = { .op = &eh_op_assign, .prepare = eh_ref_prepare, .run = run_assign };
const eh_kernel eh_ref_adam_update = { .op = &eh_op_adam_update,
                                       .prepare = eh_ref_prepare,
                                       .run = run_adam_update };
const eh_kernel eh_ref_sgd_update = { .op = &eh_op_sgd_update,
                                      .prepare = eh_ref_prepare,
                                      .run = run_sgd_update };
