/* lamb: three steps against NumPy (tests/tools/make_training_goldens.py). */
#include "base/config.h"
#include "base/json.h"
#include "support/engine_expect.h"

#include "evenhand/model.h"

#include <math.h>

enum { ELEMENTS = 6, STEPS = 3 };

static double value(int k)
{
    return (k * 7919 + 13) % 1000 / 500.0 - 1.0;
}

static void expect_variable(eh_params *params, const char *name, const json_t *expected)
{
    float got[ELEMENTS];
    int64_t at = eh_params_find(params, name);
    assert_true(at >= 0);
    assert_int_equal(eh_params_read(params, (size_t)at, got, NULL), EH_OK);
    for (size_t i = 0; i < ELEMENTS; i++) {
        double e = json_number_value(json_array_get(expected, i));
        if (fabs((double)got[i] - e) > 1e-6 * fmax(1, fabs(e)))
            fail_msg("%s[%zu] is %.9g, not %.9g", name, i, (double)got[i], e);
    }
}

static void check_case(const json_t *golden, const char *backend, eh_precision precision)
{
    eh_error err = { 0 };
    eh_arena *arena = eh_arena_new();
    bool zero = json_is_true(json_object_get(golden, "zero"));
    const char *text = eh_arena_printf(arena, "lamb:beta2=0.99,weight-decay=%g,trust-limit=%g",
                                       json_number_value(json_object_get(golden, "decay")),
                                       json_number_value(json_object_get(golden, "limit")));
    eh_thing_spec spec = { 0 };
    assert_int_equal(eh_thing_parse(&spec, "optimiser", text, "test", arena, &err), EH_OK);
    engine_fixture f = engine_begin();
    eh_shape shape = eh_shape_of(2, 2, 3);
    eh_tensor *p = eh_variable(f.g, "weight", shape, EH_TRAINABLE, (eh_init){ 0 });
    eh_tensor *grad = eh_input(f.g, "grad", shape, EH_F32), *lr = eh_input(f.g, "lr", eh_shape_of(0), EH_F32),
              *step = eh_input(f.g, "step", eh_shape_of(0), EH_F32);
    float start[ELEMENTS], slope[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++)
        start[i] = zero ? 0 : (float)value(i);
    assert_int_equal(eh_params_write(f.params, 0, start, NULL), EH_OK);
    eh_tensor *target[3];
    target[0] = ((const eh_optim *)spec.entry)->update(f.g, spec.opts, p, grad, lr, step, NULL, !zero);
    assert_int_equal(eh_graph_effects(f.g, target + 1, 2), 2);
    eh_plan *plan = NULL;
    assert_int_equal(eh_plan_new(&plan, f.g, target, 3,
                                 &(eh_plan_opts){ .backend = backend, .precision = precision }, &err),
                     EH_OK);
    for (int t = 1; t <= STEPS; t++) {
        for (int i = 0; i < ELEMENTS; i++)
            slope[i] = (float)value(100 * t + i);
        assert_int_equal(eh_plan_write(plan, grad, slope, &err), EH_OK);
        assert_int_equal(eh_plan_write(plan, lr, &(float){ (float)ldexp(0.1, 1 - t) }, &err), EH_OK);
        assert_int_equal(eh_plan_write(plan, step, &(float){ (float)t }, &err), EH_OK);
        assert_int_equal(eh_plan_run(plan, &err), EH_OK);
    }
    expect_variable(f.params, "weight", json_object_get(golden, "p"));
    expect_variable(f.params, "weight.lamb_m", json_object_get(golden, "m"));
    expect_variable(f.params, "weight.lamb_v", json_object_get(golden, "v"));
    eh_plan_free(plan);
    engine_end(&f);
    eh_arena_free(arena);
}

static void three_steps_equal_the_formulas_of_the_paper(void **state)
{
    (void)state;
    json_t *document = NULL;
    assert_int_equal(eh_json_read(&document, "tests/golden/training.json", NULL), EH_OK);
    const json_t *cases = json_object_get(document, "lamb");
    assert_true(json_array_size(cases) >= 4);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        check_case(json_array_get(cases, i), "ref", EH_PRECISION_F64);
        check_case(json_array_get(cases, i), "cpu", EH_PRECISION_F32);
    }
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_steps_equal_the_formulas_of_the_paper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
