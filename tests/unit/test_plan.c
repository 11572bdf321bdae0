/* plan: order, memory, variables and limits of compiled graphs. */
#include "backend/cpu/cpu.h"
#include "backend/plan_steps.h"
#include "base/rng.h"
#include "base/threads.h"
#include "tensor/ops.h"
#include "tensor/params_store.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 64

/* A residual network with everything that a training step has. */
typedef struct network {
    eh_params *params;
    eh_graph *g;
    eh_tensor *images, *labels, *logits, *loss, *target[MOST];
    size_t targets;
} network;

enum { BATCH = 4, CLASSES = 3, SIDE = 12 };

static eh_init constant(double value)
{
    return (eh_init){ .kind = EH_INIT_CONSTANT, .a = value };
}

static eh_tensor *unit(network *n, eh_tensor *x, const char *name, int64_t from, int64_t to, int64_t stride,
                       bool training)
{
    eh_shape c = eh_shape_of(1, to);
    eh_scope_push(n->g, "%s", name);
    eh_tensor *w = eh_variable(n->g, "weight", eh_shape_of(4, to, from, (int64_t)3, (int64_t)3), EH_TRAINABLE,
                               (eh_init){ .kind = EH_INIT_KAIMING_NORMAL, .a = 1.4, .fan_out = true });
    eh_tensor *scale = eh_variable(n->g, "scale", c, EH_TRAINABLE, constant(1)),
              *shift = eh_variable(n->g, "shift", c, EH_TRAINABLE, constant(0));
    eh_tensor *mean = eh_variable(n->g, "mean", c, EH_BUFFER, constant(0)),
              *var = eh_variable(n->g, "var", c, EH_BUFFER, constant(1));
    x = eh_conv2d(n->g, x, w, NULL,
                  (eh_conv2d_opts){ .stride = { (int)stride, (int)stride }, .pad = { 1, 1 } });
    x = training ? eh_batch_norm(n->g, x, scale, shift, mean, var, 0.1, 1e-5)
                 : eh_batch_norm_fixed(n->g, x, scale, shift, mean, var, 1e-5);
    eh_scope_pop(n->g);
    return x;
}

/* Builds the network over `params` (made when NULL); in training the targets are loss, updates and effects, else the logits. */
static void build(network *n, eh_params *params, int64_t width, bool training)
{
    eh_error err = { 0 };
    *n = (network){ .params = params };
    if (!params)
        assert_int_equal(eh_params_new(&n->params, 3, &err), EH_OK);
    assert_int_equal(eh_graph_new(&n->g, n->params, &err), EH_OK);
    n->images = eh_input(n->g, "images",
                         eh_shape_of(4, (int64_t)BATCH, (int64_t)3, (int64_t)SIDE, (int64_t)SIDE), EH_F32);
    eh_tensor *x = eh_relu(n->g, unit(n, n->images, "stem", 3, width, 1, training)), *skip = x;
    x = eh_relu(n->g, unit(n, x, "a", width, width, 1, training));
    x = eh_relu(n->g, eh_add(n->g, unit(n, x, "b", width, width, 1, training), skip));
    x = eh_relu(n->g, eh_add(n->g, unit(n, x, "c", width, 2 * width, 2, training),
                             unit(n, x, "d", width, 2 * width, 2, training)));
    x = eh_global_avg_pool(n->g, x);
    eh_tensor *head = eh_variable(n->g, "head", eh_shape_of(2, (int64_t)CLASSES, 2 * width), EH_TRAINABLE,
                                  (eh_init){ .kind = EH_INIT_NORMAL, .a = 0.1 });
    n->logits = eh_linear(n->g, x, head, NULL);
    if (!training) {
        n->target[n->targets++] = n->logits;
        return;
    }
    eh_tensor *wrt[MOST], *grad[MOST];
    size_t count = 0;
    n->labels = eh_input(n->g, "labels", eh_shape_of(1, (int64_t)BATCH), EH_I32);
    n->loss = eh_mean(n->g, eh_cross_entropy(n->g, n->logits, n->labels, 0), 0, false);
    for (size_t i = 0; i < eh_params_count(n->params); i++)
        if (eh_params_info(n->params, i).role == EH_TRAINABLE)
            wrt[count++] = n->g->variable[i];
    assert_int_equal(eh_gradients(n->g, n->loss, wrt, count, grad, &err), EH_OK);
    eh_tensor *lr = eh_full(n->g, eh_shape_of(0), 0.01),
              *step = eh_variable(n->g, "step", eh_shape_of(0), EH_OPTIMIZER, constant(1));
    n->target[n->targets++] = n->loss;
    for (size_t i = 0; i < count; i++)
        n->target[n->targets++] =
            eh_adam_update(n->g, wrt[i], grad[i], lr, step, (eh_adam_opts){ 0.9, 0.999, 1e-8, 0, false });
    n->target[n->targets++] = eh_assign(n->g, step, eh_affine(n->g, step, 1, 1));
    n->targets += eh_graph_effects(n->g, n->target + n->targets, MOST - n->targets);
}

static void drop(network *n, bool with_params)
{
    eh_graph_free(n->g);
    if (with_params)
        eh_params_free(n->params);
}

static eh_plan *compile(network *n, const eh_plan_opts *opts)
{
    eh_error err = { 0 };
    eh_plan *plan = NULL;
    if (eh_plan_new(&plan, n->g, n->target, n->targets, opts, &err) != EH_OK)
        fail_msg("%s", err.message);
    return plan;
}

static void write_batch(const network *n, eh_plan *plan, uint64_t number)
{
    eh_error err = { 0 };
    static float images[BATCH * 3 * SIDE * SIDE];
    int32_t labels[BATCH];
    eh_rng rng = eh_rng_at(5, EH_DRAW_TEST, number, 0);
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
        images[i] = (float)eh_rng_normal(&rng);
    for (size_t i = 0; i < BATCH; i++)
        labels[i] = (int32_t)eh_rng_below(&rng, CLASSES);
    assert_int_equal(eh_plan_write(plan, n->images, images, &err), EH_OK);
    if (n->labels)
        assert_int_equal(eh_plan_write(plan, n->labels, labels, &err), EH_OK);
}

static void step(const network *n, eh_plan *plan, uint64_t number)
{
    eh_error err = { 0 };
    write_batch(n, plan, number);
    if (eh_plan_run(plan, &err) != EH_OK)
        fail_msg("%s", err.message);
}

static float loss_of(const network *n, eh_plan *plan)
{
    eh_error err = { 0 };
    float loss = NAN;
    assert_int_equal(eh_plan_read(plan, n->loss, &loss, &err), EH_OK);
    return loss;
}

/* ---- memory ---- */

static void a_thousand_steps_allocate_nothing(void **state)
{
    network n;
    (void)state;
    eh_threads_set(1); /* steps this small would mostly wait for each other */
    build(&n, NULL, 4, true);
    eh_plan *plan = compile(&n, NULL);
    step(&n, plan, 0);
    uint64_t allocations = eh_alloc_count(), live = eh_alloc_live_bytes();
    for (uint64_t i = 1; i <= 1000; i++) {
        step(&n, plan, i);
        assert_true(isfinite(loss_of(&n, plan)));
    }
    assert_int_equal(eh_alloc_count(), allocations);
    assert_int_equal(eh_alloc_live_bytes(), live);
    eh_plan_free(plan);
    eh_threads_set(0);
    drop(&n, true);
}

static void values_that_are_alive_together_never_overlap(void **state)
{
    static const int64_t widths[] = { 4, 12, 16, 32 };
    (void)state;
    for (int i = 0; i < 4; i++)
        for (int training = 0; training < 2; training++)
            for (int fusion = 0; fusion < 2; fusion++) {
                eh_error err = { 0 };
                network n;
                build(&n, NULL, widths[i], training);
                eh_plan *plan = compile(&n, &(eh_plan_opts){ .no_fusion = !fusion });
                if (eh_steps_check_placement(&plan->list, &err) != EH_OK)
                    fail_msg("width %d: %s", (int)widths[i], err.message);
                assert_true(plan->list.arena_bytes >= plan->list.live_bytes);
                assert_true(plan->list.arena_bytes <= plan->list.live_bytes + plan->list.live_bytes / 4);
                eh_plan_free(plan);
                drop(&n, true);
            }
}

static void the_placement_check_finds_an_overlap(void **state)
{
    eh_error err = { 0 };
    network n;
    (void)state;
    build(&n, NULL, 16, true);
    eh_plan *plan = compile(&n, NULL);
    for (size_t i = 0; i < plan->list.values; i++)
        plan->list.value[i]->offset = 0;
    assert_int_equal(eh_steps_check_placement(&plan->list, &err), EH_ERR_INTERNAL);
    eh_plan_free(plan);
    drop(&n, true);
}

static void sharing_memory_saves_most_of_it(void **state)
{
    network n;
    size_t sum = 0;
    (void)state;
    build(&n, NULL, 16, true);
    eh_plan *plan = compile(&n, NULL);
    for (size_t i = 0; i < plan->list.values; i++)
        if (plan->list.value[i]->kind == EH_VALUE_COMPUTED)
            sum += plan->list.value[i]->value.bytes;
    for (size_t i = 0; i < plan->list.count; i++)
        sum += plan->list.step[i]->scratch_bytes;
    assert_true(plan->list.arena_bytes * 3 < sum * 2);
    eh_plan_free(plan);
    drop(&n, true);
}

static void a_memory_limit_names_the_largest_tensors(void **state)
{
    eh_error err = { 0 };
    network n;
    eh_plan *plan = NULL;
    (void)state;
    build(&n, NULL, 16, true);
    assert_int_equal(eh_plan_new(&plan, n.g, n.target, n.targets, &(eh_plan_opts){ .max_memory = 20000 },
                                 &err),
                     EH_ERR_MEMORY);
    assert_null(plan);
    assert_non_null(strstr(err.message, "the limit of 0.0 MiB"));
    assert_non_null(strstr(err.message, "conv2d of \"stem\" [4, 16, 12, 12]"));
    assert_non_null(strstr(err.message, "make the batch smaller"));
    drop(&n, true);
}

/* A bf16 plan reads copies of the weights, and keeps them; they must follow the store. */
static void kept_copies_of_weights_follow_them(void **state)
{
    network n = { 0 };
    float before[BATCH * CLASSES], after[BATCH * CLASSES], fresh[BATCH * CLASSES];
    (void)state;
    if (eh_cpu_bf16() == EH_BF16_NONE)
        skip();
    build(&n, NULL, 16, false);
    const eh_plan_opts opts = { .precision = EH_PRECISION_BF16 };
    eh_plan *plan = compile(&n, &opts);
    int64_t head = eh_params_find(n.params, "head");
    size_t count = (size_t)eh_shape_elements(eh_params_info(n.params, (size_t)head).shape);
    float *weights = eh_alloc(count, sizeof *weights);
    step(&n, plan, 1);
    assert_int_equal(eh_plan_read(plan, n.logits, before, NULL), EH_OK);
    assert_int_equal(eh_params_read(n.params, (size_t)head, weights, NULL), EH_OK);
    for (size_t i = 0; i < count; i++)
        weights[i] = weights[i] * 2 + 0.5f;
    assert_int_equal(eh_params_write(n.params, (size_t)head, weights, NULL), EH_OK);
    step(&n, plan, 1);
    assert_int_equal(eh_plan_read(plan, n.logits, after, NULL), EH_OK);
    eh_plan *other = compile(&n, &opts);
    step(&n, other, 1);
    assert_int_equal(eh_plan_read(other, n.logits, fresh, NULL), EH_OK);
    assert_memory_equal(after, fresh, sizeof after);
    assert_memory_not_equal(after, before, sizeof after);
    eh_plan_free(plan);
    eh_plan_free(other);
    eh_free(weights);
    drop(&n, true);
}

/* Every allocation of plan_new fails in turn: an error each time, and nothing is lost. */
static int fail_at(void *user, uint64_t number, size_t bytes)
{
    (void)bytes;
    return number == *(const uint64_t *)user;
}

static void a_failed_allocation_is_an_error_and_loses_nothing(void **state)
{
    network n;
    (void)state;
    build(&n, NULL, 4, true);
    eh_plan_free(compile(
        &n,
        NULL)); /* what is opened once for the process is open now, and the variables lie in the plan's layouts */
    uint64_t live = eh_alloc_live_bytes();
    bool succeeded = false;
    for (uint64_t k = 0; !succeeded; k += 1 + k / 40) {
        eh_error err = { 0 };
        eh_plan *plan = NULL;
        uint64_t at = eh_alloc_count() + k;
        eh_alloc_set_hook(fail_at, &at);
        eh_status status = eh_plan_new(&plan, n.g, n.target, n.targets, NULL, &err);
        eh_alloc_set_hook(NULL, NULL);
        succeeded = status == EH_OK;
        if (!succeeded) {
            assert_null(plan);
            assert_int_not_equal(err.message[0], 0);
        }
        eh_plan_free(plan);
        assert_int_equal(eh_alloc_live_bytes(), live);
    }
    drop(&n, true);
}

/* ---- determinism ---- */

static void a_hundred_steps_give_the_same_bits_twice(void **state)
{
    float loss[2][100];
    float *weights[2];
    size_t count = 0;
    (void)state;
    for (int r = 0; r < 2; r++) {
        eh_error err = { 0 };
        network n;
        build(&n, NULL, 16, true);
        eh_plan *plan = compile(&n, NULL);
        for (uint64_t i = 0; i < 100; i++) {
            step(&n, plan, i);
            loss[r][i] = loss_of(&n, plan);
        }
        int64_t index = eh_params_find(n.params, "b.weight");
        assert_true(index >= 0);
        count = (size_t)eh_shape_elements(eh_params_info(n.params, (size_t)index).shape);
        weights[r] = eh_alloc(count, sizeof(float));
        assert_int_equal(eh_params_read(n.params, (size_t)index, weights[r], &err), EH_OK);
        eh_plan_free(plan);
        drop(&n, true);
    }
    assert_memory_equal(loss[0], loss[1], sizeof loss[0]);
    assert_memory_equal(weights[0], weights[1], count * sizeof(float));
    eh_free(weights[0]);
    eh_free(weights[1]);
}

/* ---- order ---- */

static void effects_run_after_all_readers_and_gradients_die_early(void **state)
{
    network n;
    (void)state;
    build(&n, NULL, 16, true);
    eh_plan *plan = compile(&n, NULL);
    const eh_step_list *list = &plan->list;
    size_t first_update = list->count;
    for (size_t i = 0; i < list->count; i++) {
        const eh_step *step_i = list->step[i];
        if (step_i->kernel->op == &eh_op_adam_update && first_update == list->count)
            first_update = i;
        for (int v = 0; v < step_i->kernel->op->changes; v++)
            for (size_t k = i + 1; k < list->count; k++)
                for (int in = 0; in < list->step[k]->inputs; in++)
                    assert_true(list->step[k]->in[in] != step_i->in[v]);
    }
    assert_true(first_update < list->count * 3 / 4); /* updates run as soon as they can, not at the end */
    eh_plan_free(plan);
    drop(&n, true);
}

static void an_effect_uses_the_value_from_before_it(void **state)
{
    eh_error err = { 0 };
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_plan *plan = NULL;
    float value[1] = { 0 }, average[1] = { 0 };
    (void)state;
    assert_int_equal(eh_params_new(&params, 1, &err), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, &err), EH_OK);
    eh_tensor *v = eh_variable(g, "v", eh_shape_of(1, (int64_t)1), EH_TRAINABLE, constant(2));
    eh_tensor *mean = eh_variable(g, "mean", eh_shape_of(1, (int64_t)1), EH_BUFFER, constant(0));
    eh_tensor *add = eh_assign(g, v, eh_affine(g, v, 1, 1));
    eh_tensor *follow =
        eh_assign(g, mean, eh_add(g, mean, v)); /* named after the change, reads the value before it */
    eh_tensor *targets[] = { add, follow };
    assert_int_equal(eh_plan_new(&plan, g, targets, 2, NULL, &err), EH_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(eh_plan_run(plan, &err), EH_OK);
    assert_int_equal(eh_params_read(params, 0, value, &err), EH_OK);
    assert_int_equal(eh_params_read(params, 1, average, &err), EH_OK);
    assert_true(value[0] == 5.0f);
    assert_true(average[0] == 2.0f + 3.0f + 4.0f);
    eh_plan_free(plan);
    eh_graph_free(g);
    eh_params_free(params);
}

static void updates_that_wait_for_each_other_are_refused(void **state)
{
    eh_error err = { 0 };
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_plan *plan = NULL;
    (void)state;
    assert_int_equal(eh_params_new(&params, 1, &err), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, &err), EH_OK);
    eh_tensor *a = eh_variable(g, "a", eh_shape_of(1, (int64_t)1), EH_TRAINABLE, constant(1));
    eh_tensor *b = eh_variable(g, "b", eh_shape_of(1, (int64_t)1), EH_TRAINABLE, constant(2));
    eh_tensor *targets[] = { eh_assign(g, a, b), eh_assign(g, b, a) };
    assert_int_equal(eh_plan_new(&plan, g, targets, 2, NULL, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "each need the variable that the other changes"));
    eh_graph_free(g);
    eh_params_free(params);
}

/* ---- layouts and fusion ---- */

static size_t steps_of(const eh_plan *plan, const char *op)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->list.count; i++)
        count += strcmp(plan->list.step[i]->kernel->op->entry.name, op) == 0;
    return count;
}

static void training_joins_normalisation_addition_and_relu(void **state)
{
    network n;
    (void)state;
    build(&n, NULL, 16, true);
    eh_plan *plan = compile(&n, NULL);
    assert_int_equal(steps_of(plan, "batch_norm+act"), 4);      /* stem, a, b and one of c and d */
    assert_int_equal(steps_of(plan, "batch_norm"), 1);          /* the other, which is what is added */
    assert_int_equal(steps_of(plan, "batch_norm_grad+act"), 4); /* the gradient of c and d is masked once */
    assert_int_equal(steps_of(plan, "relu"), 0);
    assert_int_equal(steps_of(plan, "relu_grad"), 0);
    assert_int_equal(steps_of(plan, "conv2d_input_grad"), 4); /* none for the images */
    eh_plan_free(plan);
    drop(&n, true);
}

static void inference_is_convolutions_only(void **state)
{
    network n;
    (void)state;
    build(&n, NULL, 16, false);
    eh_plan *plan = compile(&n, NULL);
    assert_int_equal(steps_of(plan, "conv2d+act"), 5);
    assert_int_equal(plan->list.count, 7); /* and pooling, and the head */
    assert_int_equal(plan->list.reorders, 0);
    eh_plan_free(plan);
    drop(&n, true);
}

static void activations_are_never_reordered_in_training(void **state)
{
    network n;
    (void)state;
    if (eh_cpu_get_level() == EH_CPU_BASE)
        skip(); /* without wide vectors every convolution has the layout that oneDNN gives it */
    build(&n, NULL, 16, true);
    eh_plan *plan = compile(&n, NULL);
    for (size_t i = 0; i < plan->list.count; i++) {
        const eh_step *s = plan->list.step[i];
        if (strcmp(s->kernel->op->entry.name, "reorder") == 0)
            assert_int_equal(eh_plan_value_of(s->in[0])->kind,
                             EH_VALUE_VARIABLE); /* weights for the input gradient */
    }
    eh_plan_free(plan);
    drop(&n, true);
}

/* ---- variables ---- */

static void read_logits(const network *n, eh_plan *plan, float *out)
{
    eh_error err = { 0 };
    write_batch(n, plan, 77);
    assert_int_equal(eh_plan_run(plan, &err), EH_OK);
    assert_int_equal(eh_plan_read(plan, n->logits, out, &err), EH_OK);
}

/* Training and inference plans in turn over one store; the reference does the same. */
static void training_and_inference_plans_share_the_variables(void **state)
{
    eh_error err = { 0 };
    network train[2], infer[2];
    eh_plan *train_plan[2], *infer_plan[2];
    static const eh_plan_opts opts[2] = { { .backend = "cpu" }, { .backend = "ref" } };
    float logits[2][BATCH * CLASSES], before[BATCH * CLASSES] = { 0 };
    (void)state;
    for (int k = 0; k < 2; k++) {
        build(&train[k], NULL, 12, true);
        build(&infer[k], train[k].params, 12, false);
        infer_plan[k] = compile(&infer[k], &opts[k]);
        train_plan[k] = compile(&train[k], &opts[k]);
    }
    for (uint64_t round = 0; round < 3; round++) {
        for (int k = 0; k < 2; k++) {
            step(&train[k], train_plan[k], round);
            read_logits(&infer[k], infer_plan[k], logits[k]);
        }
        double moved = 0;
        for (int i = 0; i < BATCH * CLASSES; i++) {
            assert_true(fabs((double)(logits[0][i] - logits[1][i])) < 5e-3);
            moved += fabs((double)(logits[0][i] - before[i]));
        }
        assert_true(moved > 1e-3); /* the inference plan has seen the training step */
        memcpy(before, logits[0], sizeof before);
    }
    /* A change from outside reaches both plans. */
    for (int k = 0; k < 2; k++) {
        size_t head = (size_t)eh_params_find(train[k].params, "head");
        float zeros[CLASSES * 24] = { 0 };
        assert_int_equal(eh_params_write(train[k].params, head, zeros, &err), EH_OK);
        read_logits(&infer[k], infer_plan[k], logits[k]);
        for (int i = 0; i < BATCH * CLASSES; i++)
            assert_true(logits[k][i] == 0.0f);
    }
    for (int k = 0; k < 2; k++) {
        eh_plan_free(train_plan[k]);
        eh_plan_free(infer_plan[k]);
        drop(&infer[k], false);
        drop(&train[k], true);
    }
}

static void a_store_moves_between_backends_without_loss(void **state)
{
    eh_error err = { 0 };
    network n, m;
    float logits[2][BATCH * CLASSES];
    (void)state;
    build(&n, NULL, 16, false);
    build(&m, n.params, 16, false);
    eh_plan *cpu = compile(&n, &(eh_plan_opts){ .backend = "cpu" });
    size_t index = (size_t)eh_params_find(n.params, "a.weight"), count = 16 * 16 * 9;
    float *before = eh_alloc(count, sizeof *before), *after = eh_alloc(count, sizeof *after);
    read_logits(&n, cpu, logits[0]);
    assert_int_equal(eh_params_read(n.params, index, before, &err), EH_OK);
    eh_plan *ref = compile(&m, &(eh_plan_opts){ .backend = "ref" }); /* takes the variables over */
    read_logits(&m, ref, logits[1]);
    read_logits(&n, cpu, logits[0]); /* and back */
    assert_int_equal(eh_params_read(n.params, index, after, &err), EH_OK);
    assert_memory_equal(before, after, count * sizeof *before);
    for (int i = 0; i < BATCH * CLASSES; i++)
        assert_true(fabs((double)(logits[0][i] - logits[1][i])) < 1e-4);
    eh_free(before);
    eh_free(after);
    eh_plan_free(cpu);
    eh_plan_free(ref);
    drop(&m, false);
    drop(&n, true);
}

/* ---- errors ---- */

static void misuse_is_a_clear_error(void **state)
{
    eh_error err = { 0 };
    network n;
    eh_plan *plan = NULL;
    float value[BATCH * 16 * SIDE * SIDE];
    (void)state;
    build(&n, NULL, 16, true);
    assert_int_equal(eh_plan_new(&plan, n.g, n.target, 1, &(eh_plan_opts){ .backend = "gpu" }, &err),
                     EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "there is no backend \"gpu\""));
    assert_int_equal(eh_plan_new(&plan, n.g, n.target, 1, &(eh_plan_opts){ .precision = EH_PRECISION_F64 },
                                 &err),
                     EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "cpu"));
    plan = compile(&n, NULL);
    assert_int_equal(eh_plan_read(plan, n.logits->node->input[0], value, &err), EH_ERR_USAGE);
    assert_int_equal(eh_plan_write(plan, n.loss, value, &err), EH_ERR_USAGE);
    eh_plan_free(plan);
    drop(&n, true);
}

static void an_unneeded_input_may_be_written(void **state)
{
    eh_error err = { 0 };
    network n;
    (void)state;
    build(&n, NULL, 4, true);
    n.target[0] = n.logits;
    n.targets = 1;
    eh_plan *plan = compile(&n, NULL);
    int32_t labels[BATCH] = { 0 };
    assert_int_equal(eh_plan_write(plan, n.labels, labels, &err), EH_OK);
    eh_plan_free(plan);
    drop(&n, true);
}

static void explain_names_every_step(void **state)
{
    eh_error err = { 0 };
    network n;
    char *text = NULL;
    size_t size = 0;
    (void)state;
    build(&n, NULL, 16, true);
    eh_plan *plan = compile(&n, NULL);
    write_batch(&n, plan, 0);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(eh_plan_explain(plan, out, &err), EH_OK);
    fclose(out);
    assert_non_null(strstr(text, "conv2d_weight_grad"));
    assert_non_null(strstr(text, "batch_norm_grad+act"));
    assert_non_null(strstr(text, "[4, 3, 12, 12] > [4, 16, 12, 12]"));
    free(text);
    eh_plan_free(plan);
    drop(&n, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_steps_allocate_nothing),
        cmocka_unit_test(values_that_are_alive_together_never_overlap),
        cmocka_unit_test(the_placement_check_finds_an_overlap),
        cmocka_unit_test(sharing_memory_saves_most_of_it),
        cmocka_unit_test(a_memory_limit_names_the_largest_tensors),
        cmocka_unit_test(kept_copies_of_weights_follow_them),
        cmocka_unit_test(a_failed_allocation_is_an_error_and_loses_nothing),
        cmocka_unit_test(a_hundred_steps_give_the_same_bits_twice),
        cmocka_unit_test(effects_run_after_all_readers_and_gradients_die_early),
        cmocka_unit_test(an_effect_uses_the_value_from_before_it),
        cmocka_unit_test(updates_that_wait_for_each_other_are_refused),
        cmocka_unit_test(training_joins_normalisation_addition_and_relu),
        cmocka_unit_test(inference_is_convolutions_only),
        cmocka_unit_test(activations_are_never_reordered_in_training),
        cmocka_unit_test(training_and_inference_plans_share_the_variables),
        cmocka_unit_test(a_store_moves_between_backends_without_loss),
        cmocka_unit_test(misuse_is_a_clear_error),
        cmocka_unit_test(an_unneeded_input_may_be_written),
        cmocka_unit_test(explain_names_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
