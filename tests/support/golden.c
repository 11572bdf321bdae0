/* golden.c - comparison with PyTorch; see golden.h. */
#include "support/golden.h"

#include "base/config.h"
#include "base/json.h"
#include "evenhand/memory.h"
#include "evenhand/model.h"
#include "evenhand/params.h"
#include "nn/layer.h"

extern const eh_head eh_head_linear, eh_head_pixels;

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double golden_value(const char *name, uint64_t index)
{
    uint32_t h = 0x811C9DC5u;
    for (const char *c = name; *c; c++)
        h = (h ^ (uint8_t)*c) * 0x01000193u;
    uint32_t x = (uint32_t)(index * 0x9E3779B9u) + h;
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    x ^= x >> 16;
    return (double)x / 2147483648.0 - 1.0;
}

enum { MOST_EFFECTS = 2048 };

/* One model in all its forms over one store of variables. */
typedef struct subject {
    eh_arena *arena;
    json_t *golden;
    eh_params *params;
    eh_graph *graph;
    eh_thing_spec model;
    const golden_network *network; /* in place of the model */
    eh_tensor *images, *labels, *numbers, *lr, *step, *momentum, *output, *loss;
    eh_tensor **variable, **gradient; /* [count] trainable variables */
    size_t count;
    int64_t classes;
} subject;

static json_t *golden_file(const char *file)
{
    char path[512];
    const char *root = getenv("EVENHAND_ROOT");
    snprintf(path, sizeof path, "%s/tests/golden/model_%s.json", root ? root : ".", file);
    json_t *json = NULL;
    eh_error err = { 0 };
    if (eh_json_read(&json, path, &err) != EH_OK)
        fail_msg("%s", err.message);
    return json;
}

static int64_t member(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

/* Fills every weight and buffer by formula. */
static void fill_params(eh_params *params)
{
    for (size_t i = 0; i < eh_params_count(params); i++) {
        eh_param_info info = eh_params_info(params, i);
        if (info.role == EH_OPTIMIZER)
            continue;
        int64_t n = eh_shape_elements(info.shape), fan = info.shape.rank > 1 ? n / info.shape.dim[0] : 1;
        const char *dot = strrchr(info.name, '.'), *last = dot ? dot + 1 : info.name;
        float *values = eh_alloc((size_t)n, sizeof *values);
        for (int64_t k = 0; k < n; k++) {
            double u = golden_value(info.name, (uint64_t)k);
            if (strcmp(last, "weight") == 0 && info.shape.rank > 1)
                u *= sqrt(6.0 / (double)fan);
            else if (strcmp(last, "weight") == 0 || strcmp(last, "running_var") == 0)
                u = 1.0 + 0.2 * u;
            else
                u *= 0.1;
            values[k] = (float)u;
        }
        assert_int_equal(eh_params_write(params, i, values, NULL), EH_OK);
        eh_free(values);
    }
}

/* The model's output and loss. */
static void build_model(subject *s, eh_build *b, const char *model, int64_t batch, int64_t side,
                        int64_t classes)
{
    eh_graph *g = b->graph;
    eh_error err = { 0 };
    if (!s->model.entry && eh_thing_parse(&s->model, "model", model, "test", s->arena, &err) != EH_OK)
        fail_msg("%s", err.message);
    const eh_model *m = (const eh_model *)s->model.entry;
    eh_features f = m->features(b, s->model.opts, s->images);
    const eh_head *head = f.vector ? &eh_head_linear : &eh_head_pixels;
    s->output = head->build(b, NULL, m->head_name, &f, classes, side, side);
    s->labels =
        eh_input(g, "labels", f.vector ? eh_shape_of(1, batch) : eh_shape_of(3, batch, side, side), EH_I32);
    eh_cross_entropy_opts smoothed = { .smoothing = 0.1 };
    s->loss = eh_mean(g, eh_weighted_cross_entropy(g, s->output, s->labels, smoothed), 0, false);
    if (f.own_loss)
        s->loss = eh_add(g, s->loss, eh_mean(g, f.own_loss, 0, false));
    s->classes = classes;
}

static void build(subject *s, const char *model, bool training, int64_t batch, int64_t channels, int64_t side,
                  int64_t classes)
{
    eh_error err = { 0 };
    assert_int_equal(eh_graph_new(&s->graph, s->params, NULL), EH_OK);
    eh_graph *g = s->graph;
    s->images = eh_input(g, "images", eh_shape_of(4, batch, channels, side, side), EH_F32);
    s->lr = eh_input(g, "lr", eh_shape_of(0), EH_F32);
    s->step = eh_input(g, "step", eh_shape_of(0), EH_F32);
    s->momentum = eh_input(g, "momentum", eh_shape_of(0), EH_F32);
    s->numbers = eh_input(g, "numbers", eh_shape_of(1, batch), EH_F32);
    bool evaluation = json_is_true(json_object_get(s->golden, "evaluation"));
    eh_build b = { .graph = g, .training = training && !evaluation, .step = s->step };
    if (s->network) {
        s->labels = eh_input(g, "labels", s->network->labels, EH_I32);
        s->output = s->network->build(&b, s->images);
        s->loss = s->network->loss(g, s->output, s->labels, s->numbers);
    } else {
        build_model(s, &b, model, batch, side, classes);
    }
    if (eh_graph_check(g, &err) != EH_OK)
        fail_msg("%s", err.message);
    s->count = 0;
    s->variable = eh_arena_alloc(s->arena, eh_params_count(s->params) + 1, sizeof *s->variable);
    s->gradient = eh_arena_alloc(s->arena, eh_params_count(s->params) + 1, sizeof *s->gradient);
    for (size_t i = 0; i < eh_params_count(s->params); i++) {
        eh_param_info info = eh_params_info(s->params, i);
        if (info.role == EH_TRAINABLE)
            s->variable[s->count++] = eh_variable(g, info.name, info.shape, EH_TRAINABLE, (eh_init){ 0 });
    }
}

static void open_subject(subject *s, const char *file)
{
    memset(s, 0, sizeof *s);
    s->arena = eh_arena_new();
    s->golden = golden_file(file);
    assert_int_equal(eh_params_new(&s->params, 1, NULL), EH_OK);
}

static void close_subject(subject *s)
{
    eh_graph_free(s->graph);
    eh_params_free(s->params);
    json_decref(s->golden);
    eh_arena_free(s->arena);
}

static void build_as_golden(subject *s, const char *model, bool training)
{
    eh_graph_free(s->graph);
    int64_t batch = member(s->golden, "batch");
    int64_t classes = (int64_t)(json_array_size(json_object_get(s->golden, "inference")) /
                                json_array_size(json_object_get(s->golden, "labels")));
    build(s, model, training, batch, member(s->golden, "channels"), member(s->golden, "side"), classes);
    fill_params(s->params);
}

static void write_inputs(subject *s, eh_plan *plan)
{
    int64_t n = eh_shape_elements(eh_tensor_shape(s->images)), batch = eh_tensor_shape(s->images).dim[0],
            count = eh_shape_elements(eh_tensor_shape(s->labels));
    float *images = eh_alloc((size_t)n, sizeof *images);
    int32_t *labels = eh_alloc((size_t)count, sizeof *labels);
    for (int64_t i = 0; i < n; i++)
        images[i] = (float)golden_value("images", (uint64_t)i);
    assert_int_equal(json_array_size(json_object_get(s->golden, "labels")), count);
    for (int64_t i = 0; i < count; i++)
        labels[i] =
            (int32_t)json_integer_value(json_array_get(json_object_get(s->golden, "labels"), (size_t)i));
    assert_int_equal(eh_plan_write(plan, s->images, images, NULL), EH_OK);
    assert_int_equal(eh_plan_write(plan, s->labels, labels, NULL), EH_OK);
    for (int64_t i = 0; i < batch; i++)
        images[i] = (float)golden_value("numbers", (uint64_t)i);
    assert_int_equal(eh_plan_write(plan, s->numbers, images, NULL), EH_OK);
    eh_free(images);
    eh_free(labels);
}

static double at(const json_t *array, size_t i)
{
    return json_number_value(json_array_get(array, i));
}

static void expect_near(const char *what, const char *name, double got, double expected, double allowed)
{
    if (!(fabs(got - expected) <= allowed))
        fail_msg("%s of %s: %.9g, PyTorch has %.9g (off by %.3g, allowed %.3g)", what, name, got, expected,
                 fabs(got - expected), allowed);
}

/* Compares `values` with their norm and their products with eight vectors of +1 and -1, in which every element counts; digest() in the script. */
static void expect_digest(const char *name, const double *values, int64_t count, const json_t *digest,
                          double tolerance)
{
    enum { VECTORS = 8 };
    if (!digest)
        fail_msg("%s is not in the golden file", name);
    double squares = 0, product[VECTORS] = { 0 }, norm = at(digest, 0);
    for (int64_t i = 0; i < count; i++) {
        unsigned negative = (unsigned)((golden_value("signs", (uint64_t)i) + 1) * 128);
        squares += values[i] * values[i];
        for (unsigned k = 0; k < VECTORS; k++)
            product[k] += negative >> k & 1 ? -values[i] : values[i];
    }
    assert_int_equal(json_array_size(digest), 1 + VECTORS);
    expect_near("norm", name, sqrt(squares), norm, tolerance * norm + 1e-12);
    for (size_t k = 0; k < VECTORS; k++)
        expect_near("product with signs", name, product[k], at(digest, 1 + k),
                    tolerance * (norm + fabs(at(digest, 1 + k))) + 1e-12);
}

static void expect_tensor(eh_plan *plan, eh_tensor *t, const char *name, const json_t *digest,
                          double tolerance)
{
    int64_t n = eh_shape_elements(eh_tensor_shape(t));
    double *values = eh_alloc((size_t)n, sizeof *values);
    assert_int_equal(eh_plan_read_f64(plan, t, values, NULL), EH_OK);
    expect_digest(name, values, n, digest, tolerance);
    eh_free(values);
}

static void expect_variables(subject *s, unsigned role, const json_t *digests, double tolerance)
{
    size_t seen = 0;
    for (size_t i = 0; i < eh_params_count(s->params); i++) {
        eh_param_info info = eh_params_info(s->params, i);
        if (info.role != role)
            continue;
        seen++;
        int64_t n = eh_shape_elements(info.shape);
        float *values = eh_alloc((size_t)n, sizeof *values);
        double *wide = eh_alloc((size_t)n, sizeof *wide);
        assert_int_equal(eh_params_read(s->params, i, values, NULL), EH_OK);
        for (int64_t k = 0; k < n; k++)
            wide[k] = values[k];
        expect_digest(info.name, wide, n, json_object_get(digests, info.name), tolerance);
        eh_free(values);
        eh_free(wide);
    }
    assert_int_equal(seen, json_object_size(digests));
}

static void expect_output(subject *s, eh_plan *plan, const char *key, double tolerance)
{
    const json_t *expected = json_object_get(s->golden, key);
    size_t n = json_array_size(expected);
    double *values = eh_alloc(n, sizeof *values), largest = 0;
    assert_int_equal(eh_plan_read_f64(plan, s->output, values, NULL), EH_OK);
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(at(expected, i)));
    for (size_t i = 0; i < n; i++)
        expect_near("output", key, values[i], at(expected, i), tolerance * largest);
    eh_free(values);
}

static eh_plan *compile(subject *s, eh_tensor *const *target, size_t count, const char *backend,
                        eh_precision precision)
{
    eh_plan *plan = NULL;
    eh_error err = { 0 };
    if (eh_plan_new(&plan, s->graph, target, count,
                    &(eh_plan_opts){ .backend = backend, .precision = precision }, &err) != EH_OK)
        fail_msg("%s", err.message);
    return plan;
}

static void run(eh_plan *plan)
{
    eh_error err = { 0 };
    if (eh_plan_run(plan, &err) != EH_OK)
        fail_msg("%s", err.message);
}

static void check_forward(subject *s, const char *model, const char *backend, eh_precision precision,
                          double tolerance)
{
    build_as_golden(s, model, false);
    eh_plan *plan = compile(s, &s->output, 1, backend, precision);
    write_inputs(s, plan);
    run(plan);
    expect_output(s, plan, "inference", tolerance);
    eh_plan_free(plan);
}

static void check_gradients(subject *s, const char *model, const char *backend, eh_precision precision,
                            double tolerance)
{
    build_as_golden(s, model, true);
    eh_error err = { 0 };
    if (eh_gradients(s->graph, s->loss, s->variable, s->count, s->gradient, &err) != EH_OK)
        fail_msg("%s", err.message);
    eh_tensor **target = eh_arena_alloc(s->arena, s->count + MOST_EFFECTS, sizeof *target);
    size_t targets = 0;
    target[targets++] = s->output;
    target[targets++] = s->loss;
    for (size_t i = 0; i < s->count; i++) {
        assert_non_null(s->gradient[i]);
        target[targets++] = s->gradient[i];
    }
    targets += eh_graph_effects(s->graph, target + targets, MOST_EFFECTS - 2);
    eh_plan *plan = compile(s, target, targets, backend, precision);
    write_inputs(s, plan);
    run(plan);
    expect_output(s, plan, "training", tolerance);
    double loss = 0;
    assert_int_equal(eh_plan_read_f64(plan, s->loss, &loss, NULL), EH_OK);
    double expected = json_number_value(json_object_get(s->golden, "loss"));
    expect_near("loss", model, loss, expected, tolerance * expected);
    size_t k = 0;
    for (size_t i = 0; i < eh_params_count(s->params); i++) {
        eh_param_info info = eh_params_info(s->params, i);
        if (info.role == EH_TRAINABLE)
            expect_tensor(plan, s->gradient[k++], info.name,
                          json_object_get(json_object_get(s->golden, "gradient"), info.name), tolerance);
    }
    assert_int_equal(k, json_object_size(json_object_get(s->golden, "gradient")));
    expect_variables(s, EH_BUFFER, json_object_get(s->golden, "buffer"), tolerance);
    eh_plan_free(plan);
}

static void check_part(const char *file, const golden_network *network, const char *model, golden_part part,
                       const char *backend, eh_precision precision, double tolerance)
{
    subject s;
    open_subject(&s, file);
    s.network = network;
    if (part == GOLDEN_FORWARD)
        check_forward(&s, model, backend, precision, tolerance);
    else
        check_gradients(&s, model, backend, precision, tolerance);
    close_subject(&s);
}

void golden_skip_under_sanitizers(void)
{
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
}

void golden_check_model(const char *file, const char *model, golden_part part, const char *backend,
                        eh_precision precision, double tolerance)
{
    check_part(file, NULL, model, part, backend, precision, tolerance);
}

void golden_check_network(const golden_network *network, golden_part part, const char *backend,
                          eh_precision precision, double tolerance)
{
    check_part(network->file, network, network->file, part, backend, precision, tolerance);
}

static void check_steps(const char *file, const golden_network *network, const char *model, const char *key,
                        const char *optim, double lr, const char *backend, eh_precision precision,
                        double tolerance)
{
    subject s;
    eh_error err = { 0 };
    eh_thing_spec chosen = { 0 };
    open_subject(&s, file);
    s.network = network;
    build_as_golden(&s, model, true);
    if (eh_thing_parse(&chosen, "optimiser", optim, "test", s.arena, &err) != EH_OK ||
        eh_gradients(s.graph, s.loss, s.variable, s.count, s.gradient, &err) != EH_OK)
        fail_msg("%s", err.message);
    const eh_optim *o = (const eh_optim *)chosen.entry;
    eh_tensor **target = eh_arena_alloc(s.arena, s.count + MOST_EFFECTS, sizeof *target);
    size_t targets = 0;
    target[targets++] = s.loss;
    for (size_t i = 0; i < s.count; i++)
        target[targets++] = o->update(s.graph, chosen.opts, s.variable[i], s.gradient[i], s.lr, s.step,
                                      s.momentum, eh_tensor_shape(s.variable[i]).rank > 1);
    if (eh_graph_check(s.graph, &err) != EH_OK)
        fail_msg("%s", err.message);
    eh_plan *plan = compile(&s, target, targets, backend, precision);
    write_inputs(&s, plan);
    const json_t *expected = json_object_get(s.golden, key);
    float rate = (float)lr, momentum = o->momentum ? (float)o->momentum(chosen.opts) : 0.0f;
    assert_int_equal(eh_plan_write(plan, s.lr, &rate, NULL), EH_OK);
    assert_int_equal(eh_plan_write(plan, s.momentum, &momentum, NULL), EH_OK);
    for (int step = 1; step <= 3; step++) {
        float number = (float)step;
        double loss = 0, wanted = at(json_object_get(expected, "losses"), (size_t)step - 1);
        assert_int_equal(eh_plan_write(plan, s.step, &number, NULL), EH_OK);
        run(plan);
        assert_int_equal(eh_plan_read_f64(plan, s.loss, &loss, NULL), EH_OK);
        expect_near("loss", key, loss, wanted, tolerance * wanted);
    }
    expect_variables(&s, EH_TRAINABLE, json_object_get(expected, "variable"), tolerance);
    eh_plan_free(plan);
    close_subject(&s);
}

void golden_check_steps(const char *file, const char *model, const char *key, const char *optim, double lr,
                        const char *backend, eh_precision precision, double tolerance)
{
    check_steps(file, NULL, model, key, optim, lr, backend, precision, tolerance);
}

void golden_check_network_steps(const golden_network *network, const char *key, const char *optim, double lr,
                                const char *backend, eh_precision precision, double tolerance)
{
    check_steps(network->file, network, network->file, key, optim, lr, backend, precision, tolerance);
}

void golden_check_parameters(const char *model, int64_t side, int64_t classes, int64_t expected)
{
    subject s = { .arena = eh_arena_new() };
    assert_int_equal(eh_params_new(&s.params, 1, NULL), EH_OK);
    build(&s, model, true, 2, 3, side, classes);
    assert_int_equal(eh_params_elements(s.params, EH_TRAINABLE), expected);
    close_subject(&s);
}

void golden_check_names(const char *model, int64_t classes, unsigned roles, const char *const *name,
                        size_t count)
{
    subject s = { .arena = eh_arena_new() };
    assert_int_equal(eh_params_new(&s.params, 1, NULL), EH_OK);
    build(&s, model, true, 2, 3, 64, classes);
    size_t seen = 0;
    for (size_t i = 0; i < eh_params_count(s.params); i++) {
        eh_param_info info = eh_params_info(s.params, i);
        if (!(roles & 1u << info.role))
            continue;
        assert_true(seen < count);
        assert_string_equal(info.name, name[seen]);
        seen++;
    }
    assert_int_equal(seen, count);
    close_subject(&s);
}
