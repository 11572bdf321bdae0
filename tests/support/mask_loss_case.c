/* mask_loss_case.c - see mask_loss_case.h. */
#include "support/mask_loss_case.h"

#include "support/cmocka_all.h"
#include "support/statistics_golden.h"

#include "base/json.h"
#include "base/rng.h"
#include "evenhand/memory.h"
#include "evenhand/model.h"
#include "evenhand/plan.h"

#include <math.h>
#include <string.h>

enum { N = 2, K = 3, H = 3, W = 4, PIXELS = H * W, LOGITS = N * K * PIXELS };

typedef struct outcome {
    double value[N], gradient[LOGITS], probability[LOGITS];
} outcome;

static void evaluate(outcome *out, const char *spec, const double *logits, const int32_t *truth,
                     const uint64_t *counts)
{
    const eh_target target = { .kind = EH_TARGET_MASK, .classes = K, .class_count = counts };
    eh_arena *arena = eh_arena_new();
    eh_graph *g = NULL;
    eh_plan *plan = NULL;
    eh_thing_spec thing = { 0 };
    eh_error err = { 0 };
    if (eh_thing_parse(&thing, "loss", spec, "test", arena, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(eh_graph_new(&g, NULL, NULL), EH_OK);
    const eh_loss *loss = (const eh_loss *)thing.entry;
    assert_int_equal(loss->outputs(thing.opts, &target), K);
    assert_int_equal(loss->outputs(thing.opts, &(eh_target){ .kind = EH_TARGET_NUMBER }), 0);
    eh_shape shape = eh_shape_of(4, (int64_t)N, (int64_t)K, (int64_t)H, (int64_t)W);
    eh_tensor *z = eh_input(g, "logits", shape, EH_F32);
    eh_tensor *y = eh_input(g, "truth", eh_shape_of(3, (int64_t)N, (int64_t)H, (int64_t)W), EH_I32);
    eh_tensor *target_of[3] = { loss->build(g, thing.opts, &target, z, y), NULL,
                                loss->predict(g, thing.opts, &target, z) };
    if (eh_graph_check(g, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_true(eh_shape_equal(eh_tensor_shape(target_of[0]), eh_shape_of(1, (int64_t)N)));
    assert_true(eh_shape_equal(eh_tensor_shape(target_of[2]), shape));
    assert_int_equal(eh_gradients(g, eh_mean(g, target_of[0], 0, false), &z, 1, &target_of[1], &err), EH_OK);
    assert_int_equal(eh_plan_new(&plan, g, target_of, 3,
                                 &(eh_plan_opts){ .backend = "ref", .precision = EH_PRECISION_F64 }, NULL),
                     EH_OK);
    assert_int_equal(eh_plan_write_f64(plan, z, logits, NULL), EH_OK);
    assert_int_equal(eh_plan_write(plan, y, truth, NULL), EH_OK);
    assert_int_equal(eh_plan_run(plan, NULL), EH_OK);
    assert_int_equal(eh_plan_read_f64(plan, target_of[0], out->value, NULL), EH_OK);
    assert_int_equal(eh_plan_read_f64(plan, target_of[1], out->gradient, NULL), EH_OK);
    assert_int_equal(eh_plan_read_f64(plan, target_of[2], out->probability, NULL), EH_OK);
    eh_plan_free(plan);
    eh_graph_free(g);
    eh_arena_free(arena);
}

void mask_loss_expect(const char *name, int count)
{
    json_t *root = NULL, *item;
    eh_error err = { 0 };
    double logits[LOGITS];
    int32_t truth[N * PIXELS];
    uint64_t counts[K];
    size_t c, length = strlen(name);
    int seen = 0;
    if (eh_json_read(&root, "tests/golden/mask_losses.json", &err) != EH_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < LOGITS; i++)
        logits[i] = statistics_at(json_object_get(root, "logits"), i);
    for (size_t i = 0; i < N * PIXELS; i++)
        truth[i] = (int32_t)statistics_at(json_object_get(root, "truth"), i);
    for (size_t i = 0; i < K; i++)
        counts[i] = (uint64_t)statistics_at(json_object_get(root, "counts"), i);
    json_array_foreach(json_object_get(root, "cases"), c, item)
    {
        const char *spec = json_string_value(json_object_get(item, "loss"));
        outcome o;
        if (strncmp(spec, name, length) != 0 || (spec[length] && spec[length] != ':'))
            continue;
        evaluate(&o, spec, logits, truth, counts);
        for (size_t i = 0; i < N; i++)
            expect_near(spec, o.value[i], statistics_at(json_object_get(item, "value"), i), 1e-6, 1e-9);
        for (size_t i = 0; i < LOGITS; i++)
            expect_near(spec, o.gradient[i], statistics_at(json_object_get(item, "gradient"), i), 1e-5, 1e-8);
        for (size_t i = 0; i < PIXELS; i++)
            expect_near("sum of probabilities",
                        o.probability[i] + o.probability[PIXELS + i] + o.probability[2 * PIXELS + i], 1, 1e-6,
                        0);
        seen++;
    }
    json_decref(root);
    assert_int_equal(seen, count);
}

void mask_loss_expect_finite(const char *spec)
{
    static const uint64_t counts[K] = { 10, 5, 0 };
    double logits[LOGITS];
    int32_t truth[N * PIXELS];
    outcome o;
    for (size_t i = 0; i < LOGITS; i++)
        logits[i] = i % K ? -60 : 60;
    for (size_t i = 0; i < N * PIXELS; i++)
        truth[i] = i < PIXELS ? (int32_t)(i % 2) : -1;
    evaluate(&o, spec, logits, truth, counts);
    for (size_t i = 0; i < N; i++)
        assert_true(isfinite(o.value[i]));
    for (size_t i = 0; i < LOGITS; i++)
        assert_true(isfinite(o.gradient[i]));
    for (size_t i = K * PIXELS; i < LOGITS; i++)
        assert_true(o.gradient[i] == 0); /* nothing is judged there */
}

static double mean_loss(const char *spec, const double *logits, const int32_t *truth, const uint64_t *counts)
{
    outcome o;
    double sum = 0;
    evaluate(&o, spec, logits, truth, counts);
    for (size_t i = 0; i < N; i++)
        sum += o.value[i];
    return sum / N;
}

void mask_loss_expect_differences(const char *spec)
{
    static const uint64_t counts[K] = { 10, 5, 3 };
    static const double h = 1e-5;
    double logits[LOGITS];
    int32_t truth[N * PIXELS];
    outcome o;
    eh_rng rng = eh_rng_at(11, EH_DRAW_TEST, 0, 0);
    for (size_t i = 0; i < LOGITS; i++)
        logits[i] = eh_rng_normal(&rng);
    for (size_t i = 0; i < N * PIXELS; i++)
        truth[i] = i % 5 == 0 ? -1 : (int32_t)(i % (i < PIXELS ? 3 : 2));
    evaluate(&o, spec, logits, truth, counts);
    for (size_t i = 0; i < LOGITS; i++) {
        double x = logits[i];
        logits[i] = x + h;
        double above = mean_loss(spec, logits, truth, counts);
        logits[i] = x - h;
        double below = mean_loss(spec, logits, truth, counts);
        logits[i] = x;
        double numeric = (above - below) / (2 * h);
        if (!(fabs(numeric - o.gradient[i]) <= 2e-7 * (1 + fabs(numeric))))
            fail_msg("%s: d loss / d logit %zu is %.10g, finite differences say %.10g", spec, i,
                     o.gradient[i], numeric);
        if (truth[i / (K * PIXELS) * PIXELS + i % PIXELS] < 0)
            assert_true(o.gradient[i] == 0);
    }
}
