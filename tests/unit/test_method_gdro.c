/* gdro: weights, loss and gradients of two steps against numbers worked out apart (in Python, from the equations in the head of method_gdro.c). */
#include "support/method_case.h"

#include "evenhand/params.h"
#include "evenhand/plan.h"
#include "support/cmocka_all.h"

#include <math.h>

enum { BATCH = 6, GROUPS = 4 };

static const size_t sizes[GROUPS] = { 900, 90, 0, 10 };
static const float losses[2][BATCH] = { { 0.2f, 0.4f, 2.0f, 0.6f, 3.0f, 0.5f },
                                        { 0.1f, 0.3f, 0.2f, 0.9f, 1.5f, 0.7f } };
static const int32_t members[2][BATCH] = { { 0, 0, 1, 0, 3, 0 }, { 0, 0, 0, 1, 1, -1 } };

typedef struct expected_step {
    double q[GROUPS], loss, gradient[BATCH];
} expected_step;

static void expect_near(double got, double wanted)
{
    if (!(fabs(got - wanted) < 1e-6))
        fail_msg("%.9g where %.9g was expected", got, wanted);
}

/* Runs the two batches through the method's loss with the sample losses as inputs. */
static void check(const char *method, const expected_step *step)
{
    method_case c;
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_plan *plan = NULL;
    eh_tensor *gradient = NULL;
    eh_error err = { 0 };
    method_case_make(&c, method, sizes, GROUPS);
    assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, NULL), EH_OK);
    eh_shape samples = eh_shape_of(1, (int64_t)BATCH);
    eh_train_graph tg = { .graph = g,
                          .batch = BATCH,
                          .group = eh_input(g, "group", samples, EH_I32),
                          .weight = eh_full(g, samples, 1),
                          .sample_loss = eh_input(g, "losses", samples, EH_F32) };
    if (c.method->hooks.build(c.state, &c.run, &tg, &err) != EH_OK ||
        eh_gradients(g, tg.loss, &tg.sample_loss, 1, &gradient, &err) != EH_OK)
        fail_msg("%s", err.message);
    eh_tensor *target[3 + GROUPS] = { tg.loss, gradient, tg.effect[0] };
    assert_int_equal(tg.effects, 1);
    assert_int_equal(tg.shown_count, GROUPS);
    for (size_t i = 0; i < GROUPS; i++)
        target[3 + i] = tg.shown[i].value;
    if (eh_plan_new(&plan, g, target, 3 + GROUPS, &(eh_plan_opts){ .backend = "ref" }, &err) != EH_OK)
        fail_msg("%s", err.message);
    for (int s = 0; s < 2; s++) {
        float loss, got[BATCH], q[GROUPS], shown;
        assert_int_equal(eh_plan_write(plan, tg.group, members[s], NULL), EH_OK);
        assert_int_equal(eh_plan_write(plan, tg.sample_loss, losses[s], NULL), EH_OK);
        assert_int_equal(eh_plan_run(plan, NULL), EH_OK);
        assert_int_equal(eh_plan_read(plan, tg.loss, &loss, NULL), EH_OK);
        assert_int_equal(eh_plan_read(plan, gradient, got, NULL), EH_OK);
        assert_int_equal(eh_params_read(params, (size_t)eh_params_find(params, "gdro.q"), q, NULL), EH_OK);
        expect_near((double)loss, step[s].loss);
        for (int i = 0; i < BATCH; i++)
            expect_near((double)got[i], step[s].gradient[i]);
        for (int i = 0; i < GROUPS; i++) {
            expect_near((double)q[i], step[s].q[i]);
            assert_int_equal(eh_plan_read(plan, tg.shown[i].value, &shown, NULL), EH_OK);
            expect_near((double)shown, step[s].q[i]);
        }
    }
    eh_plan_free(plan);
    eh_graph_free(g);
    eh_params_free(params);
    method_case_clear(&c);
}

static void two_steps_follow_the_equations(void **state)
{
    (void)state;
    static const expected_step step[2] = {
        { { 0.1465929436644813, 0.32219587080596834, 0.0, 0.5312111855295504 },
          2.3003272992579924,
          { 0.03664823591612033, 0.03664823591612033, 0.32219587080596834, 0.03664823591612033,
            0.5312111855295504, 0.03664823591612033 } },
        { { 0.12654079712139518, 0.4585479026232125, 0.0, 0.4149113002553922 },
          0.5755656425721339,
          { 0.04218026570713173, 0.04218026570713173, 0.04218026570713173, 0.22927395131160624,
            0.22927395131160624, 0 } },
    };
    check("gdro:step-size=0.5", step);
}

static void the_adjustment_raises_small_groups_that_are_in_the_batch(void **state)
{
    (void)state;
    static const expected_step step[2] = {
        { { 0.12238848658064357, 0.28910103346311944, 0.0, 0.588510479956237 },
          2.3957486135917234,
          { 0.03059712164516089, 0.03059712164516089, 0.28910103346311944, 0.03059712164516089,
            0.588510479956237, 0.03059712164516089 } },
        { { 0.10645186354183539, 0.44556571366852105, 0.0, 0.4479824227896436 },
          0.5559692291105923,
          { 0.03548395451394513, 0.03548395451394513, 0.03548395451394513, 0.22278285683426052,
            0.22278285683426052, 0 } },
    };
    check("gdro:step-size=0.5,adjustment=2", step);
}

static void groups_are_drawn_equally_often_unless_balance_is_off(void **state)
{
    (void)state;
    method_case c;
    size_t count[GROUPS];
    method_case_make(&c, "gdro", sizes, GROUPS);
    method_case_count(&c, method_case_epoch(&c, 0), count);
    assert_true(count[3] > 250 && count[3] < 420); /* 333 of 1,000 */
    method_case_clear(&c);
    method_case_make(&c, "gdro:balance=off", sizes, GROUPS);
    method_case_count(&c, method_case_epoch(&c, 0), count);
    assert_int_equal(count[3], 10);
    method_case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_steps_follow_the_equations),
        cmocka_unit_test(the_adjustment_raises_small_groups_that_are_in_the_batch),
        cmocka_unit_test(groups_are_drawn_equally_often_unless_balance_is_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
