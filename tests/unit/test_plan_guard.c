/* Bad numbers: a run stops before the updates, and the first input, variable or layer that holds NaN or infinity is named. */
#include "backend/cpu/cpu.h"
#include "evenhand/memory.h"
#include "evenhand/params.h"
#include "evenhand/plan.h"
#include "nn/layer.h"
#include "tensor/op.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

enum { BATCH = 2, PIXELS = BATCH * 3 * 8 * 8 };

/* Two convolutions, each in a scope, and an SGD step. */
typedef struct network {
    eh_params *params;
    eh_graph *g;
    eh_tensor *images, *target[8];
    size_t targets;
    eh_plan *plan;
} network;

static network make(eh_plan_opts opts)
{
    network n = { 0 };
    eh_error err = { 0 };
    eh_tensor *grad[4], *wrt[4];
    assert_int_equal(eh_params_new(&n.params, 3, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&n.g, n.params, NULL), EH_OK);
    eh_build b = { .graph = n.g, .training = true };
    n.images = eh_input(n.g, "images", eh_shape_of(4, BATCH, 3, 8, 8), EH_F32);
    eh_tensor *x =
        eh_silu(/* not relu: joined to the convolution, oneDNN's makes 0 of NaN */ n.g,
                eh_layer_conv2d(&b, "first", n.images, (eh_conv_spec){ .out = 16, .kernel = 3, .pad = 1 }));
    x = eh_layer_conv2d(&b, "second", x, (eh_conv_spec){ .out = 16, .kernel = 3, .pad = 1 });
    eh_tensor *loss = eh_mean(n.g, eh_square(n.g, x), 0, false), *lr = eh_full(n.g, eh_shape_of(0), 0.5);
    assert_int_equal(eh_graph_check(n.g, &err), EH_OK);
    for (size_t i = 0; i < 2; i++)
        wrt[i] = n.g->variable[i];
    assert_int_equal(eh_gradients(n.g, loss, wrt, 2, grad, &err), EH_OK);
    n.target[n.targets++] = loss;
    for (size_t i = 0; i < 2; i++)
        n.target[n.targets++] =
            eh_sgd_update(n.g, wrt[i], grad[i], lr, eh_full(n.g, eh_shape_of(0), 0), (eh_sgd_opts){ 0 });
    if (eh_plan_new(&n.plan, n.g, n.target, n.targets, &opts, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(eh_plan_guard(n.plan, loss, &err), EH_OK);
    return n;
}

static void clear(network *n)
{
    eh_plan_free(n->plan);
    eh_graph_free(n->g);
    eh_params_free(n->params);
}

static void write_images(const network *n, float value, float odd)
{
    float pixel[PIXELS];
    for (int i = 0; i < PIXELS; i++)
        pixel[i] = i == 77 ? odd : value;
    assert_int_equal(eh_plan_write(n->plan, n->images, pixel, NULL), EH_OK);
}

/* The run fails, no variable moves, and the sentence holds `words`. */
static void expect_bad(network *n, const char *const *words)
{
    enum { MOST = 16 * 16 * 9 };
    eh_error err = { 0 };
    static float before[2][MOST], after[MOST];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(eh_params_read(n->params, i, before[i], NULL), EH_OK);
    assert_int_equal(eh_plan_run(n->plan, &err), EH_ERR_NUMERIC);
    assert_int_equal(eh_plan_find_bad(n->plan, &err), EH_ERR_NUMERIC);
    for (; *words; words++)
        if (!strstr(err.message, *words))
            fail_msg("'%s' is not in: %s", *words, err.message);
    for (size_t i = 0; i < 2; i++) {
        size_t bytes = (size_t)eh_shape_elements(eh_params_info(n->params, i).shape) * sizeof(float);
        assert_int_equal(eh_params_read(n->params, i, after, NULL), EH_OK);
        assert_memory_equal(before[i], after, bytes);
    }
}

#define EXPECT_BAD(n, ...) expect_bad((n), (const char *const[]){ __VA_ARGS__, NULL })

static void a_nan_in_the_images_names_the_images(void **state)
{
    (void)state;
    for (int ref = 0; ref < 2; ref++) {
        network n = make((eh_plan_opts){ .backend = ref ? "ref" : "cpu" });
        write_images(&n, 1, NAN);
        EXPECT_BAD(&n, "input of \"images\" [2, 3, 8, 8]", "NaN", "1 of its 384 elements, number 77 first");
        write_images(&n, 1, 1); /* and the plan can go on */
        assert_int_equal(eh_plan_run(n.plan, NULL), EH_OK);
        assert_int_equal(eh_plan_find_bad(n.plan, NULL), EH_OK);
        clear(&n);
    }
}

static void an_infinite_weight_is_named(void **state)
{
    (void)state;
    network n = make((eh_plan_opts){ 0 });
    float w[16 * 16 * 9] = { 0 };
    w[3] = INFINITY;
    assert_int_equal(eh_params_write(n.params, 1, w, NULL), EH_OK);
    write_images(&n, 1, 1);
    EXPECT_BAD(&n, "variable of \"second.weight\" [16, 16, 3, 3]", "infinity");
    clear(&n);
}

/* Large numbers overflow where they are multiplied, in the second convolution or in the square behind it. */
static void expect_overflow(eh_precision precision)
{
    network n = make((eh_plan_opts){ .precision = precision });
    write_images(&n, 1e30f, 1e30f);
    float w[16 * 16 * 9];
    for (size_t i = 0; i < 16 * 16 * 9; i++)
        w[i] = 1e12f;
    assert_int_equal(eh_params_write(n.params, 1, w, NULL), EH_OK);
    EXPECT_BAD(&n, "conv2d of \"second\" [2, 16, 8, 8]", "infinity");
    clear(&n);
}

static void an_overflow_names_the_layer_where_it_happens(void **state)
{
    (void)state;
    expect_overflow(EH_PRECISION_F32);
}

static void an_overflow_in_bf16_names_the_layer_where_it_happens(void **state)
{
    (void)state;
    if (eh_cpu_bf16() == EH_BF16_NONE)
        skip();
    expect_overflow(EH_PRECISION_BF16);
}

static void only_a_computed_scalar_can_be_guarded(void **state)
{
    eh_error err = { 0 };
    (void)state;
    network n = make((eh_plan_opts){ 0 });
    assert_int_equal(eh_plan_guard(n.plan, n.images, &err), EH_ERR_USAGE);
    assert_int_equal(eh_plan_guard(n.plan, NULL, &err), EH_ERR_USAGE);
    clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nan_in_the_images_names_the_images),
        cmocka_unit_test(an_infinite_weight_is_named),
        cmocka_unit_test(an_overflow_names_the_layer_where_it_happens),
        cmocka_unit_test(an_overflow_in_bf16_names_the_layer_where_it_happens),
        cmocka_unit_test(only_a_computed_scalar_can_be_guarded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
