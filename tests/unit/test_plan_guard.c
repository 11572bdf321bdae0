/* Bad numbers: a run stops, and the first input, variable, layer or gradient that holds NaN or infinity is named. */
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

typedef eh_tensor *activation(eh_graph *g, eh_tensor *x);

/* |x|, whose derivative at 0 is no number here. */
static eh_tensor *root_of_square(eh_graph *g, eh_tensor *x)
{
    return eh_sqrt(g, eh_square(g, x));
}

/* `between` stands between the convolutions, `behind` before the loss, the mean. Guarded is the loss, and the length of the gradients too when `length`. */
static network make_of(eh_plan_opts opts, activation *between, activation *behind, bool length)
{
    network n = { 0 };
    eh_error err = { 0 };
    eh_tensor *grad[4], *wrt[4], *size = NULL;
    assert_int_equal(eh_params_new(&n.params, 3, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&n.g, n.params, NULL), EH_OK);
    eh_build b = { .graph = n.g, .training = true };
    n.images = eh_input(n.g, "images", eh_shape_of(4, BATCH, 3, 8, 8), EH_F32);
    eh_tensor *x = between(n.g, eh_layer_conv2d(&b, "first", n.images,
                                                (eh_conv_spec){ .out = 16, .kernel = 3, .pad = 1 }));
    x = eh_layer_conv2d(&b, "second", x, (eh_conv_spec){ .out = 16, .kernel = 3, .pad = 1 });
    eh_tensor *loss = eh_mean(n.g, behind(n.g, x), 0, false), *lr = eh_full(n.g, eh_shape_of(0), 0.5);
    assert_int_equal(eh_graph_check(n.g, &err), EH_OK);
    for (size_t i = 0; i < 2; i++)
        wrt[i] = n.g->variable[i];
    assert_int_equal(eh_gradients(n.g, loss, wrt, 2, grad, &err), EH_OK);
    n.target[n.targets++] = loss;
    if (length) {
        size = eh_add(n.g, eh_sum(n.g, eh_square(n.g, grad[0]), 0, false),
                      eh_sum(n.g, eh_square(n.g, grad[1]), 0, false));
        n.target[n.targets++] = size;
    }
    for (size_t i = 0; i < 2; i++) {
        if (size) /* the updates follow from it, as with clipping */
            grad[i] = eh_mul(n.g, grad[i], eh_affine(n.g, size, 0, 1));
        n.target[n.targets++] =
            eh_sgd_update(n.g, wrt[i], grad[i], lr, eh_full(n.g, eh_shape_of(0), 0), (eh_sgd_opts){ 0 });
    }
    if (eh_plan_new(&n.plan, n.g, n.target, n.targets, &opts, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(eh_plan_guard(n.plan, loss, &err), EH_OK);
    if (size)
        assert_int_equal(eh_plan_guard(n.plan, size, &err), EH_OK);
    return n;
}

static network make(eh_plan_opts opts)
{
    return make_of(opts, eh_silu /* not relu: joined to the convolution, oneDNN's makes 0 of NaN */,
                   eh_square, false);
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

static void expect_words(const eh_error *err, const char *const *words)
{
    for (; *words; words++)
        if (!strstr(err->message, *words))
            fail_msg("'%s' is not in: %s", *words, err->message);
}

/* The run fails, no variable moves, and the sentence of the search (or, without search, of the run) holds `words`. */
static void expect_bad(network *n, bool search, const char *const *words)
{
    enum { MOST = 16 * 16 * 9 };
    eh_error err = { 0 };
    static float before[2][MOST], after[MOST];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(eh_params_read(n->params, i, before[i], NULL), EH_OK);
    assert_int_equal(eh_plan_run(n->plan, &err), EH_ERR_NUMERIC);
    if (search)
        assert_int_equal(eh_plan_find_bad(n->plan, &err), EH_ERR_NUMERIC);
    expect_words(&err, words);
    for (size_t i = 0; i < 2; i++) {
        size_t bytes = (size_t)eh_shape_elements(eh_params_info(n->params, i).shape) * sizeof(float);
        assert_int_equal(eh_params_read(n->params, i, after, NULL), EH_OK);
        assert_memory_equal(before[i], after, bytes);
    }
}

#define EXPECT_BAD(n, ...) expect_bad((n), true, (const char *const[]){ __VA_ARGS__, NULL })

static void a_nan_in_the_images_is_refused_and_names_them(void **state)
{
    (void)state;
    for (int ref = 0; ref < 2; ref++) {
        eh_error err = { 0 };
        float pixel[PIXELS] = { 0 };
        double wide[PIXELS] = { 0 }, kept[PIXELS];
        network n = make((eh_plan_opts){ .backend = ref ? "ref" : "cpu" });
        write_images(&n, 1, 1);
        pixel[77] = NAN;
        assert_int_equal(eh_plan_write(n.plan, n.images, pixel, &err), EH_ERR_NUMERIC);
        expect_words(&err, (const char *const[]){ "input of \"images\" [2, 3, 8, 8] is given NaN",
                                                  "1 of its 384 elements, number 77 first", NULL });
        wide[5] = -INFINITY;
        wide[6] = NAN;
        assert_int_equal(eh_plan_write_f64(n.plan, n.images, wide, &err), EH_ERR_NUMERIC);
        expect_words(&err, (const char *const[]){ "NaN and infinity: 2 of", "number 5 first", NULL });
        assert_int_equal(eh_plan_read_f64(n.plan, n.images, kept, NULL), EH_OK);
        for (int i = 0; i < PIXELS; i++)
            assert_true(kept[i] == 1);
        assert_int_equal(eh_plan_run(n.plan, NULL), EH_OK); /* and the plan can go on */
        assert_int_equal(eh_plan_find_bad(n.plan, NULL), EH_OK);
        clear(&n);
    }
}

/* The first convolution's ReLU may hide it from the loss, but not from the step. */
static void a_nan_in_a_weight_before_a_relu_stops_the_step(void **state)
{
    static const eh_plan_opts opts[] = { { .backend = "cpu" },
                                         { .backend = "cpu", .precision = EH_PRECISION_BF16 },
                                         { .backend = "cpu", .no_fusion = true },
                                         { .backend = "ref" } };
    (void)state;
    for (size_t i = 0; i < sizeof opts / sizeof *opts; i++) {
        eh_error err = { 0 };
        if (opts[i].precision == EH_PRECISION_BF16 && eh_cpu_bf16() == EH_BF16_NONE)
            continue;
        network n = make_of(opts[i], eh_relu, eh_square, false);
        float w[16 * 3 * 9] = { 0 };
        w[100] = NAN;
        assert_int_equal(eh_params_write(n.params, 0, w, NULL), EH_OK);
        write_images(&n, 1, 1);
        assert_int_equal(eh_plan_run(n.plan, &err), EH_ERR_NUMERIC);
        if (strstr(err.message, "first.weight"))
            expect_words(&err, (const char *const[]){ "\"first.weight\" [16, 3, 3, 3] holds NaN", NULL });
        else /* the ReLU passed it on */
            expect_words(&err, (const char *const[]){ "mean is not a number", NULL });
        clear(&n);
    }
}

/* The loss is 0, the derivative of the root there is infinite, times 0. */
static void a_gradient_that_is_not_finite_under_a_finite_loss_stops_the_step(void **state)
{
    (void)state;
    for (int ref = 0; ref < 2; ref++) {
        network n = make_of((eh_plan_opts){ .backend = ref ? "ref" : "cpu" }, eh_silu, root_of_square, false);
        write_images(&n, 0, 0);
        expect_bad(&n, false,
                   (const char *const[]){ "the gradient of \"second.weight\"", "[16, 16, 3, 3] holds NaN",
                                          NULL });
        clear(&n);
    }
}

static void a_guard_on_the_length_of_the_gradients_stops_before_every_update(void **state)
{
    (void)state;
    network n = make_of((eh_plan_opts){ 0 }, eh_relu, eh_square, true);
    float w[16 * 3 * 9], v[16 * 16 * 9];
    for (int i = 0; i < 16 * 3 * 9; i++)
        w[i] = 1e-20f;
    for (int i = 0; i < 16 * 16 * 9; i++)
        v[i] = 1e13f;
    assert_int_equal(eh_params_write(n.params, 0, w, NULL), EH_OK);
    assert_int_equal(eh_params_write(n.params, 1, v, NULL), EH_OK);
    write_images(&n, 1e15f, 1e15f); /* values 1e-4 and 1e11, loss 1e22, gradient of the first weights 1e40 */
    EXPECT_BAD(&n, "conv2d_weight_grad of \"first\" [16, 3, 3, 3]", "infinity");
    clear(&n);
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
        cmocka_unit_test(a_nan_in_the_images_is_refused_and_names_them),
        cmocka_unit_test(a_nan_in_a_weight_before_a_relu_stops_the_step),
        cmocka_unit_test(a_gradient_that_is_not_finite_under_a_finite_loss_stops_the_step),
        cmocka_unit_test(a_guard_on_the_length_of_the_gradients_stops_before_every_update),
        cmocka_unit_test(an_infinite_weight_is_named),
        cmocka_unit_test(an_overflow_names_the_layer_where_it_happens),
        cmocka_unit_test(an_overflow_in_bf16_names_the_layer_where_it_happens),
        cmocka_unit_test(only_a_computed_scalar_can_be_guarded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
