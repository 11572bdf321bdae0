/* test_backend_cases.c - every case of op_cases.h on the cpu backend against the reference backend: the value, its first gradients, and the gradients of
 * those, fused and unfused, and with narrower vectors. Small odd shapes; test_backend_parity.c has the larger ones and the layouts that convolutions leave.
 * Stated error: 2e-5 of the largest magnitude in the tensor for values and first gradients, 1e-4 for second ones; in bf16, which rounds by 2^-9 of a
 * value, 1/16 for values and first gradients, but for a case that makes much more of any rounding. */
#include "support/engine_expect.h"
#include "support/op_cases.h"
#include "backend/cpu/cpu.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_LEAVES = 2 * OP_CASE_INPUTS + 2, MOST_TARGETS = 1 + 2 * MOST_LEAVES };

typedef struct problem {
    engine_fixture f;
    const char *name;
    eh_tensor *leaf[MOST_LEAVES], *labels;
    double *value[MOST_LEAVES];
    int32_t label[64];
    size_t leaves;
    eh_tensor *target[MOST_TARGETS];
    double allowed[MOST_TARGETS];
    size_t targets, firsts; /* firsts: values and first gradients */
} problem;

static void check(const problem *p, eh_status status, const eh_error *err)
{
    if (status != EH_OK)
        fail_msg("%s: %s", p->name, err->message);
}

/* A leaf whose values come from column `input` of the case, or are a wave that depends on the leaf's number. */
static eh_tensor *add_leaf(problem *p, eh_shape shape, const op_case *c, int input)
{
    size_t count = (size_t)eh_shape_elements(shape), at = p->leaves++;
    assert_true(at < MOST_LEAVES);
    p->leaf[at] = eh_input(p->f.g, "x", shape, EH_F32);
    p->value[at] = eh_alloc(count, sizeof(double));
    for (size_t k = 0; k < count; k++)
        p->value[at][k] =
            c ? op_case_value(c, input, k) : (double)(float)sin(1.7 * (double)k + (double)at + 0.3);
    return p->leaf[at];
}

static eh_tensor *weighted_sum(problem *p, eh_tensor *const *t, size_t count)
{
    eh_tensor *total = NULL;
    for (size_t i = 0; i < count; i++) {
        eh_tensor *part =
            t[i] ? eh_sum(p->f.g, eh_mul(p->f.g, t[i], add_leaf(p, t[i]->shape, NULL, 0)), 0, false) : NULL;
        if (part)
            total = total ? eh_add(p->f.g, total, part) : part;
    }
    return total;
}

static void add_target(problem *p, eh_tensor *t, double allowed)
{
    if (!t)
        return;
    p->target[p->targets] = t;
    p->allowed[p->targets++] = allowed;
}

static void build(problem *p, const op_case *c)
{
    eh_tensor *in[OP_CASE_INPUTS] = { 0 }, *grad[MOST_LEAVES] = { 0 }, *second[MOST_LEAVES] = { 0 },
              *y = NULL, *loss = NULL;
    eh_error err = { 0 };
    size_t reals = 0;
    p->name = c->name;
    p->f = engine_begin();
    for (int i = 0; i < op_case_inputs(c); i++) {
        if (c->input[i].kind == LABELS) {
            in[i] = p->labels = eh_input(p->f.g, "labels", c->input[i].shape, EH_I32);
            for (size_t k = 0; k < 64; k++)
                p->label[k] = (int32_t)op_case_value(c, i, k);
        } else {
            in[i] = add_leaf(p, c->input[i].shape, c, i);
        }
    }
    y = c->build(p->f.g, in, c->opts);
    check(p, eh_graph_check(p->f.g, &err), &err);
    add_target(p, y, 2e-5);
    loss = weighted_sum(p, &y, 1);
    reals = p->leaves;
    check(p, eh_gradients(p->f.g, loss, p->leaf, reals, grad, &err), &err);
    for (size_t i = 0; i < reals; i++)
        add_target(p, grad[i], 2e-5);
    p->firsts = p->targets;
    if (c->first_only)
        return;
    loss = weighted_sum(p, grad, reals);
    reals = p->leaves;
    check(p, eh_gradients(p->f.g, loss, p->leaf, reals, second, &err), &err);
    for (size_t i = 0; i < reals; i++)
        add_target(p, second[i], 1e-4);
}

/* Values of all targets on a backend; out[i] is allocated. */
static void run(const problem *p, eh_plan_opts opts, double **out)
{
    eh_plan *plan = NULL;
    eh_error err = { 0 };
    check(p, eh_plan_new(&plan, p->f.g, p->target, p->targets, &opts, &err), &err);
    for (size_t i = 0; i < p->leaves; i++)
        check(p, eh_plan_write_f64(plan, p->leaf[i], p->value[i], &err), &err);
    if (p->labels)
        check(p, eh_plan_write(plan, p->labels, p->label, &err), &err);
    for (int again = 0; again < 2; again++) /* the second run finds memory used */
        check(p, eh_plan_run(plan, &err), &err);
    for (size_t i = 0; i < p->targets; i++) {
        out[i] = eh_alloc((size_t)eh_shape_elements(p->target[i]->shape), sizeof(double));
        check(p, eh_plan_read_f64(plan, p->target[i], out[i], &err), &err);
    }
    eh_plan_free(plan);
}

static void compare(const problem *p, double *const *exact, double *const *fast, const char *how, bool bf16)
{
    for (size_t i = 0; i < (bf16 ? p->firsts : p->targets); i++) {
        size_t count = (size_t)eh_shape_elements(p->target[i]->shape);
        double largest = 1;
        for (size_t k = 0; k < count; k++)
            largest = fmax(largest, fabs(exact[i][k]));
        double allowed = bf16 ? 1.0 / 16 : p->allowed[i];
        for (size_t k = 0; k < count; k++)
            if (!(fabs(fast[i][k] - exact[i][k]) <= allowed * largest))
                fail_msg("%s, %s, target %zu (%s): element %zu is %.9g, the reference says %.9g", p->name,
                         how, i, p->target[i]->node->op->entry.name, k, fast[i][k], exact[i][k]);
    }
}

static void release(const problem *p, double **values)
{
    for (size_t i = 0; i < p->targets; i++)
        eh_free(values[i]);
}

/* With and without fusion, and as on processors with narrower vectors. */
static const struct way {
    const char *name;
    bool no_fusion;
    eh_cpu_level level;
    bool bf16;
} ways[] = {
    { "not fused", true, EH_CPU_512_BF16, false },      { "fused", false, EH_CPU_512_BF16, false },
    { "vectors of 8", false, EH_CPU_256, false },       { "vectors of 4", false, EH_CPU_BASE, false },
    { "bf16, not fused", true, EH_CPU_512_BF16, true }, { "bf16, fused", false, EH_CPU_512_BF16, true },
    { "bf16, vectors of 8", false, EH_CPU_256, true },  { "bf16, vectors of 4", false, EH_CPU_BASE, true }
};

static void every_case_gives_the_same_on_the_cpu_backend(void **state)
{
    (void)state;
    for (size_t i = 0; op_case_at(i); i++) {
        problem p = { 0 };
        double *exact[MOST_TARGETS], *fast[MOST_TARGETS];
        build(&p, op_case_at(i));
        run(&p, (eh_plan_opts){ .backend = "ref", .precision = EH_PRECISION_F64 }, exact);
        for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
            /* Two images, normalised twice: their loss depends on little but rounding. */
            bool amplifies = strcmp(p.name, "a residual network") == 0, bf16 = ways[w].bf16;
            if (bf16 && (eh_cpu_bf16() == EH_BF16_NONE || amplifies))
                continue;
            eh_cpu_limit_level(ways[w].level);
            run(&p,
                (eh_plan_opts){ .backend = "cpu",
                                .precision = bf16 ? EH_PRECISION_BF16 : EH_PRECISION_F32,
                                .no_fusion = ways[w].no_fusion },
                fast);
            compare(&p, exact, fast, ways[w].name, bf16);
            release(&p, fast);
        }
        eh_cpu_limit_level(EH_CPU_512_BF16);
        release(&p, exact);
        for (size_t k = 0; k < p.leaves; k++)
            eh_free(p.value[k]);
        engine_end(&p.f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gives_the_same_on_the_cpu_backend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
