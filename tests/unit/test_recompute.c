/* Gradient checkpointing: the same gradients, running statistics and draws, in less memory. */
#include "base/config.h"
#include "evenhand/memory.h"
#include "evenhand/model.h"
#include "evenhand/params.h"
#include "evenhand/plan.h"
#include "nn/layer.h"
#include "support/golden.h"
#include "tensor/ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

enum { BATCH = 6, SIDE = 32, CLASSES = 4, MOST = 1000 };

extern const eh_model eh_model_resnet18, eh_model_resnet20;

/* A training step: the loss, every gradient, and the effects. */
typedef struct step {
    eh_params *params;
    eh_graph *g;
    eh_plan *plan;
    eh_tensor *target[MOST];
    size_t targets, values; /* the first `values` targets can be read */
    eh_plan_stats stats;
} step;

typedef eh_tensor *(*network)(eh_build *b, eh_tensor *images);

static void check(eh_status status, const eh_error *err)
{
    if (status != EH_OK)
        fail_msg("%s", err->message);
}

static eh_tensor *resnet18(eh_build *b, eh_tensor *images)
{
    return eh_layer_linear(b, "fc", eh_model_resnet18.features(b, NULL, images).vector, CLASSES, true);
}

static eh_tensor *resnet20(eh_build *b, eh_tensor *images)
{
    return eh_layer_linear(b, "linear", eh_model_resnet20.features(b, NULL, images).vector, CLASSES, true);
}

/* Two blocks with draws, one in the other, an inner value that is read outside, and a transposed way back. */
static eh_tensor *odd_network(eh_build *b, eh_tensor *images)
{
    eh_graph *g = b->graph;
    eh_conv_spec wide = { .out = 12, .kernel = 3, .pad = 1 };
    eh_tensor *number = eh_full(g, eh_shape_of(0), 3);
    eh_block_begin(g);
    eh_tensor *x = eh_silu(g, eh_layer_batch_norm(b, "bn1", eh_layer_conv2d(b, "conv1", images, wide)));
    eh_tensor *inner = eh_layer_conv2d(b, "conv2", eh_dropout(g, x, 0.3, number), wide);
    eh_block_begin(g);
    x = eh_add(g, eh_tanh(g, inner), eh_drop_path(g, x, 0.4, number));
    eh_block_end(g);
    x = eh_max_pool2d(g, x, (eh_pool2d_opts){ .kernel = { 2, 2 } });
    eh_block_end(g);
    eh_block_begin(g);
    eh_tensor *y = eh_gelu(g, eh_layer_conv2d(b, "conv3", x, wide));
    y = eh_mul(g, eh_resize2d(g, y, SIDE, SIDE, EH_INTERPOLATE_BILINEAR), inner);
    y = eh_concat(g, (eh_tensor *[]){ y, inner }, 2, 1);
    eh_block_end(g);
    return eh_layer_linear(b, "fc", eh_global_avg_pool(g, eh_square(g, y)), CLASSES, true);
}

/* The gradient of the squared length of the loss's gradient in the images is added: a second derivative through the blocks. */
static step make_step(network build, bool recompute, bool penalty, const char *backend)
{
    step s = { 0 };
    eh_error err = { 0 };
    eh_tensor *wrt[MOST], *grad[MOST];
    size_t count = 0;
    check(eh_params_new(&s.params, 5, &err), &err);
    check(eh_graph_new(&s.g, s.params, &err), &err);
    eh_graph_recompute(s.g, recompute);
    eh_build b = { .graph = s.g, .training = true };
    eh_tensor *images = eh_input(s.g, "images", eh_shape_of(4, BATCH, 3, SIDE, SIDE), EH_F32);
    eh_tensor *labels = eh_input(s.g, "labels", eh_shape_of(1, BATCH), EH_I32);
    eh_tensor *loss = eh_mean(s.g, eh_cross_entropy(s.g, build(&b, images), labels, 0), 0, false);
    check(eh_graph_check(s.g, &err), &err);
    if (eh_exposed(s.g, "own"))
        loss = eh_add(s.g, loss, eh_mean(s.g, eh_exposed(s.g, "own"), 0, false));
    if (penalty) {
        check(eh_gradients(s.g, loss, &images, 1, grad, &err), &err);
        loss = eh_add(s.g, loss, eh_sum(s.g, eh_square(s.g, grad[0]), 0, false));
    }
    for (size_t i = 0; i < eh_params_count(s.params); i++)
        if (eh_params_info(s.params, i).role == EH_TRAINABLE)
            wrt[count++] = s.g->variable[i];
    check(eh_gradients(s.g, loss, wrt, count, grad, &err), &err);
    s.target[s.targets++] = loss;
    for (size_t i = 0; i < count; i++)
        if (grad[i])
            s.target[s.targets++] = grad[i];
    s.values = s.targets;
    s.targets += eh_graph_effects(s.g, s.target + s.targets, MOST - s.targets);
    eh_plan_opts opts = { .backend = backend,
                          .precision = strcmp(backend, "ref") == 0 ? EH_PRECISION_F64 : EH_PRECISION_F32 };
    check(eh_plan_new(&s.plan, s.g, s.target, s.targets, &opts, &err), &err);
    s.stats = eh_plan_get_stats(s.plan);

    static float pixel[BATCH * 3 * SIDE * SIDE];
    for (uint64_t i = 0; i < sizeof pixel / sizeof *pixel; i++)
        pixel[i] = (float)golden_value("images", i);
    check(eh_plan_write(s.plan, images, pixel, &err), &err);
    check(eh_plan_write(s.plan, labels, (const int32_t[BATCH]){ 0, 1, 2, 3, 2, 0 }, &err), &err);
    check(eh_plan_run(s.plan, &err), &err);
    return s;
}

static void end_step(step *s)
{
    eh_plan_free(s->plan);
    eh_graph_free(s->g);
    eh_params_free(s->params);
}

/* tolerance 0: the same bits. */
static void expect_same(const void *a, const void *b, size_t n, double tolerance)
{
    const double *x = a, *y = b;
    for (size_t i = 0; i < n && tolerance > 0; i++)
        if (!(fabs(x[i] - y[i]) <= tolerance * (1 + fabs(x[i]))))
            fail_msg("element %zu is %.15g, without recomputing %.15g", i, y[i], x[i]);
    if (!(tolerance > 0))
        assert_memory_equal(x, y, n * sizeof *x);
}

static void expect_same_values(const step *a, const step *b, double tolerance)
{
    assert_int_equal(a->values, b->values);
    for (size_t i = 0; i < a->values; i++) {
        size_t n = (size_t)eh_shape_elements(a->target[i]->shape);
        double *x = eh_alloc(n, sizeof *x), *y = eh_alloc(n, sizeof *y);
        assert_int_equal(eh_plan_read_f64(a->plan, a->target[i], x, NULL), EH_OK);
        assert_int_equal(eh_plan_read_f64(b->plan, b->target[i], y, NULL), EH_OK);
        expect_same(x, y, n, tolerance);
        eh_free(x);
        eh_free(y);
    }
    for (size_t i = 0; i < eh_params_count(a->params); i++) { /* running statistics */
        size_t n = (size_t)eh_shape_elements(eh_params_info(a->params, i).shape);
        float *x = eh_alloc(n, sizeof *x), *y = eh_alloc(n, sizeof *y);
        assert_int_equal(eh_params_read(a->params, i, x, NULL), EH_OK);
        assert_int_equal(eh_params_read(b->params, i, y, NULL), EH_OK);
        assert_memory_equal(x, y, n * sizeof *x);
        eh_free(x);
        eh_free(y);
    }
}

/* Returns the part of the memory that recomputing needs. */
static double compare(network build, bool penalty, const char *backend, double tolerance)
{
    step kept = make_step(build, false, penalty, backend), again = make_step(build, true, penalty, backend);
    assert_true(again.stats.steps > kept.stats.steps);
    expect_same_values(&kept, &again, tolerance);
    double part = (double)again.stats.arena_bytes / (double)kept.stats.arena_bytes;
    end_step(&kept);
    end_step(&again);
    return part;
}

static void gradients_are_the_same_to_the_last_bit_in_less_memory(void **state)
{
    (void)state;
    double small = compare(resnet20, false, "cpu", 0), large = compare(resnet18, false, "cpu", 0);
    print_message("memory: %.2f of resnet20's, %.2f of resnet18's\n", small, large);
    assert_true(small < 0.7 && large < 1);
}

static const char *const models[] = { "standard-cnn:width=4,hidden=16",
                                      "vgg-resnet:blocks=1,width=4",
                                      "vgg-resnet:blocks=2,width=8,transformer=true",
                                      "efficientnetv2",
                                      "hourglass:width=12",
                                      "unet:width=4,depth=2",
                                      "dbvae:width=4,hidden=16" };
static size_t model; /* which one `listed` builds */

static eh_tensor *listed(eh_build *b, eh_tensor *images)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec = { 0 };
    eh_error err = { 0 };
    check(eh_thing_parse(&spec, "model", models[model], "test", arena, &err), &err);
    const eh_model *m = (const eh_model *)spec.entry;
    b->step = eh_full(b->graph, eh_shape_of(0), 3);
    eh_features f = m->features(b, spec.opts, images);
    if (f.own_loss) /* a decoder's variables count too */
        eh_expose(b->graph, "own", f.own_loss);
    eh_tensor *vector = f.vector ? f.vector : eh_global_avg_pool(b->graph, f.map);
    eh_arena_free(arena);
    return eh_layer_linear(b, "the_head", vector, CLASSES, true);
}

static void every_model_has_blocks_and_the_same_gradients(void **state)
{
    (void)state;
    for (model = 0; model < sizeof models / sizeof *models; model++)
        print_message("memory: %.2f of %s\n", compare(listed, false, "cpu", 0), models[model]);
}

static void draws_inner_readers_and_nested_blocks_are_the_same(void **state)
{
    (void)state;
    compare(odd_network, false, "cpu", 0);
    compare(odd_network, false, "ref", 0);
}

static void second_derivatives_pass_through_blocks(void **state)
{
    (void)state;
    compare(odd_network, true, "ref", 1e-12); /* the sums of the second walk have another order */
}

static void without_blocks_nothing_changes(void **state)
{
    (void)state;
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_tensor *x, *dx;
    assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, NULL), EH_OK);
    eh_graph_recompute(g, true);
    x = eh_input(g, "x", eh_shape_of(1, 3), EH_F32);
    eh_tensor *loss = eh_sum(g, eh_exp(g, x), 0, false);
    size_t before = g->nodes;
    assert_int_equal(eh_gradients(g, loss, &x, 1, &dx, NULL), EH_OK);
    for (size_t n = before; n < g->nodes; n++)
        assert_ptr_not_equal(g->node[n]->op, &eh_op_exp);
    eh_graph_free(g);
    eh_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_the_same_to_the_last_bit_in_less_memory),
        cmocka_unit_test(every_model_has_blocks_and_the_same_gradients),
        cmocka_unit_test(draws_inner_readers_and_nested_blocks_are_the_same),
        cmocka_unit_test(second_derivatives_pass_through_blocks),
        cmocka_unit_test(without_blocks_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
