/* backend parity: every op on the cpu backend, fused and not, against the reference backend in f64. Each case also compares the gradients of
 * a weighted sum of its result. Stated error: 3e-5 of the largest magnitude in the tensor, unless a case says otherwise. In bf16, which rounds
 * by 2^-9 of a value: 1/64 of the tensor's root mean square in the root mean square, because a relu or a maximum whose inputs nearly meet may decide
 * the other way, which changes single elements of a gradient wholly. */
#include "backend/cpu/cpu.h"
#include "base/rng.h"
#include "evenhand/plan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/op_cases.h"
#include "support/parity_trial.h"

/* ---- running ---- */

static void start(trial *t)
{
    eh_error err = { 0 };
    *t = (trial){ 0 };
    assert_int_equal(eh_params_new(&t->params, 7, &err), EH_OK);
    assert_int_equal(eh_graph_new(&t->g, t->params, &err), EH_OK);
}

static void stop(trial *t)
{
    eh_graph_free(t->g);
    eh_params_free(t->params);
}

static void write_inputs(eh_plan *plan, const trial *t)
{
    eh_error err = { 0 };
    for (int i = 0; i < t->inputs; i++) {
        size_t count = (size_t)eh_shape_elements(eh_tensor_shape(t->input[i]));
        float *values = eh_alloc(count, sizeof *values);
        eh_rng rng = eh_rng_at(11, EH_DRAW_TEST, (uint64_t)i, 0);
        for (size_t k = 0; k < count; k++)
            if (eh_tensor_dtype(t->input[i]) == EH_I32)
                ((int32_t *)values)[k] =
                    (int32_t)eh_rng_below(&rng, 5) - 1; /* one label in five is outside */
            else
                values[k] = (float)eh_rng_normal(&rng);
        assert_int_equal(eh_plan_write(plan, t->input[i], values, &err), EH_OK);
        eh_free(values);
    }
}

/* The targets' values and, behind them, all variables, after one run. */
static double *run(trial *t, const eh_plan_opts *opts, const char *name)
{
    eh_error err = { 0 };
    eh_plan *plan = NULL;
    size_t total = 1, at = 0;
    if (eh_plan_new(&plan, t->g, t->target, (size_t)t->targets, opts, &err) != EH_OK)
        fail_msg("%s: %s", name, err.message);
    write_inputs(plan, t);
    for (int repeat = 0; repeat < (eh_params_count(t->params) ? 1 : 2);
         repeat++) /* the second run must not see traces of the first */
        if (eh_plan_run(plan, &err) != EH_OK)
            fail_msg("%s: %s", name, err.message);
    for (int i = 0; i < t->targets; i++)
        total += (size_t)eh_shape_elements(eh_tensor_shape(t->target[i]));
    for (size_t i = 0; i < eh_params_count(t->params); i++)
        total += (size_t)eh_shape_elements(eh_params_info(t->params, i).shape);
    double *values = eh_alloc(total, sizeof *values);
    for (int i = 0; i < t->targets; i++) {
        if (!(t->target[i]->node->op->flags & EH_OP_EFFECT))
            assert_int_equal(eh_plan_read_f64(plan, t->target[i], values + at, &err), EH_OK);
        at += (size_t)eh_shape_elements(eh_tensor_shape(t->target[i]));
    }
    for (size_t i = 0; i < eh_params_count(t->params); i++) {
        size_t count = (size_t)eh_shape_elements(eh_params_info(t->params, i).shape);
        float *read = eh_alloc(count, sizeof *read);
        assert_int_equal(eh_params_read(t->params, i, read, &err), EH_OK);
        for (size_t k = 0; k < count; k++)
            values[at++] = (double)read[k];
        eh_free(read);
    }
    eh_plan_free(plan);
    return values;
}

static void compare(const char *name, const char *what, const double *got, const double *want, size_t count,
                    double allowed)
{
    double largest = 1e-3, worst = 0;
    size_t where = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < count; i++) {
        double difference = fabs(got[i] - want[i]);
        if (!(difference <= worst)) {
            worst = difference;
            where = i;
        }
    }
    if (!(worst <= allowed * largest))
        fail_msg("%s: %s differs at element %zu: %.9g instead of %.9g (largest magnitude %.3g)", name, what,
                 where, got[where], want[where], largest);
}

/* The root mean square of the differences. */
static void compare_whole(const char *name, const char *what, const double *got, const double *want,
                          size_t count, double allowed)
{
    double difference = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        difference += (got[i] - want[i]) * (got[i] - want[i]);
        size += want[i] * want[i];
    }
    difference = sqrt(difference / (double)count);
    size = fmax(1e-3, sqrt(size / (double)count));
    if (!(difference <= allowed * size))
        fail_msg("%s: %s differs by %.3g in the root mean square, of %.3g: %.4f where %.4f is allowed", name,
                 what, difference, size, difference / size, allowed);
}

static double allowed_error(const trial *t, bool bf16)
{
    if (bf16)
        return t->error_bf16 > 0 ? t->error_bf16 : 1.0 / 64;
    return t->error > 0 ? t->error : 3e-5;
}

static void compare_all(const char *name, const trial *t, bool bf16, const double *got, const double *want)
{
    char what[64];
    double allowed = allowed_error(t, bf16);
    void (*check)(const char *, const char *, const double *, const double *, size_t, double) =
        bf16 ? compare_whole : compare;
    for (int i = 0; i < t->targets; i++) {
        size_t count = (size_t)eh_shape_elements(eh_tensor_shape(t->target[i]));
        snprintf(what, sizeof what, "target %d (%s)", i, t->target[i]->node->op->entry.name);
        check(name, what, got, want, count, allowed);
        got += count;
        want += count;
    }
    for (size_t i = 0; i < eh_params_count(t->params); i++) {
        size_t count = (size_t)eh_shape_elements(eh_params_info(t->params, i).shape);
        check(name, eh_params_info(t->params, i).name, got, want, count, allowed);
        got += count;
        want += count;
    }
}

static double *run_case(const parity_case *c, trial *t, const eh_plan_opts *opts)
{
    start(t);
    c->build(t, c->p);
    return run(t, opts, c->name);
}

/* The ways a case is computed: with and without fusion, and as on processors with narrower vectors. */
static const struct way {
    const char *name;
    bool no_fusion;
    eh_cpu_level level;
    bool bf16;
} ways[] = { { "not fused", true, EH_CPU_512_BF16, false },
             { "fused", false, EH_CPU_512_BF16, false },
             { "fused, vectors of 8", false, EH_CPU_256, false },
             { "fused, vectors of 4", false, EH_CPU_BASE, false },
             { "bf16, not fused", true, EH_CPU_512_BF16, true },
             { "bf16, fused", false, EH_CPU_512_BF16, true },
             { "bf16, rounded by plain code", false, EH_CPU_512, true },
             { "bf16, vectors of 8", false, EH_CPU_256, true },
             { "bf16, vectors of 4", false, EH_CPU_BASE, true } };

static const parity_case *case_at(size_t i)
{
    const parity_case *(*const tables[])(size_t * count) = { parity_cases, parity_images };
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        size_t count = 0;
        const parity_case *table = tables[t](&count);
        if (i < count)
            return &table[i];
        i -= count;
    }
    return NULL;
}

static void every_case_gives_the_reference_values(void **state)
{
    static const eh_plan_opts ref = { .backend = "ref", .precision = EH_PRECISION_F64 };
    (void)state;
    for (size_t i = 0; case_at(i); i++) {
        trial oracle;
        double *want = run_case(case_at(i), &oracle, &ref);
        for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
            char name[128];
            trial t;
            if (ways[w].bf16 && eh_cpu_bf16() == EH_BF16_NONE)
                continue;
            eh_cpu_limit_level(ways[w].level);
            double *got =
                run_case(case_at(i), &t,
                         &(eh_plan_opts){ .backend = "cpu",
                                          .precision = ways[w].bf16 ? EH_PRECISION_BF16 : EH_PRECISION_F32,
                                          .no_fusion = ways[w].no_fusion });
            snprintf(name, sizeof name, "%s, %s", case_at(i)->name, ways[w].name);
            compare_all(name, &t, ways[w].bf16, got, want);
            eh_free(got);
            stop(&t);
        }
        eh_cpu_limit_level(EH_CPU_512_BF16);
        eh_free(want);
        stop(&oracle);
    }
}

static void note_ops(const eh_graph *g, bool *seen)
{
    for (size_t n = 0; n < g->nodes; n++)
        for (size_t o = 0; eh_op_list[o]; o++)
            if (&g->node[n]->op->entry == eh_op_list[o])
                seen[o] = true;
}

static void every_op_has_a_case_and_a_kernel_in_both_backends(void **state)
{
    bool seen[256] = { false };
    (void)state;
    for (size_t i = 0; op_case_at(i); i++) { /* run by test_backend_cases.c */
        eh_tensor *input[OP_CASE_INPUTS] = { 0 };
        trial t;
        start(&t);
        for (int k = 0; k < op_case_inputs(op_case_at(i)); k++)
            input[k] = op_case_at(i)->input[k].kind == LABELS
                           ? trial_labels(&t, op_case_at(i)->input[k].shape)
                           : trial_in(&t, op_case_at(i)->input[k].shape);
        trial_finish(&t, op_case_at(i)->build(t.g, input, op_case_at(i)->opts));
        note_ops(t.g, seen);
        stop(&t);
    }
    for (size_t i = 0; case_at(i); i++) {
        trial t;
        start(&t);
        case_at(i)->build(&t, case_at(i)->p);
        note_ops(t.g, seen);
        stop(&t);
    }
    for (size_t o = 0; eh_op_list[o]; o++) {
        const eh_op *op = (const eh_op *)eh_op_list[o];
        if (op->flags & EH_OP_LEAF)
            continue;
        if (!seen[o])
            fail_msg("no parity case has the op %s", op->entry.name);
        for (size_t b = 0; eh_backend_list[b]; b++) {
            const eh_backend *backend = (const eh_backend *)eh_backend_list[b];
            int kernels = 0;
            for (const eh_kernel *const *k = backend->kernels; *k; k++)
                kernels += (*k)->op == op;
            if (kernels != 1)
                fail_msg("the %s backend has %d kernels for the op %s", backend->entry.name, kernels,
                         op->entry.name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op_has_a_case_and_a_kernel_in_both_backends),
        cmocka_unit_test(every_case_gives_the_reference_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
