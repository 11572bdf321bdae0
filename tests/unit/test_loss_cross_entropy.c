/* cross-entropy: losses and probabilities worked out apart. */
#include "evenhand/model.h"

#include "base/config.h"
#include "evenhand/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

typedef struct result {
    double loss[3], probability[9];
} result;

/* Loss and prediction of three samples with these logits [3, outputs]. */
static void evaluate(result *out, const char *text, const double *logits, int64_t outputs,
                     const int32_t labels[3], size_t classes)
{
    eh_arena *arena = eh_arena_new();
    eh_graph *g = NULL;
    eh_plan *plan = NULL;
    eh_thing_spec spec = { 0 };
    assert_int_equal(eh_thing_parse(&spec, "loss", text, "test", arena, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, NULL, NULL), EH_OK);
    const eh_loss *loss = (const eh_loss *)spec.entry;
    assert_int_equal(loss->outputs(spec.opts, classes), outputs);
    eh_tensor *z = eh_input(g, "logits", eh_shape_of(2, (int64_t)3, outputs), EH_F32);
    eh_tensor *y = eh_input(g, "labels", eh_shape_of(1, (int64_t)3), EH_I32);
    eh_tensor *target[2] = { loss->build(g, spec.opts, z, y), loss->predict(g, spec.opts, z, classes) };
    assert_true(eh_shape_equal(eh_tensor_shape(target[0]), eh_shape_of(1, (int64_t)3)));
    assert_true(eh_shape_equal(eh_tensor_shape(target[1]), eh_shape_of(2, (int64_t)3, (int64_t)classes)));
    assert_int_equal(eh_plan_new(&plan, g, target, 2,
                                 &(eh_plan_opts){ .backend = "ref", .precision = EH_PRECISION_F64 }, NULL),
                     EH_OK);
    assert_int_equal(eh_plan_write_f64(plan, z, logits, NULL), EH_OK);
    assert_int_equal(eh_plan_write(plan, y, labels, NULL), EH_OK);
    assert_int_equal(eh_plan_run(plan, NULL), EH_OK);
    assert_int_equal(eh_plan_read_f64(plan, target[0], out->loss, NULL), EH_OK);
    assert_int_equal(eh_plan_read_f64(plan, target[1], out->probability, NULL), EH_OK);
    eh_plan_free(plan);
    eh_graph_free(g);
    eh_arena_free(arena);
}

static void expect(double got, double wanted)
{
    assert_true(fabs(got - wanted) <= 1e-6 * (1 + fabs(wanted)));
}

static const double logits[9] = { 1, 2, -1, 0, 0, 0, 60, -50, 3 };
static const int32_t labels[3] = { 1, 2, 1 };

static void the_loss_is_minus_the_log_of_the_softmax_at_the_label(void **state)
{
    (void)state;
    result r;
    evaluate(&r, "cross-entropy", logits, 3, labels, 3);
    expect(r.loss[0], 0.3490122167681864);
    expect(r.loss[1], 1.0986122886681098);
    expect(r.loss[2], 110.0); /* no overflow */
    expect(r.probability[0], 0.25949646034241915);
    expect(r.probability[1], 0.7053845126982412);
    expect(r.probability[2], 0.03511902695933972);
    expect(r.probability[5], 1.0 / 3);
}

static void smoothing_spreads_a_share_over_all_classes(void **state)
{
    (void)state;
    result r;
    evaluate(&r, "cross-entropy:smoothing=0.3", logits, 3, labels, 3);
    expect(r.loss[0], 0.7490122167681864);
    expect(r.loss[1], 1.0986122886681098);
    expect(r.loss[2], 0.7 * 110 + 0.1 * (0 + 110 + 57));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_is_minus_the_log_of_the_softmax_at_the_label),
        cmocka_unit_test(smoothing_spreads_a_share_over_all_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
