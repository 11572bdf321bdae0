/* test_op_updates.c - the effects that change variables: assignment, Adam, AdamW and SGD, against numbers worked out here by the formulas
 * of PyTorch's documentation (torch.optim.Adam, AdamW, SGD), written once more and independently of the kernels. */
#include "support/engine_expect.h"

#include <math.h>

enum { STEPS = 3 };

static const double start[2] = { 1, -2 };

/* The gradient used: p^2 + 0.5, so that it changes with the parameter. */
static double slope(double p)
{
    return p * p + 0.5;
}

typedef struct optimiser {
    engine_fixture f;
    eh_tensor *p, *lr, *count, *grad, *effect;
} optimiser;

static optimiser begin(void)
{
    optimiser o = { .f = engine_begin() };
    const float values[2] = { (float)start[0], (float)start[1] };
    eh_graph *g = o.f.g;
    eh_scope_push(g, "layer");
    o.p = eh_variable(g, "weight", eh_shape_of(1, 2), EH_TRAINABLE, (eh_init){ 0 });
    assert_int_equal(eh_params_write(o.f.params, 0, values, NULL), EH_OK);
    o.lr = eh_input(g, "lr", eh_shape_of(0), EH_F32);
    o.count = eh_input(g, "step", eh_shape_of(0), EH_F32);
    o.grad = eh_affine(g, eh_square(g, o.p), 1, 0.5);
    return o;
}

/* Runs STEPS steps with learning rates 0.1, 0.05, 0.025 and compares the parameter. The second scalar counts steps or is `second`. */
static void run_and_compare(optimiser *o, double second, const double *expected)
{
    eh_error err = { 0 };
    eh_plan *plan = NULL;
    float value[2];
    eh_scope_pop(o->f.g);
    assert_int_equal(eh_graph_check(o->f.g, &err), EH_OK);
    assert_int_equal(eh_plan_new(&plan, o->f.g, &o->effect, 1,
                                 &(eh_plan_opts){ .backend = "ref", .precision = EH_PRECISION_F64 }, &err),
                     EH_OK);
    for (int i = 0; i < STEPS; i++) {
        assert_int_equal(eh_plan_write_f64(plan, o->lr, &(double){ ldexp(0.1, -i) }, &err), EH_OK);
        assert_int_equal(eh_plan_write_f64(plan, o->count, &(double){ isnan(second) ? i + 1 : second }, &err),
                         EH_OK);
        assert_int_equal(eh_plan_run(plan, &err), EH_OK);
    }
    assert_int_equal(eh_params_read(o->f.params, 0, value, &err), EH_OK);
    for (int k = 0; k < 2; k++)
        assert_float_equal(value[k], (float)expected[k], 1e-7);
    eh_plan_free(plan);
    engine_end(&o->f);
}

static void check_adam(bool decoupled)
{
    const double beta1 = 0.8, beta2 = 0.9, epsilon = 1e-3, decay = 0.1;
    optimiser o = begin();
    double expected[2];
    eh_adam_opts opts = {
        .beta1 = beta1, .beta2 = beta2, .epsilon = epsilon, .weight_decay = decay, .decoupled = decoupled
    };
    for (int k = 0; k < 2; k++) {
        double p = start[k], m = 0, v = 0;
        for (int t = 1; t <= STEPS; t++) {
            double lr = ldexp(0.1, 1 - t), g = slope(p);
            if (!decoupled)
                g = g + decay * p;
            else
                p = p - lr * decay * p;
            m = beta1 * m + (1 - beta1) * g;
            v = beta2 * v + (1 - beta2) * g * g;
            p = p - lr * (m / (1 - pow(beta1, t))) / (sqrt(v / (1 - pow(beta2, t))) + epsilon);
        }
        expected[k] = p;
    }
    o.effect = eh_adam_update(o.f.g, o.p, o.grad, o.lr, o.count, opts);
    assert_true(eh_params_find(o.f.params, "layer.weight.adam_m") >= 0);
    assert_true(eh_params_find(o.f.params, "layer.weight.adam_v") >= 0);
    assert_int_equal(eh_params_elements(o.f.params, EH_OPTIMIZER), 4);
    run_and_compare(&o, NAN, expected);
}

static void adam_takes_three_steps_as_pytorch_does(void **state)
{
    (void)state;
    check_adam(false);
}

static void adamw_decays_the_weight_apart_from_the_gradient(void **state)
{
    (void)state;
    check_adam(true);
}

static void check_sgd(bool nesterov)
{
    const double momentum = 0.9, decay = 0.01;
    optimiser o = begin();
    double expected[2];
    for (int k = 0; k < 2; k++) {
        double p = start[k], b = 0;
        for (int t = 1; t <= STEPS; t++) {
            double lr = ldexp(0.1, 1 - t), g = slope(p) + decay * p;
            b = t == 1 ? g : momentum * b + g;
            p = p - lr * (nesterov ? g + momentum * b : b);
        }
        expected[k] = p;
    }
    o.effect = eh_sgd_update(o.f.g, o.p, o.grad, o.lr, o.count,
                             (eh_sgd_opts){ .weight_decay = decay, .nesterov = nesterov });
    assert_true(eh_params_find(o.f.params, "layer.weight.sgd_momentum") >= 0);
    run_and_compare(&o, momentum, expected);
}

static void sgd_with_momentum_takes_three_steps_as_pytorch_does(void **state)
{
    (void)state;
    check_sgd(false);
}

static void nesterov_momentum_looks_ahead(void **state)
{
    (void)state;
    check_sgd(true);
}

static void assignment_happens_after_all_readers_of_the_step(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *v = eh_variable(f.g, "v", eh_shape_of(0), EH_BUFFER, (eh_init){ .a = 5 });
    eh_tensor *targets[2], *read = NULL;
    double seen = 0, *out[2] = { NULL, &seen };
    float value = 0;
    (void)state;
    targets[0] = eh_assign(f.g, v, eh_affine(f.g, v, 2, 1));
    read = eh_square(f.g, v);
    targets[1] = read;
    engine_run(f.g, targets, 2, out);
    assert_float_equal(seen, 25, 0);
    assert_int_equal(eh_params_read(f.params, 0, &value, NULL), EH_OK);
    assert_float_equal(value, 11, 0);
    engine_end(&f);
}

static void what_is_no_variable_cannot_be_changed(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = eh_full(f.g, eh_shape_of(0), 1);
    (void)state;
    assert_null(eh_assign(f.g, x, x));
    EXPECT_ERROR(f.g, "assign", "variable", "constant");
    engine_end(&f);
    f = engine_begin();
    x = eh_full(f.g, eh_shape_of(0), 1);
    assert_null(eh_sgd_update(f.g, x, x, x, x, (eh_sgd_opts){ 0 }));
    EXPECT_ERROR(f.g, "variable", "constant");
    engine_end(&f);
}

static void a_missing_gradient_is_named(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *v = eh_variable(f.g, "v", eh_shape_of(0), EH_TRAINABLE, (eh_init){ .a = 5 });
    eh_tensor *one = eh_full(f.g, eh_shape_of(0), 1);
    (void)state;
    assert_null(eh_adam_update(f.g, v, NULL, one, one, (eh_adam_opts){ 0 }));
    EXPECT_ERROR(f.g, "adam_update", "NULL", "does not depend");
    engine_end(&f);
}

static void the_result_of_an_effect_cannot_be_read(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *v = eh_variable(f.g, "v", eh_shape_of(0), EH_BUFFER, (eh_init){ .a = 5 });
    (void)state;
    assert_null(eh_square(f.g, eh_assign(f.g, v, eh_full(f.g, eh_shape_of(0), 1))));
    EXPECT_ERROR(f.g, "square", "assign", "no value");
    engine_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adam_takes_three_steps_as_pytorch_does),
        cmocka_unit_test(adamw_decays_the_weight_apart_from_the_gradient),
        cmocka_unit_test(sgd_with_momentum_takes_three_steps_as_pytorch_does),
        cmocka_unit_test(nesterov_momentum_looks_ahead),
        cmocka_unit_test(assignment_happens_after_all_readers_of_the_step),
        cmocka_unit_test(what_is_no_variable_cannot_be_changed),
        cmocka_unit_test(a_missing_gradient_is_named),
        cmocka_unit_test(the_result_of_an_effect_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
