/* test_torch_network.c - a small residual network trained three steps with each optimiser, against PyTorch's numbers: first gradients, losses,
 * parameters and running statistics at the end, and the logits in inference. tests/tools/make_engine_goldens.py holds the same network. */
#include "support/engine_expect.h"
#include "support/engine_golden.h"

#include <string.h>

enum { BATCH = 4, STEPS = 3, MOST_WEIGHTS = 32 };

static const double tolerance = 1e-11;

static eh_tensor *conv(eh_graph *g, const char *name, eh_tensor *x, eh_shape shape, eh_conv2d_opts opts,
                       bool bias)
{
    eh_tensor *w, *b = NULL;
    eh_scope_push(g, "%s", name);
    w = eh_variable(g, "weight", shape, EH_TRAINABLE, (eh_init){ 0 });
    if (bias)
        b = eh_variable(g, "bias", eh_shape_of(1, shape.dim[0]), EH_TRAINABLE, (eh_init){ 0 });
    eh_scope_pop(g);
    return eh_conv2d(g, x, w, b, opts);
}

static eh_tensor *norm(eh_graph *g, const char *name, eh_tensor *x, bool training)
{
    eh_shape channels = eh_shape_of(1, x->shape.dim[1]);
    eh_tensor *scale, *shift, *mean, *var;
    eh_scope_push(g, "%s", name);
    scale = eh_variable(g, "weight", channels, EH_TRAINABLE, (eh_init){ .a = 1 });
    shift = eh_variable(g, "bias", channels, EH_TRAINABLE, (eh_init){ 0 });
    mean = eh_variable(g, "running_mean", channels, EH_BUFFER, (eh_init){ 0 });
    var = eh_variable(g, "running_var", channels, EH_BUFFER, (eh_init){ .a = 1 });
    eh_scope_pop(g);
    return training ? eh_batch_norm(g, x, scale, shift, mean, var, 0.1, 1e-5)
                    : eh_batch_norm_fixed(g, x, scale, shift, mean, var, 1e-5);
}

static eh_tensor *network(eh_graph *g, eh_tensor *x, bool training)
{
    const eh_conv2d_opts same = { .pad = { 1, 1 } }, half = { .pad = { 1, 1 }, .stride = { 2, 2 } };
    eh_tensor *y, *z, *shortcut, *w, *b;
    y = eh_relu(g, norm(g, "bn1", conv(g, "conv1", x, eh_shape_of(4, 4, 2, 3, 3), same, false), training));
    y = eh_max_pool2d(g, y, (eh_pool2d_opts){ .kernel = { 3, 3 }, .stride = { 1, 1 }, .pad = { 1, 1 } });
    z = eh_relu(g, norm(g, "bn2", conv(g, "conv2", y, eh_shape_of(4, 6, 4, 3, 3), half, false), training));
    z = norm(g, "bn3", conv(g, "conv3", z, eh_shape_of(4, 6, 6, 3, 3), same, false), training);
    shortcut =
        conv(g, "shortcut", y, eh_shape_of(4, 6, 4, 1, 1), (eh_conv2d_opts){ .stride = { 2, 2 } }, true);
    z = eh_global_avg_pool(g, eh_relu(g, eh_add(g, z, shortcut)));
    eh_scope_push(g, "fc");
    w = eh_variable(g, "weight", eh_shape_of(2, 3, 6), EH_TRAINABLE, (eh_init){ 0 });
    b = eh_variable(g, "bias", eh_shape_of(1, 3), EH_TRAINABLE, (eh_init){ 0 });
    eh_scope_pop(g);
    return eh_linear(g, z, w, b);
}

/* A model with PyTorch's first weights, its training graph, and its targets. */
typedef struct trial {
    engine_fixture f;
    eh_tensor *x, *labels, *lr, *scalar, *loss;
    eh_tensor *weight[MOST_WEIGHTS], *grad[MOST_WEIGHTS];
    size_t weights;
} trial;

static void check(eh_status status, const eh_error *err)
{
    if (status != EH_OK)
        fail_msg("%s", err->message);
}

static trial begin(const json_t *golden)
{
    trial t = { .f = engine_begin() };
    eh_graph *g = t.f.g;
    eh_error err = { 0 };
    const char *name;
    json_t *tensor;
    t.x = eh_input(g, "x", eh_shape_of(4, BATCH, 2, 6, 5), EH_F32);
    t.labels = eh_input(g, "labels", eh_shape_of(1, BATCH), EH_I32);
    t.lr = eh_input(g, "lr", eh_shape_of(0), EH_F32);
    t.scalar = eh_input(g, "momentum or step", eh_shape_of(0), EH_F32);
    t.loss = eh_mean(g, eh_cross_entropy(g, network(g, t.x, true), t.labels, 0), 0, false);
    check(eh_graph_check(g, &err), &err);
    json_object_foreach(json_object_get(golden, "start"), name, tensor)
    {
        eh_shape shape = { 0 };
        size_t count = 0;
        double *value = engine_golden_values(tensor, &shape, &count);
        int64_t index = eh_params_find(t.f.params, name);
        float *single = eh_alloc(count, sizeof *single);
        assert_true(index >= 0);
        assert_true(t.weights < MOST_WEIGHTS);
        for (size_t i = 0; i < count; i++)
            single[i] = (float)value[i];
        check(eh_params_write(t.f.params, (size_t)index, single, &err), &err);
        t.weight[t.weights++] = g->variable[index];
        eh_free(single);
        eh_free(value);
    }
    assert_int_equal(eh_params_elements(t.f.params, EH_TRAINABLE),
                     4 * 2 * 9 + 6 * 4 * 9 + 6 * 6 * 9 + 6 + 6 * 4 + 2 * (4 + 6 + 6) + 3 * 6 + 3);
    check(eh_gradients(g, t.loss, t.weight, t.weights, t.grad, &err), &err);
    return t;
}

static eh_plan *plan_of(eh_graph *g, eh_tensor *const *targets, size_t count)
{
    eh_plan *plan = NULL;
    eh_error err = { 0 };
    check(eh_plan_new(&plan, g, targets, count,
                      &(eh_plan_opts){ .backend = "ref", .precision = EH_PRECISION_F64 }, &err),
          &err);
    return plan;
}

static void write_batch(eh_plan *plan, const trial *t, const json_t *golden)
{
    eh_shape shape = { 0 };
    size_t count = 0;
    double *x = engine_golden_values(json_object_get(golden, "x"), &shape, &count);
    int32_t label[BATCH];
    for (size_t i = 0; i < BATCH; i++)
        label[i] = (int32_t)json_integer_value(json_array_get(json_object_get(golden, "labels"), i));
    assert_int_equal(eh_plan_write_f64(plan, t->x, x, NULL), EH_OK);
    assert_int_equal(eh_plan_write(plan, t->labels, label, NULL), EH_OK);
    eh_free(x);
}

static void read_and_compare(eh_plan *plan, eh_tensor *t, const char *what, const json_t *tensor)
{
    double *value = eh_alloc((size_t)eh_shape_elements(t->shape), sizeof *value);
    assert_non_null(tensor);
    assert_int_equal(json_array_size(json_object_get(tensor, "values")), eh_shape_elements(t->shape));
    assert_int_equal(eh_plan_read_f64(plan, t, value, NULL), EH_OK);
    engine_golden_compare(what, value, tensor, tolerance);
    eh_free(value);
}

static void first_gradients_agree_with_pytorch(void **state)
{
    json_t *golden = engine_golden_open("torch_network.json");
    trial t = begin(golden);
    eh_error err = { 0 };
    eh_plan *plan = plan_of(t.f.g, t.grad, t.weights);
    (void)state;
    write_batch(plan, &t, golden);
    check(eh_plan_run(plan, &err), &err);
    for (size_t i = 0; i < t.weights; i++)
        read_and_compare(plan, t.grad[i], t.weight[i]->name,
                         json_object_get(json_object_get(golden, "gradients"), t.weight[i]->name));
    eh_plan_free(plan);
    engine_end(&t.f);
    json_decref(golden);
}

static eh_tensor *update(const trial *t, size_t i, const char *optimiser)
{
    bool adamw = strcmp(optimiser, "adamw") == 0;
    if (adamw || strcmp(optimiser, "adam") == 0)
        return eh_adam_update(t->f.g, t->weight[i], t->grad[i], t->lr, t->scalar,
                              (eh_adam_opts){ .beta1 = 0.9,
                                              .beta2 = 0.99,
                                              .epsilon = 1e-8,
                                              .weight_decay = adamw ? 0.1 : 0.01,
                                              .decoupled = adamw });
    return eh_sgd_update(t->f.g, t->weight[i], t->grad[i], t->lr, t->scalar,
                         (eh_sgd_opts){ .weight_decay = 0.01,
                                        .nesterov = strcmp(optimiser, "nesterov") == 0 });
}

/* Everything that PyTorch's state holds after the last step, then the logits in inference. */
static void compare_end(const trial *t, const json_t *golden, const json_t *run)
{
    eh_error err = { 0 };
    const char *name;
    json_t *tensor;
    eh_tensor *logits = network(t->f.g, t->x, false);
    eh_plan *plan = plan_of(t->f.g, &logits, 1);
    write_batch(plan, t, golden);
    check(eh_plan_run(plan, &err), &err);
    read_and_compare(plan, logits, "logits", json_object_get(run, "logits"));
    eh_plan_free(plan);
    json_object_foreach(json_object_get(run, "end"), name, tensor)
    {
        int64_t index = eh_params_find(t->f.params, name);
        assert_true(index >= 0);
        plan = plan_of(t->f.g, &t->f.g->variable[index], 1);
        check(eh_plan_run(plan, &err), &err);
        read_and_compare(plan, t->f.g->variable[index], name, tensor);
        eh_plan_free(plan);
    }
}

static void check_run(const json_t *golden, const json_t *run)
{
    trial t = begin(golden);
    eh_error err = { 0 };
    const char *optimiser = json_string_value(json_object_get(run, "optimiser"));
    bool adam = strncmp(optimiser, "adam", 4) == 0;
    eh_tensor *target[MOST_WEIGHTS + 8] = { t.loss };
    size_t targets = 1;
    eh_plan *plan = NULL;
    for (size_t i = 0; i < t.weights; i++)
        target[targets++] = update(&t, i, optimiser);
    targets += eh_graph_effects(t.f.g, target + targets, 7);
    plan = plan_of(t.f.g, target, targets);
    write_batch(plan, &t, golden);
    check(eh_plan_write_f64(plan, t.lr, &(double){ adam ? 0.01 : 0.05 }, &err), &err);
    for (int i = 0; i < STEPS; i++) {
        double loss = 0,
               expected = json_number_value(json_array_get(json_object_get(run, "losses"), (size_t)i));
        check(eh_plan_write_f64(plan, t.scalar, &(double){ adam ? i + 1 : 0.9 }, &err), &err);
        check(eh_plan_run(plan, &err), &err);
        check(eh_plan_read_f64(plan, t.loss, &loss, &err), &err);
        if (!(loss - expected < tolerance && expected - loss < tolerance))
            fail_msg("%s: the loss of step %d is %.15g, expected %.15g", optimiser, i + 1, loss, expected);
    }
    eh_plan_free(plan);
    compare_end(&t, golden, run);
    engine_end(&t.f);
}

static void three_steps_of_every_optimiser_agree_with_pytorch(void **state)
{
    json_t *golden = engine_golden_open("torch_network.json");
    const json_t *runs = json_object_get(golden, "runs");
    (void)state;
    assert_int_equal(json_array_size(runs), 4);
    for (size_t i = 0; i < json_array_size(runs); i++)
        check_run(golden, json_array_get(runs, i));
    json_decref(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_gradients_agree_with_pytorch),
        cmocka_unit_test(three_steps_of_every_optimiser_agree_with_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
