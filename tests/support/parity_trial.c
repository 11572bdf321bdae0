/* parity_trial.c - building the graphs of parity_trial.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/parity_trial.h"

#include <stdio.h>

eh_shape trial_dims(const int *p, int rank)
{
    eh_shape s = { .rank = rank };
    for (int i = 0; i < rank; i++)
        s.dim[i] = p[i];
    return s;
}

eh_tensor *trial_in(trial *t, eh_shape shape)
{
    char name[16];
    snprintf(name, sizeof name, "in%d", t->inputs);
    return t->input[t->inputs++] = eh_input(t->g, name, shape, EH_F32);
}

eh_tensor *trial_labels(trial *t, eh_shape shape)
{
    return t->input[t->inputs++] = eh_input(t->g, "labels", shape, EH_I32);
}

void trial_target(trial *t, eh_tensor *y)
{
    assert_non_null(y);
    t->target[t->targets++] = y;
}

void trial_finish(trial *t, eh_tensor *y)
{
    eh_error err = { 0 };
    eh_tensor *grad[TRIAL_MOST], *wrt[TRIAL_MOST];
    size_t count = 0;
    if (!y)
        eh_graph_check(t->g, &err);
    if (!y)
        fail_msg("%s", err.message);
    trial_target(t, y);
    if (t->no_gradient)
        return;
    for (int i = 0; i < t->inputs; i++)
        if (eh_tensor_dtype(t->input[i]) == EH_F32)
            wrt[count++] = t->input[i];
    eh_tensor *loss = eh_sum(t->g, eh_mul(t->g, y, trial_in(t, eh_tensor_shape(y))), 0, false);
    if (eh_gradients(t->g, loss, wrt, count, grad, &err) != EH_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < count; i++)
        if (grad[i])
            trial_target(t, grad[i]);
}

eh_tensor *trial_convolved(trial *t, int n, int c, int h, int w)
{
    eh_tensor *x = trial_in(t, eh_shape_of(4, (int64_t)n, (int64_t)c, (int64_t)h, (int64_t)w));
    eh_tensor *k = trial_in(t, eh_shape_of(4, (int64_t)c, (int64_t)c, (int64_t)1, (int64_t)1));
    return eh_conv2d(t->g, x, k, NULL, (eh_conv2d_opts){ 0 });
}

eh_tensor *trial_positive(trial *t, eh_tensor *x)
{
    return eh_affine(t->g, eh_square(t->g, x), 1, 0.25);
}

eh_tensor *trial_weights(trial *t, const char *name, eh_shape shape)
{
    return eh_variable(t->g, name, shape, EH_TRAINABLE, (eh_init){ .kind = EH_INIT_NORMAL, .a = 0.3 });
}
