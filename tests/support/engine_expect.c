/* engine_expect.c - what tests of the engine share. */
#include "support/engine_expect.h"

#include <math.h>
#include <string.h>

typedef struct label_input {
    const eh_graph *g;
    eh_tensor *t;
    int32_t value[256];
} label_input;

static label_input label_inputs[8];
static size_t label_count;

engine_fixture engine_begin(void)
{
    engine_fixture f = { 0 };
    eh_error err = { 0 };
    label_count = 0;
    assert_int_equal(eh_params_new(&f.params, 1, &err), EH_OK);
    assert_int_equal(eh_graph_new(&f.g, f.params, &err), EH_OK);
    return f;
}

void engine_end(engine_fixture *f)
{
    eh_graph_free(f->g);
    eh_params_free(f->params);
}

static void check(eh_status status, const eh_error *err)
{
    if (status != EH_OK)
        fail_msg("%s: %s", eh_status_name(status), err->message);
}

void engine_run(eh_graph *g, eh_tensor *const *targets, size_t count, double **out)
{
    eh_error err = { 0 };
    eh_plan *plan = NULL;
    check(eh_graph_check(g, &err), &err);
    check(eh_plan_new(&plan, g, targets, count,
                      &(eh_plan_opts){ .backend = "ref", .precision = EH_PRECISION_F64 }, &err),
          &err);
    for (size_t i = 0; i < label_count; i++)
        if (label_inputs[i].g == g)
            check(eh_plan_write(plan, label_inputs[i].t, label_inputs[i].value, &err), &err);
    check(eh_plan_run(plan, &err), &err);
    for (size_t i = 0; out && i < count; i++)
        if (out[i])
            check(eh_plan_read_f64(plan, targets[i], out[i], &err), &err);
    eh_plan_free(plan);
}

void engine_expect_values(eh_tensor *t, eh_shape shape, const double *expected, size_t count,
                          double tolerance)
{
    char have[96], want[96];
    double *value = NULL;
    assert_non_null(t);
    if (!eh_shape_equal(eh_tensor_shape(t), shape))
        fail_msg("shape %s, expected %s", eh_shape_text(eh_tensor_shape(t), have, sizeof have),
                 eh_shape_text(shape, want, sizeof want));
    assert_int_equal(eh_shape_elements(shape), count);
    value = eh_alloc(count, sizeof *value);
    engine_run(eh_tensor_graph(t), &t, 1, &value);
    for (size_t i = 0; i < count; i++) {
        double allowed = tolerance * (1 + fabs(expected[i]));
        bool same = value[i] == expected[i] || fabs(value[i] - expected[i]) <= allowed ||
                    (isnan(value[i]) && isnan(expected[i]));
        if (!same)
            fail_msg("element %zu is %.12g, expected %.12g", i, value[i], expected[i]);
    }
    eh_free(value);
}

eh_tensor *engine_ramp(eh_graph *g, eh_shape shape, double start, double step)
{
    size_t count = (size_t)eh_shape_elements(shape);
    float *value = eh_alloc(count, sizeof *value);
    eh_tensor *t = NULL;
    for (size_t i = 0; i < count; i++)
        value[i] = (float)(start + step * (double)i);
    t = eh_constant(g, shape, value);
    eh_free(value);
    return t;
}

eh_tensor *engine_labels(eh_graph *g, size_t count, const int32_t *labels)
{
    label_input *slot = &label_inputs[label_count++];
    assert_true(label_count <= sizeof label_inputs / sizeof *label_inputs && count <= 256);
    slot->g = g;
    slot->t = eh_input(g, "labels", eh_shape_of(1, (int64_t)count), EH_I32);
    memcpy(slot->value, labels, count * sizeof *labels);
    return slot->t;
}

void engine_expect_error(const eh_graph *g, const char *const *parts)
{
    eh_error err = { 0 };
    assert_int_equal(eh_graph_check(g, &err), EH_ERR_USAGE);
    for (; *parts; parts++)
        if (!strstr(err.message, *parts))
            fail_msg("'%s' is not in the sentence: %s", *parts, err.message);
}
