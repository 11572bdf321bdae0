/* test_op_gradients.c - every gradient rule against central finite differences, in f64 on the reference backend.
 *
 * Each case builds y = f(inputs). The loss is sum(y * weight) with a random `weight`, so that every output element counts differently. Its
 * gradients with respect to all inputs are compared with (loss(x + h) - loss(x - h)) / 2h for every element. Unless a case says otherwise
 * the same is then done with the scalar  sum over inputs of sum(gradient * another random tensor), which exercises the gradients of
 * the gradient ops, with respect to the inputs and to `weight` (the dy of the first walk).
 * To add an op: see tests/support/op_cases.h. The last test fails for an op with a gradient that no case reaches. */
#include "support/engine_expect.h"
#include "support/op_cases.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_LEAVES = 2 * OP_CASE_INPUTS + 2 };

/* Ops with a gradient rule that must not agree with finite differences; tested in test_op_gradient_control.c. */
static const eh_op *const not_a_derivative[] = { &eh_op_reverse_gradient };

/* ---- the check ---- */

/* A real leaf: an input of the graph, and the values that are written to it. */
typedef struct leaf {
    eh_tensor *t;
    double *value;
    size_t count;
} leaf;

typedef struct problem {
    engine_fixture f;
    leaf leaf[MOST_LEAVES];
    size_t leaves;
    eh_tensor *labels;
    int32_t label[64];
    const char *name;
} problem;

static eh_tensor *add_leaf(problem *p, eh_shape shape)
{
    leaf *l = &p->leaf[p->leaves];
    eh_rng rng = eh_rng_at(7, EH_DRAW_TEST, eh_hash64(p->name, strlen(p->name)), p->leaves++);
    assert_true(p->leaves <= MOST_LEAVES);
    l->t = eh_input(p->f.g, "x", shape, EH_F32);
    l->count = (size_t)eh_shape_elements(shape);
    l->value = eh_alloc(l->count, sizeof *l->value);
    for (size_t i = 0; i < l->count; i++)
        l->value[i] = eh_rng_normal(&rng);
    return l->t;
}

static void check(const problem *p, eh_status status, const eh_error *err)
{
    if (status != EH_OK)
        fail_msg("%s: %s", p->name, err->message);
}

static eh_plan *plan_of(const problem *p, eh_tensor *const *targets, size_t count)
{
    eh_error err = { 0 };
    eh_plan *plan = NULL;
    eh_plan_opts opts = { .backend = "ref", .precision = EH_PRECISION_F64 };
    check(p, eh_plan_new(&plan, p->f.g, targets, count, &opts, &err), &err);
    for (size_t i = 0; i < p->leaves; i++)
        check(p, eh_plan_write_f64(plan, p->leaf[i].t, p->leaf[i].value, &err), &err);
    if (p->labels)
        check(p, eh_plan_write(plan, p->labels, p->label, &err), &err);
    return plan;
}

static double loss_with(const problem *p, eh_plan *plan, const leaf *l, eh_tensor *loss)
{
    eh_error err = { 0 };
    double value = 0;
    check(p, eh_plan_write_f64(plan, l->t, l->value, &err), &err);
    check(p, eh_plan_run(plan, &err), &err);
    check(p, eh_plan_read_f64(plan, loss, &value, &err), &err);
    return value;
}

/* Compares grad[i], d loss / d leaf i, with finite differences for every element of every leaf. NULL must mean zero. */
static void compare(const problem *p, eh_tensor *loss, eh_tensor *const *grad, const char *order)
{
    static const double h = 1e-5;
    eh_plan *plan = plan_of(p, &loss, 1);
    for (size_t i = 0; i < p->leaves; i++) {
        const leaf *l = &p->leaf[i];
        double *exact = eh_alloc(l->count, sizeof *exact);
        if (grad[i]) {
            eh_error err = { 0 };
            eh_plan *all = plan_of(p, &grad[i], 1);
            assert_true(eh_shape_equal(grad[i]->shape, l->t->shape));
            check(p, eh_plan_run(all, &err), &err);
            check(p, eh_plan_read_f64(all, grad[i], exact, &err), &err);
            eh_plan_free(all);
        }
        for (size_t k = 0; k < l->count; k++) {
            double x = l->value[k], above = 0, below = 0, numeric = 0;
            l->value[k] = x + h;
            above = loss_with(p, plan, l, loss);
            l->value[k] = x - h;
            below = loss_with(p, plan, l, loss);
            l->value[k] = x;
            numeric = (above - below) / (2 * h);
            if (!(fabs(numeric - exact[k]) <= 2e-7 * (1 + fabs(numeric))))
                fail_msg("%s, %s: d loss / d input %zu [%zu] is %.10g, finite differences say %.10g", p->name,
                         order, i, k, exact[k], numeric);
        }
        loss_with(p, plan, l, loss); /* back to the unchanged values */
        eh_free(exact);
    }
    eh_plan_free(plan);
}

/* sum over i of sum(t[i] * a new random leaf). */
static eh_tensor *weighted_sum(problem *p, eh_tensor *const *t, size_t count)
{
    eh_graph *g = p->f.g;
    eh_tensor *total = NULL;
    for (size_t i = 0; i < count; i++) {
        eh_tensor *part = t[i] ? eh_sum(g, eh_mul(g, t[i], add_leaf(p, t[i]->shape)), 0, false) : NULL;
        if (part)
            total = total ? eh_add(g, total, part) : part;
    }
    return total;
}

static bool seen[256]; /* by position in eh_op_list: some case has walked back through this op */

static void note_ops(const eh_graph *g)
{
    for (size_t n = 0; n < g->nodes; n++)
        for (size_t i = 0; eh_op_list[i]; i++)
            if (eh_op_list[i] == &g->node[n]->op->entry)
                seen[i] = true;
}

static void gradients_of(problem *p, eh_tensor *loss, eh_tensor **grad)
{
    eh_error err = { 0 };
    eh_tensor *wrt[MOST_LEAVES];
    for (size_t i = 0; i < p->leaves; i++)
        wrt[i] = p->leaf[i].t;
    check(p, eh_graph_check(p->f.g, &err), &err);
    note_ops(p->f.g);
    check(p, eh_gradients(p->f.g, loss, wrt, p->leaves, grad, &err), &err);
}

static void check_case(const op_case *c)
{
    problem p = { .name = c->name, .f = engine_begin() };
    eh_tensor *in[OP_CASE_INPUTS] = { 0 }, *first[MOST_LEAVES] = { 0 }, *second[MOST_LEAVES] = { 0 };
    eh_tensor *y = NULL, *loss = NULL;
    size_t inputs = 0;
    for (int i = 0; i < op_case_inputs(c); i++) {
        if (c->input[i].kind == LABELS) {
            in[i] = p.labels = eh_input(p.f.g, "labels", c->input[i].shape, EH_I32);
            for (size_t k = 0; k < sizeof p.label / sizeof *p.label; k++)
                p.label[k] = (int32_t)op_case_value(c, i, k);
        } else {
            in[i] = add_leaf(&p, c->input[i].shape);
            for (size_t k = 0; k < p.leaf[inputs].count; k++)
                p.leaf[inputs].value[k] = op_case_value(c, i, k);
            inputs++;
        }
    }
    y = c->build(p.f.g, in, c->opts);
    loss = weighted_sum(&p, &y, 1);
    gradients_of(&p, loss, first);
    for (size_t i = 0; i < inputs; i++)
        if (!first[i])
            fail_msg("%s: no gradient reaches input %zu", c->name, i);
    compare(&p, loss, first, "first order");
    if (!c->first_only) {
        loss = weighted_sum(&p, first, p.leaves);
        gradients_of(&p, loss, second);
        compare(&p, loss, second, "second order");
    }
    for (size_t i = 0; i < p.leaves; i++)
        eh_free(p.leaf[i].value);
    engine_end(&p.f);
}

static void every_gradient_agrees_with_finite_differences(void **state)
{
    (void)state;
    for (size_t i = 0; op_case_at(i); i++)
        check_case(op_case_at(i));
}

static void every_op_with_a_gradient_has_a_case(void **state)
{
    (void)state;
    for (size_t i = 0; eh_op_list[i]; i++) {
        const eh_op *op = (const eh_op *)eh_op_list[i];
        bool exempt = false;
        for (size_t k = 0; k < sizeof not_a_derivative / sizeof *not_a_derivative; k++)
            exempt |= op == not_a_derivative[k];
        if (op->grad && !exempt && !seen[i])
            fail_msg("no case of op_cases.h reaches the gradient of %s", op->entry.name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_gradient_agrees_with_finite_differences),
        cmocka_unit_test(every_op_with_a_gradient_has_a_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
