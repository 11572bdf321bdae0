/* backend training: three steps of a small residual network on the cpu backend follow the reference backend in f64; in bf16 all weights together move
 * the way that they do there, to within a tenth of it, and the same bits come out of every run. */
#include "backend/cpu/cpu.h"
#include "base/rng.h"
#include "evenhand/plan.h"
#include "tensor/ops.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MOST 48

typedef struct trial {
    eh_params *params;
    eh_graph *g;
    eh_tensor *images, *labels, *target[MOST];
    size_t targets;
} trial;

enum { BATCH = 8, SIDE = 12, CLASSES = 4 };

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

static void target(trial *t, eh_tensor *y)
{
    assert_non_null(y);
    t->target[t->targets++] = y;
}

static void write_inputs(eh_plan *plan, const trial *t)
{
    static float images[BATCH * 3 * SIDE * SIDE];
    int32_t labels[BATCH];
    eh_error err = { 0 };
    eh_rng rng = eh_rng_at(11, EH_DRAW_TEST, 0, 0);
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
        images[i] = (float)eh_rng_normal(&rng);
    for (size_t i = 0; i < BATCH; i++)
        labels[i] = (int32_t)eh_rng_below(&rng, CLASSES);
    assert_int_equal(eh_plan_write(plan, t->images, images, &err), EH_OK);
    assert_int_equal(eh_plan_write(plan, t->labels, labels, &err), EH_OK);
}

static eh_tensor *unit(trial *t, eh_tensor *x, const char *name, int from, int to, int stride)
{
    eh_scope_push(t->g, "%s", name);
    eh_init one = { .kind = EH_INIT_CONSTANT, .a = 1 }, nought = { .kind = EH_INIT_CONSTANT };
    eh_shape c = eh_shape_of(1, (int64_t)to);
    eh_tensor *w =
        eh_variable(t->g, "weight", eh_shape_of(4, (int64_t)to, (int64_t)from, (int64_t)3, (int64_t)3),
                    EH_TRAINABLE,
                    (eh_init){ .kind = EH_INIT_KAIMING_NORMAL, .a = 1.41421356, .fan_out = true });
    x = eh_conv2d(t->g, x, w, NULL, (eh_conv2d_opts){ .stride = { stride, stride }, .pad = { 1, 1 } });
    x = eh_batch_norm(t->g, x, eh_variable(t->g, "scale", c, EH_TRAINABLE, one),
                      eh_variable(t->g, "shift", c, EH_TRAINABLE, nought),
                      eh_variable(t->g, "running_mean", c, EH_BUFFER, nought),
                      eh_variable(t->g, "running_var", c, EH_BUFFER, one), 0.1, 1e-5);
    eh_scope_pop(t->g);
    return x;
}

/* A small residual network trained by `optimiser`; targets: the loss and all effects. */
static void network(trial *t, int channels, bool adam)
{
    eh_error err = { 0 };
    eh_tensor *wrt[MOST], *grad[MOST];
    size_t count = 0;
    eh_tensor *x = t->images =
        eh_input(t->g, "images", eh_shape_of(4, (int64_t)BATCH, (int64_t)3, (int64_t)SIDE, (int64_t)SIDE),
                 EH_F32);
    eh_tensor *y = t->labels = eh_input(t->g, "labels", eh_shape_of(1, (int64_t)BATCH), EH_I32);
    x = eh_relu(t->g, unit(t, x, "stem", 3, channels, 1));
    x = eh_max_pool2d(t->g, x, (eh_pool2d_opts){ .kernel = { 2, 2 } });
    x = eh_relu(t->g, eh_add(t->g,
                             unit(t, eh_relu(t->g, unit(t, x, "a", channels, channels, 1)), "b", channels,
                                  channels, 1),
                             x));
    x = eh_relu(t->g, eh_add(t->g, unit(t, x, "c", channels, 2 * channels, 2),
                             unit(t, x, "d", channels, 2 * channels, 2)));
    x = eh_global_avg_pool(t->g, x);
    x = eh_linear(t->g, x,
                  eh_variable(t->g, "head", eh_shape_of(2, (int64_t)4, (int64_t)(2 * channels)), EH_TRAINABLE,
                              (eh_init){ .kind = EH_INIT_NORMAL, .a = 0.3 }),
                  NULL);
    eh_tensor *loss = eh_mean(t->g, eh_cross_entropy(t->g, x, y, 0), 0, false);
    for (size_t i = 0; i < t->g->nodes; i++) {
        const eh_node *node = t->g->node[i];
        if (node->op == &eh_op_variable &&
            eh_params_info(t->params, ((const eh_attr_variable *)node->attr)->index).role == EH_TRAINABLE)
            wrt[count++] = node->output[0];
    }
    if (eh_gradients(t->g, loss, wrt, count, grad, &err) != EH_OK)
        fail_msg("%s", err.message);
    eh_tensor *lr = eh_full(t->g, eh_shape_of(0), adam ? 0.01 : 0.05),
              *momentum = eh_full(t->g, eh_shape_of(0), 0.9);
    eh_tensor *step = eh_variable(t->g, "step", eh_shape_of(0), EH_OPTIMIZER,
                                  (eh_init){ .kind = EH_INIT_CONSTANT, .a = 1 });
    target(t, loss);
    for (size_t i = 0; i < count; i++)
        target(t, adam ? eh_adam_update(t->g, wrt[i], grad[i], lr, step,
                                        (eh_adam_opts){ 0.9, 0.999, 1e-3, 0, false })
                       : eh_sgd_update(t->g, wrt[i], grad[i], lr, momentum, (eh_sgd_opts){ 1e-4, false }));
    target(t, eh_assign(t->g, step, eh_affine(t->g, step, 1, 1)));
    t->targets += eh_graph_effects(t->g, t->target + t->targets, MOST - t->targets);
}

static void train(trial *t, const eh_plan_opts *opts, int channels, bool adam, double loss[3])
{
    eh_error err = { 0 };
    eh_plan *plan = NULL;
    start(t);
    network(t, channels, adam);
    if (eh_plan_new(&plan, t->g, t->target, t->targets, opts, &err) != EH_OK)
        fail_msg("%s", err.message);
    write_inputs(plan, t);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(eh_plan_run(plan, &err), EH_OK);
        assert_int_equal(eh_plan_read_f64(plan, t->target[0], &loss[i], &err), EH_OK);
    }
    eh_plan_free(plan);
}

static void three_steps(const eh_plan_opts *opts, int channels, bool adam)
{
    static const eh_plan_opts ref = { .backend = "ref", .precision = EH_PRECISION_F64 };
    eh_error err = { 0 };
    trial a, b;
    double loss_a[3], loss_b[3];
    train(&a, &ref, channels, adam, loss_a);
    train(&b, opts, channels, adam, loss_b);
    for (int i = 0; i < 3; i++)
        assert_true(fabs(loss_a[i] - loss_b[i]) < 1e-3 * fmax(1e-3, fabs(loss_a[i])));
    assert_true(loss_a[2] < loss_a[0]);
    for (size_t i = 0; i < eh_params_count(a.params); i++) {
        size_t count = (size_t)eh_shape_elements(eh_params_info(a.params, i).shape);
        float *want = eh_alloc(count, sizeof *want), *got = eh_alloc(count, sizeof *got);
        assert_int_equal(eh_params_read(a.params, i, want, &err), EH_OK);
        assert_int_equal(eh_params_read(b.params, i, got, &err), EH_OK);
        double worst = 0, largest = 1e-2;
        for (size_t k = 0; k < count; k++) {
            worst = fmax(worst, fabs((double)(got[k] - want[k])));
            largest = fmax(largest, fabs((double)want[k]));
        }
        if (!(worst <= 5e-3 * largest))
            fail_msg("after three steps %s differs by %.3g of %.3g", eh_params_info(a.params, i).name, worst,
                     largest);
        eh_free(want);
        eh_free(got);
    }
    stop(&a);
    stop(&b);
}

/* Adds the squares of the movement of all trainable weights, and of its difference from the reference's. */
static void add_movement(const trial *a, const trial *b, const trial *start_of_all, double *moved,
                         double *apart)
{
    eh_error err = { 0 };
    for (size_t i = 0; i < eh_params_count(a->params); i++) {
        eh_param_info info = eh_params_info(a->params, i);
        size_t count = (size_t)eh_shape_elements(info.shape);
        if (info.role != EH_TRAINABLE)
            continue;
        float *want = eh_alloc(count, sizeof *want), *got = eh_alloc(count, sizeof *got),
              *from = eh_alloc(count, sizeof *from);
        assert_int_equal(eh_params_read(a->params, i, want, &err), EH_OK);
        assert_int_equal(eh_params_read(b->params, i, got, &err), EH_OK);
        assert_int_equal(eh_params_read(start_of_all->params, i, from, &err), EH_OK);
        for (size_t k = 0; k < count; k++) {
            *moved += (double)(want[k] - from[k]) * (double)(want[k] - from[k]);
            *apart += (double)(want[k] - got[k]) * (double)(want[k] - got[k]);
        }
        eh_free(want);
        eh_free(got);
        eh_free(from);
    }
}

static void three_steps_in_bf16_move_the_weights_the_same_way(void **state)
{
    static const eh_plan_opts ref = { .backend = "ref", .precision = EH_PRECISION_F64 };
    (void)state;
    if (eh_cpu_bf16() == EH_BF16_NONE)
        skip();
    for (int channels = 12; channels <= 16; channels += 4)
        for (int way = 0; way < 2; way++) {
            trial a, b, first;
            double loss_a[3], loss_b[3], moved = 0, apart = 0;
            train(&a, &ref, channels, false, loss_a);
            train(&b, &(eh_plan_opts){ .precision = EH_PRECISION_BF16, .no_fusion = way }, channels, false,
                  loss_b);
            start(&first);
            network(&first, channels, false);
            for (int i = 0; i < 3; i++)
                assert_true(fabs(loss_a[i] - loss_b[i]) < 0.03 * fabs(loss_a[0]));
            add_movement(&a, &b, &first, &moved, &apart);
            if (!(apart < 0.1 * 0.1 * moved))
                fail_msg("with %d channels the weights end %.3g of their way apart", channels,
                         sqrt(apart / moved));
            stop(&a);
            stop(&b);
            stop(&first);
        }
}

static void training_in_bf16_repeats_to_the_last_bit(void **state)
{
    eh_error err = { 0 };
    trial first;
    double loss[3];
    (void)state;
    if (eh_cpu_bf16() == EH_BF16_NONE)
        skip();
    train(&first, &(eh_plan_opts){ .precision = EH_PRECISION_BF16 }, 16, true, loss);
    for (int again = 0; again < 5; again++) {
        trial other;
        train(&other, &(eh_plan_opts){ .precision = EH_PRECISION_BF16 }, 16, true, loss);
        for (size_t i = 0; i < eh_params_count(first.params); i++) {
            size_t count = (size_t)eh_shape_elements(eh_params_info(first.params, i).shape);
            float *a = eh_alloc(count, sizeof *a), *b = eh_alloc(count, sizeof *b);
            assert_int_equal(eh_params_read(first.params, i, a, &err), EH_OK);
            assert_int_equal(eh_params_read(other.params, i, b, &err), EH_OK);
            assert_memory_equal(a, b, count * sizeof *a);
            eh_free(a);
            eh_free(b);
        }
        stop(&other);
    }
    stop(&first);
}

static void three_steps_of_training_follow_the_reference(void **state)
{
    (void)state;
    three_steps(&(eh_plan_opts){ .backend = "cpu" }, 16, false);
    three_steps(&(eh_plan_opts){ .backend = "cpu" }, 12, false);
    three_steps(&(eh_plan_opts){ .backend = "cpu" }, 16, true);
    three_steps(&(eh_plan_opts){ .backend = "cpu", .no_fusion = true }, 16, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_steps_of_training_follow_the_reference),
        cmocka_unit_test(three_steps_in_bf16_move_the_weights_the_same_way),
        cmocka_unit_test(training_in_bf16_repeats_to_the_last_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
