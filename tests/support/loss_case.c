/* loss_case.c - see loss_case.h. */
#include "support/loss_case.h"

#include "support/cmocka_all.h"

#include "evenhand/memory.h"
#include "evenhand/plan.h"

#include <math.h>

void loss_case_evaluate(loss_case *out, const char *spec, const eh_target *target, const double *logits,
                        int64_t outputs, const void *truth)
{
    eh_arena *arena = eh_arena_new();
    eh_graph *g = NULL;
    eh_plan *plan = NULL;
    eh_thing_spec thing = { 0 };
    eh_error err = { 0 };
    bool number = target->kind == EH_TARGET_NUMBER;
    int64_t n = LOSS_SAMPLES, width = number ? 1 : (int64_t)target->classes;
    if (eh_thing_parse(&thing, "loss", spec, "test", arena, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(eh_graph_new(&g, NULL, NULL), EH_OK);
    const eh_loss *loss = (const eh_loss *)thing.entry;
    assert_int_equal(loss->outputs(thing.opts, target), outputs);
    eh_tensor *z = eh_input(g, "logits", eh_shape_of(2, n, outputs), EH_F32);
    eh_tensor *y = eh_input(g, "truth", eh_shape_of(1, n), number ? EH_F32 : EH_I32);
    eh_tensor *both[2] = { loss->build(g, thing.opts, target, z, y),
                           loss->predict(g, thing.opts, target, z) };
    if (eh_graph_check(g, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_true(eh_shape_equal(eh_tensor_shape(both[0]), eh_shape_of(1, n)));
    assert_true(eh_shape_equal(eh_tensor_shape(both[1]), eh_shape_of(2, n, width)));
    assert_int_equal(eh_plan_new(&plan, g, both, 2,
                                 &(eh_plan_opts){ .backend = "ref", .precision = EH_PRECISION_F64 }, NULL),
                     EH_OK);
    assert_int_equal(eh_plan_write_f64(plan, z, logits, NULL), EH_OK);
    assert_int_equal(eh_plan_write(plan, y, truth, NULL), EH_OK);
    assert_int_equal(eh_plan_run(plan, NULL), EH_OK);
    assert_int_equal(eh_plan_read_f64(plan, both[0], out->loss, NULL), EH_OK);
    assert_int_equal(eh_plan_read_f64(plan, both[1], out->prediction, NULL), EH_OK);
    eh_plan_free(plan);
    eh_graph_free(g);
    eh_arena_free(arena);
}

void loss_case_expect(const double *got, const double *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabs(got[i] - wanted[i]) <= 1e-6 * (1 + fabs(wanted[i]))))
            fail_msg("value %zu is %.12g, expected %.12g", i, got[i], wanted[i]);
}

int64_t loss_case_outputs(const char *spec, const eh_target *target)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec thing = { 0 };
    assert_int_equal(eh_thing_parse(&thing, "loss", spec, "test", arena, NULL), EH_OK);
    int64_t outputs = ((const eh_loss *)thing.entry)->outputs(thing.opts, target);
    eh_arena_free(arena);
    return outputs;
}
