/* test_op_torch.c - every case of op_cases.h against PyTorch's numbers: value and first gradients, in f64 on the reference backend.
 * tests/tools/make_engine_goldens.py made tests/golden/torch_ops.json. */
#include "support/engine_expect.h"
#include "support/engine_golden.h"
#include "support/op_cases.h"

#include <stdio.h>
#include <string.h>

static const double tolerance = 1e-12;

static const json_t *find(const json_t *cases, const char *name)
{
    for (size_t i = 0; i < json_array_size(cases); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(cases, i), "name")), name) == 0)
            return json_array_get(cases, i);
    return NULL;
}

static void write_input(eh_plan *plan, eh_tensor *t, const json_t *tensor)
{
    eh_shape shape = { 0 };
    size_t count = 0;
    double *value = engine_golden_values(tensor, &shape, &count);
    int32_t label[64] = { 0 };
    assert_true(eh_shape_equal(shape, t->shape));
    for (size_t i = 0; i < count && i < 64; i++)
        label[i] = (int32_t)value[i];
    assert_int_equal(t->dtype == EH_I32 ? eh_plan_write(plan, t, label, NULL)
                                        : eh_plan_write_f64(plan, t, value, NULL),
                     EH_OK);
    eh_free(value);
}

static void compare(const char *name, const char *part, eh_plan *plan, eh_tensor *t, const json_t *tensor)
{
    char what[200];
    double *value = eh_alloc((size_t)eh_shape_elements(t->shape), sizeof *value);
    snprintf(what, sizeof what, "%s, %s", name, part);
    assert_int_equal(eh_shape_elements(t->shape), json_array_size(json_object_get(tensor, "values")));
    assert_int_equal(eh_plan_read_f64(plan, t, value, NULL), EH_OK);
    engine_golden_compare(what, value, tensor, tolerance);
    eh_free(value);
}

static void check_case(const op_case *c, const json_t *golden)
{
    engine_fixture f = engine_begin();
    const json_t *inputs = json_object_get(golden, "inputs"),
                 *gradients = json_object_get(golden, "gradients");
    eh_tensor *in[OP_CASE_INPUTS + 1] = { 0 }, *real[OP_CASE_INPUTS] = { 0 },
                                   *target[OP_CASE_INPUTS + 1] = { 0 };
    eh_tensor *y = NULL, *loss = NULL;
    eh_plan *plan = NULL;
    eh_error err = { 0 };
    int count = op_case_inputs(c);
    size_t reals = 0;
    assert_int_equal(json_array_size(inputs), count);
    for (int i = 0; i < count; i++) {
        in[i] = eh_input(f.g, "x", c->input[i].shape, c->input[i].kind == LABELS ? EH_I32 : EH_F32);
        if (c->input[i].kind != LABELS)
            real[reals++] = in[i];
    }
    y = c->build(f.g, in, c->opts);
    assert_non_null(y);
    in[count] = eh_input(f.g, "weight", y->shape, EH_F32);
    loss = eh_sum(f.g, eh_mul(f.g, y, in[count]), 0, false);
    target[0] = y;
    assert_int_equal(eh_gradients(f.g, loss, real, reals, target + 1, &err), EH_OK);
    assert_int_equal(eh_plan_new(&plan, f.g, target, reals + 1,
                                 &(eh_plan_opts){ .backend = "ref", .precision = EH_PRECISION_F64 }, &err),
                     EH_OK);
    for (int i = 0; i <= count; i++)
        write_input(plan, in[i],
                    i < count ? json_array_get(inputs, (size_t)i) : json_object_get(golden, "weight"));
    assert_int_equal(eh_plan_run(plan, &err), EH_OK);
    compare(c->name, "value", plan, y, json_object_get(golden, "output"));
    for (size_t i = 0; i < reals; i++)
        compare(c->name, "gradient", plan, target[i + 1], json_array_get(gradients, i));
    eh_plan_free(plan);
    engine_end(&f);
}

static void every_case_agrees_with_pytorch(void **state)
{
    json_t *goldens = engine_golden_open("torch_ops.json");
    const json_t *cases = json_object_get(goldens, "cases");
    (void)state;
    for (size_t i = 0; op_case_at(i); i++) {
        const json_t *golden = find(cases, op_case_at(i)->name);
        if (!golden != op_case_at(i)->no_peer)
            fail_msg("'%s' needs either PyTorch's numbers (tests/tools/make_engine_goldens.py) or no_peer",
                     op_case_at(i)->name);
        if (golden)
            check_case(op_case_at(i), golden);
    }
    json_decref(goldens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_agrees_with_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
