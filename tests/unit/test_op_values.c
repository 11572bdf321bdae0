/* test_op_values.c - values worked out by hand: the conventions at edges, ties, padding and extremes that each op promises. */
#include "support/engine_expect.h"

#include <math.h>
#include <string.h>

static void convolution_correlates_and_does_not_flip_the_kernel(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = engine_ramp(f.g, eh_shape_of(4, 1, 1, 3, 3), 1, 1);
    eh_tensor *w = CONSTANT(f.g, eh_shape_of(4, 1, 1, 2, 2), 1, 0, 0, -2);
    (void)state;
    /* 1 - 2*5, 2 - 2*6, 4 - 2*8, 5 - 2*9 */
    EXPECT(eh_conv2d(f.g, x, w, NULL, (eh_conv2d_opts){ 0 }), eh_shape_of(4, 1, 1, 2, 2), 0, -9, -10, -12,
           -13);
    engine_end(&f);
}

static void convolution_pads_with_zeros_strides_and_adds_the_bias(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = engine_ramp(f.g, eh_shape_of(4, 1, 1, 4, 3), 1, 1);
    eh_tensor *w =
        CONSTANT(f.g, eh_shape_of(4, 2, 1, 3, 3), 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0);
    eh_tensor *bias = CONSTANT(f.g, eh_shape_of(1, 2), 0.5f, -1);
    eh_conv2d_opts opts = { .stride = { 3, 2 }, .pad = { 1, 1 } };
    (void)state;
    /* rows 1 2 3 / 4 5 6 / 7 8 9 / 10 11 12; windows centred on rows 0 and 3, columns 0 and 2 */
    EXPECT(eh_conv2d(f.g, x, w, bias, opts), eh_shape_of(4, 1, 2, 2, 2), 0, 1 + 2 + 4 + 5 + 0.5,
           2 + 3 + 5 + 6 + 0.5, 7 + 8 + 10 + 11 + 0.5, 8 + 9 + 11 + 12 + 0.5, 0, 2, 9, 11);
    engine_end(&f);
}

static void dilated_convolution_skips_elements(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = engine_ramp(f.g, eh_shape_of(4, 1, 1, 1, 7), 0, 1);
    eh_tensor *w = CONSTANT(f.g, eh_shape_of(4, 1, 1, 1, 3), 1, 10, 100);
    (void)state;
    EXPECT(eh_conv2d(f.g, x, w, NULL, (eh_conv2d_opts){ .dilation = { 1, 3 } }), eh_shape_of(4, 1, 1, 1, 1),
           0, 630);
    engine_end(&f);
}

static void grouped_convolution_keeps_groups_apart(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(4, 1, 4, 1, 1), 1, 2, 3, 4);
    eh_tensor *w = CONSTANT(f.g, eh_shape_of(4, 2, 2, 1, 1), 1, 10, 1, 10);
    (void)state;
    EXPECT(eh_conv2d(f.g, x, w, NULL, (eh_conv2d_opts){ .groups = 2 }), eh_shape_of(4, 1, 2, 1, 1), 0, 21,
           43);
    engine_end(&f);
}

static void matrix_product_transposes_either_side(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *a = CONSTANT(f.g, eh_shape_of(2, 2, 3), 1, 2, 3, 4, 5, 6);
    eh_tensor *b = CONSTANT(f.g, eh_shape_of(2, 3, 2), 7, 8, 9, 10, 11, 12);
    (void)state;
    EXPECT(eh_matmul(f.g, a, b, false, false), eh_shape_of(2, 2, 2), 0, 58, 64, 139, 154);
    EXPECT(eh_matmul(f.g, b, a, true, true), eh_shape_of(2, 2, 2), 0, 58, 139, 64, 154);
    EXPECT(eh_matmul(f.g, a, a, false, true), eh_shape_of(2, 2, 2), 0, 14, 32, 32, 77);
    EXPECT(eh_matmul(f.g, b, b, true, false), eh_shape_of(2, 2, 2), 0, 251, 278, 278, 308);
    EXPECT(eh_linear(f.g, a, CONSTANT(f.g, eh_shape_of(2, 1, 3), 1, 0, -1),
                     CONSTANT(f.g, eh_shape_of(1, 1), 5)),
           eh_shape_of(2, 2, 1), 0, 3, 3);
    engine_end(&f);
}

static void batch_norm_divides_by_the_biased_deviation(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(2, 4, 1), 1, 2, 3, 6); /* mean 3, variance 14/4 */
    eh_tensor *scale = CONSTANT(f.g, eh_shape_of(1, 1), 2), *shift = CONSTANT(f.g, eh_shape_of(1, 1), 1);
    eh_tensor *mean = eh_variable(f.g, "mean", eh_shape_of(1, 1), EH_BUFFER, (eh_init){ 0 });
    eh_tensor *var = eh_variable(f.g, "var", eh_shape_of(1, 1), EH_BUFFER, (eh_init){ .a = 1 });
    eh_tensor *y = eh_batch_norm(f.g, x, scale, shift, mean, var, 0.25, 0.5);
    (void)state;
    EXPECT(y, eh_shape_of(2, 4, 1), 1e-15, -1, 0, 1, 4);
    EXPECT(y->node->output[1], eh_shape_of(1, 1), 1e-15, 3);
    EXPECT(y->node->output[2], eh_shape_of(1, 1), 1e-15, 3.5);
    EXPECT(eh_batch_norm_fixed(f.g, x, scale, shift, CONSTANT(f.g, eh_shape_of(1, 1), 1),
                               CONSTANT(f.g, eh_shape_of(1, 1), 3.75f), 0.25),
           eh_shape_of(2, 4, 1), 1e-15, 1, 2, 3, 6);
    engine_end(&f);
}

static void batch_norm_moves_running_statistics_with_the_unbiased_variance(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(2, 4, 1), 1, 2, 3, 6);
    eh_tensor *one = CONSTANT(f.g, eh_shape_of(1, 1), 1);
    eh_tensor *mean = eh_variable(f.g, "mean", eh_shape_of(1, 1), EH_BUFFER, (eh_init){ .a = 8 });
    eh_tensor *var = eh_variable(f.g, "var", eh_shape_of(1, 1), EH_BUFFER, (eh_init){ .a = 1 });
    eh_tensor *effect[2] = { 0 };
    float value = 0;
    (void)state;
    eh_batch_norm(f.g, x, one, one, mean, var, 0.25, 0.5);
    assert_int_equal(eh_graph_effects(f.g, effect, 2), 1);
    engine_run(f.g, effect, 1, NULL);
    assert_int_equal(eh_params_read(f.params, 0, &value, NULL), EH_OK);
    assert_float_equal(value, 0.75 * 8 + 0.25 * 3, 1e-6);
    assert_int_equal(eh_params_read(f.params, 1, &value, NULL), EH_OK);
    assert_float_equal(value, 0.75 * 1 + 0.25 * 14 / 3, 1e-6);
    engine_end(&f);
}

static void max_pool_ignores_padding_and_gives_the_gradient_to_the_first_maximum(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(4, 1, 1, 3, 3), -1, -2, -3, -4, -5, -6, -7, -5, -9);
    eh_tensor *y =
        eh_max_pool2d(f.g, x, (eh_pool2d_opts){ .kernel = { 2, 2 }, .stride = { 2, 2 }, .pad = { 1, 1 } });
    eh_tensor *loss = NULL, *grad = NULL;
    eh_error err = { 0 };
    (void)state;
    EXPECT(y, eh_shape_of(4, 1, 1, 2, 2), 0, -1, -2, -4, -5);
    loss = eh_sum(f.g, eh_mul(f.g, y, CONSTANT(f.g, eh_shape_of(4, 1, 1, 2, 2), 1, 2, 4, 8)), 0, false);
    assert_int_equal(eh_gradients(f.g, loss, &x, 1, &grad, &err), EH_OK);
    EXPECT(grad, eh_shape_of(4, 1, 1, 3, 3), 0, 1, 2, 0, 4, 8, 0, 0, 0, 0); /* -5 twice in the last window */
    engine_end(&f);
}

static void average_pool_counts_padding_as_zeros(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = engine_ramp(f.g, eh_shape_of(4, 1, 1, 2, 2), 1, 1);
    (void)state;
    EXPECT(eh_avg_pool2d(f.g, x, (eh_pool2d_opts){ .kernel = { 2, 2 }, .pad = { 1, 1 } }),
           eh_shape_of(4, 1, 1, 2, 2), 0, 0.25, 0.5, 0.75, 1);
    EXPECT(eh_avg_pool2d(f.g, x, (eh_pool2d_opts){ .kernel = { 2, 1 } }), eh_shape_of(4, 1, 1, 1, 2), 0, 2,
           3);
    EXPECT(eh_global_avg_pool(f.g, x), eh_shape_of(2, 1, 1), 0, 2.5);
    engine_end(&f);
}

static void activations_hold_at_both_ends(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(1, 5), -1000, -1, 0, 1, 1000);
    double e = exp(1);
    (void)state;
    EXPECT(eh_relu(f.g, x), eh_shape_of(1, 5), 0, 0, 0, 0, 1, 1000);
    EXPECT(eh_sigmoid(f.g, x), eh_shape_of(1, 5), 1e-15, 0, 1 / (1 + e), 0.5, e / (1 + e), 1);
    EXPECT(eh_tanh(f.g, x), eh_shape_of(1, 5), 1e-15, -1, -0.76159415595576489, 0, 0.76159415595576489, 1);
    EXPECT(eh_gelu(f.g, x), eh_shape_of(1, 5), 1e-15, 0, -0.15865525393145705, 0, 0.84134474606854295, 1000);
    EXPECT(eh_softplus(f.g, x), eh_shape_of(1, 5), 1e-15, 0, log(1 + 1 / e), log(2), log(1 + e), 1000);
    EXPECT(eh_abs(f.g, x), eh_shape_of(1, 5), 0, 1000, 1, 0, 1, 1000);
    EXPECT(eh_square(f.g, x), eh_shape_of(1, 5), 0, 1e6, 1, 0, 1, 1e6);
    EXPECT(eh_exp(f.g, x), eh_shape_of(1, 5), 1e-15, 0, 1 / e, 1, e, INFINITY);
    EXPECT(eh_affine(f.g, x, 2, -1), eh_shape_of(1, 5), 0, -2001, -3, -1, 1, 1999);
    engine_end(&f);
}

static void a_nan_is_not_hidden(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(1, 2), NAN, 1);
    eh_tensor *one = eh_full(f.g, eh_shape_of(1, 2), 1);
    (void)state;
    EXPECT(eh_relu(f.g, x), eh_shape_of(1, 2), 0, NAN, 1);
    EXPECT(eh_maximum(f.g, x, one), eh_shape_of(1, 2), 0, NAN, 1);
    EXPECT(eh_maximum(f.g, one, x), eh_shape_of(1, 2), 0, NAN, 1);
    EXPECT(eh_max(f.g, x, 0, false), eh_shape_of(0), 0, NAN);
    EXPECT(eh_greater(f.g, x, one), eh_shape_of(1, 2), 0, 0, 0);
    engine_end(&f);
}

static void shapes_broadcast_from_the_right(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *column = CONSTANT(f.g, eh_shape_of(2, 2, 1), 10, 20);
    eh_tensor *row = CONSTANT(f.g, eh_shape_of(1, 3), 1, 2, 4);
    (void)state;
    EXPECT(eh_add(f.g, column, row), eh_shape_of(2, 2, 3), 0, 11, 12, 14, 21, 22, 24);
    EXPECT(eh_sub(f.g, row, column), eh_shape_of(2, 2, 3), 0, -9, -8, -6, -19, -18, -16);
    EXPECT(eh_mul(f.g, column, row), eh_shape_of(2, 2, 3), 0, 10, 20, 40, 20, 40, 80);
    EXPECT(eh_div(f.g, column, row), eh_shape_of(2, 2, 3), 0, 10, 5, 2.5, 20, 10, 5);
    EXPECT(eh_greater(f.g, row, eh_full(f.g, eh_shape_of(0), 2)), eh_shape_of(1, 3), 0, 0, 0, 1);
    EXPECT(eh_maximum(f.g, row, CONSTANT(f.g, eh_shape_of(1, 1), 2)), eh_shape_of(1, 3), 0, 2, 2, 4);
    EXPECT(eh_broadcast_to(f.g, column, eh_shape_of(3, 2, 2, 2)), eh_shape_of(3, 2, 2, 2), 0, 10, 10, 20, 20,
           10, 10, 20, 20);
    engine_end(&f);
}

static void reductions_take_the_axes_of_the_mask(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = engine_ramp(f.g, eh_shape_of(3, 2, 2, 3), 0, 1);
    (void)state;
    EXPECT(eh_sum(f.g, x, 0, false), eh_shape_of(0), 0, 66);
    EXPECT(eh_sum(f.g, x, 1u << 0, false), eh_shape_of(2, 2, 3), 0, 6, 8, 10, 12, 14, 16);
    EXPECT(eh_sum(f.g, x, 1u << 1, true), eh_shape_of(3, 2, 1, 3), 0, 3, 5, 7, 15, 17, 19);
    EXPECT(eh_mean(f.g, x, 1u << 0 | 1u << 2, false), eh_shape_of(1, 2), 0, 4, 7);
    EXPECT(eh_max(f.g, x, 1u << 2, false), eh_shape_of(2, 2, 2), 0, 2, 5, 8, 11);
    EXPECT(eh_sum(f.g, eh_full(f.g, eh_shape_of(0), 3), 0, false), eh_shape_of(0), 0, 3);
    engine_end(&f);
}

static void max_gives_the_gradient_to_the_first_of_equals(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(2, 2, 3), 1, 5, 5, 7, 7, 7), *grad = NULL;
    eh_error err = { 0 };
    (void)state;
    assert_int_equal(eh_gradients(f.g, eh_sum(f.g, eh_max(f.g, x, 1u << 1, false), 0, false), &x, 1, &grad,
                                  &err),
                     EH_OK);
    EXPECT(grad, eh_shape_of(2, 2, 3), 0, 0, 1, 0, 1, 0, 0);
    engine_end(&f);
}

static void elements_move_in_row_major_order(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = engine_ramp(f.g, eh_shape_of(3, 1, 2, 3), 0, 1);
    (void)state;
    EXPECT(eh_reshape(f.g, x, eh_shape_of(2, -1, 2)), eh_shape_of(2, 3, 2), 0, 0, 1, 2, 3, 4, 5);
    EXPECT(eh_flatten(f.g, x), eh_shape_of(2, 1, 6), 0, 0, 1, 2, 3, 4, 5);
    EXPECT(eh_permute(f.g, x, (const int[]){ 2, 0, 1 }), eh_shape_of(3, 3, 1, 2), 0, 0, 3, 1, 4, 2, 5);
    engine_end(&f);
}

static void softmax_survives_large_logits(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(2, 2, 2), 1000, 1000, -1000, 0);
    (void)state;
    EXPECT(eh_softmax(f.g, x), eh_shape_of(2, 2, 2), 1e-15, 0.5, 0.5, 0, 1);
    EXPECT(eh_log_softmax(f.g, x), eh_shape_of(2, 2, 2), 1e-15, -log(2), -log(2), -1000, 0);
    engine_end(&f);
}

static void one_hot_leaves_out_labels_outside_the_classes(void **state)
{
    engine_fixture f = engine_begin();
    (void)state;
    EXPECT(eh_one_hot(f.g, LABELS(f.g, 2, -1, 0, 3), 3), eh_shape_of(2, 4, 3), 0, 0, 0, 1, 0, 0, 0, 1, 0, 0,
           0, 0, 0);
    engine_end(&f);
}

static void cross_entropy_is_minus_the_log_probability_of_the_label(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *logits = CONSTANT(f.g, eh_shape_of(2, 3, 2), 0, 0, 2, 0, 0, 800);
    eh_tensor *labels = LABELS(f.g, 0, 1, 0);
    (void)state;
    EXPECT(eh_cross_entropy(f.g, logits, labels, 0), eh_shape_of(1, 3), 1e-15, log(2), log(1 + exp(2)), 800);
    EXPECT(eh_cross_entropy(f.g, logits, labels, 0.5), eh_shape_of(1, 3), 1e-15, log(2),
           log(1 + exp(2)) - 0.5, 600);
    engine_end(&f);
}

static void a_label_outside_the_classes_costs_nothing(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *logits = CONSTANT(f.g, eh_shape_of(2, 2, 2), 0, 0, 2, 0);
    eh_tensor *labels = LABELS(f.g, 7, -1), *grad = NULL, *loss = NULL;
    (void)state;
    loss = eh_cross_entropy(f.g, logits, labels, 0.25);
    EXPECT(loss, eh_shape_of(1, 2), 0, 0, 0);
    assert_int_equal(eh_gradients(f.g, eh_sum(f.g, loss, 0, false), &logits, 1, &grad, NULL), EH_OK);
    EXPECT(grad, eh_shape_of(2, 2, 2), 0, 0, 0, 0, 0);
    engine_end(&f);
}

static void binary_cross_entropy_is_exact_far_out_and_has_the_right_gradient_at_zero(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *z = CONSTANT(f.g, eh_shape_of(2, 4, 1), 0, 0, 50, -700), *grad = NULL;
    eh_tensor *loss = eh_binary_cross_entropy(f.g, z, LABELS(f.g, 0, 1, 1, 1));
    (void)state;
    EXPECT(loss, eh_shape_of(1, 4), 1e-15, log(2), log(2), exp(-50), 700);
    assert_int_equal(eh_gradients(f.g, eh_sum(f.g, loss, 0, false), &z, 1, &grad, NULL), EH_OK);
    EXPECT(grad, eh_shape_of(2, 4, 1), 1e-15, 0.5, -0.5, -exp(-50), -1);
    engine_end(&f);
}

/* ---- randomness ---- */

enum { DRAWS = 20000 };

/* Mean and variance of one tensor of DRAWS numbers at a step; the first four go to `first`. */
static void draw(eh_tensor *(*make)(eh_graph *g, eh_shape shape, eh_tensor *step), double step, double *mean,
                 double *variance, double *first)
{
    engine_fixture f = engine_begin();
    double *value = eh_alloc(DRAWS, sizeof *value);
    eh_tensor *t = make(f.g, eh_shape_of(1, DRAWS), eh_full(f.g, eh_shape_of(0), step));
    engine_run(f.g, &t, 1, &value);
    *mean = *variance = 0;
    for (int i = 0; i < DRAWS; i++)
        *mean += value[i] / DRAWS;
    for (int i = 0; i < DRAWS; i++)
        *variance += (value[i] - *mean) * (value[i] - *mean) / DRAWS;
    memcpy(first, value, 4 * sizeof *value);
    eh_free(value);
    engine_end(&f);
}

static void random_numbers_have_their_moments_and_belong_to_their_step(void **state)
{
    double mean, variance, first[3][4];
    (void)state;
    draw(eh_random_normal, 1, &mean, &variance, first[0]);
    assert_true(fabs(mean) < 0.03 && fabs(variance - 1) < 0.05);
    draw(eh_random_normal, 1, &mean, &variance, first[1]);
    draw(eh_random_normal, 2, &mean, &variance, first[2]);
    assert_memory_equal(first[0], first[1], sizeof first[0]);
    for (int i = 0; i < 4; i++)
        assert_true(fabs(first[0][i] - first[2][i]) > 1e-6);
    draw(eh_random_uniform, 1, &mean, &variance, first[0]);
    assert_true(fabs(mean - 0.5) < 0.01 && fabs(variance - 1.0 / 12) < 0.005);
}

static eh_tensor *dropped_ones(eh_graph *g, eh_shape shape, eh_tensor *step)
{
    return eh_dropout(g, eh_full(g, shape, 1), 0.2, step);
}

static void dropout_drops_its_share_and_keeps_the_expectation(void **state)
{
    double mean, variance, first[4];
    (void)state;
    draw(dropped_ones, 9, &mean, &variance, first);
    assert_true(fabs(mean - 1) < 0.02); /* 0.8 * 1.25 */
    assert_true(fabs(variance - 0.25) < 0.02);
    for (int i = 0; i < 4; i++)
        assert_true(first[i] == 0 || fabs(first[i] - 1.25) < 1e-12);
}

static void drop_path_keeps_or_drops_whole_samples(void **state)
{
    engine_fixture f = engine_begin();
    double value[64 * 3], *out = value;
    int dropped = 0;
    eh_tensor *t =
        eh_drop_path(f.g, eh_full(f.g, eh_shape_of(2, 64, 3), 1), 0.5, eh_full(f.g, eh_shape_of(0), 1));
    (void)state;
    engine_run(f.g, &t, 1, &out);
    for (int n = 0; n < 64; n++) {
        assert_true(value[3 * n] == 0 || value[3 * n] == 2);
        assert_true(value[3 * n] == value[3 * n + 1] && value[3 * n] == value[3 * n + 2]);
        dropped += value[3 * n] == 0;
    }
    assert_in_range(dropped, 16, 48);
    engine_end(&f);
}

/* ---- choosing and joining ---- */

static void what_where_does_not_choose_leaves_no_trace(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(1, 2), 0, 4), *grad = NULL;
    eh_tensor *y = eh_where(f.g, x, eh_log(f.g, x), eh_full(f.g, eh_shape_of(0), 7));
    (void)state;
    EXPECT(y, eh_shape_of(1, 2), 1e-15, 7, log(4));
    y = eh_where(f.g, CONSTANT(f.g, eh_shape_of(1, 2), 0, 1), CONSTANT(f.g, eh_shape_of(1, 2), NAN, 3), x);
    EXPECT(y, eh_shape_of(1, 2), 0, 0, 3);
    assert_int_equal(eh_gradients(f.g, eh_sum(f.g, y, 0, false), &x, 1, &grad, NULL), EH_OK);
    EXPECT(grad, eh_shape_of(1, 2), 0, 1, 0);
    engine_end(&f);
}

static void rows_outside_a_table_are_zero(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *table = engine_ramp(f.g, eh_shape_of(2, 3, 2), 1, 1), *grad = NULL;
    eh_tensor *y = eh_gather(f.g, table, LABELS(f.g, 2, -1, 3, 2));
    (void)state;
    EXPECT(y, eh_shape_of(2, 4, 2), 0, 5, 6, 0, 0, 0, 0, 5, 6);
    assert_int_equal(eh_gradients(f.g, eh_sum(f.g, y, 0, false), &table, 1, &grad, NULL), EH_OK);
    EXPECT(grad, eh_shape_of(2, 3, 2), 0, 0, 0, 0, 0, 2, 2);
    engine_end(&f);
}

static void a_zero_vector_is_normalised_to_zero_with_a_finite_gradient(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = CONSTANT(f.g, eh_shape_of(2, 2, 2), 0, 0, 3, 4), *grad = NULL;
    eh_tensor *y = eh_l2_normalise(f.g, x, 1u << 1, 0.5);
    (void)state;
    EXPECT(y, eh_shape_of(2, 2, 2), 1e-15, 0, 0, 0.6, 0.8);
    assert_int_equal(eh_gradients(f.g, eh_sum(f.g, y, 0, false), &x, 1, &grad, NULL), EH_OK);
    EXPECT(grad, eh_shape_of(2, 2, 2), 1e-15, 2, 2, 0.2 * (1 - 1.4 * 0.6), 0.2 * (1 - 1.4 * 0.8));
    engine_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolution_correlates_and_does_not_flip_the_kernel),
        cmocka_unit_test(convolution_pads_with_zeros_strides_and_adds_the_bias),
        cmocka_unit_test(dilated_convolution_skips_elements),
        cmocka_unit_test(grouped_convolution_keeps_groups_apart),
        cmocka_unit_test(matrix_product_transposes_either_side),
        cmocka_unit_test(batch_norm_divides_by_the_biased_deviation),
        cmocka_unit_test(batch_norm_moves_running_statistics_with_the_unbiased_variance),
        cmocka_unit_test(max_pool_ignores_padding_and_gives_the_gradient_to_the_first_maximum),
        cmocka_unit_test(average_pool_counts_padding_as_zeros),
        cmocka_unit_test(activations_hold_at_both_ends),
        cmocka_unit_test(a_nan_is_not_hidden),
        cmocka_unit_test(shapes_broadcast_from_the_right),
        cmocka_unit_test(reductions_take_the_axes_of_the_mask),
        cmocka_unit_test(max_gives_the_gradient_to_the_first_of_equals),
        cmocka_unit_test(elements_move_in_row_major_order),
        cmocka_unit_test(softmax_survives_large_logits),
        cmocka_unit_test(one_hot_leaves_out_labels_outside_the_classes),
        cmocka_unit_test(cross_entropy_is_minus_the_log_probability_of_the_label),
        cmocka_unit_test(a_label_outside_the_classes_costs_nothing),
        cmocka_unit_test(binary_cross_entropy_is_exact_far_out_and_has_the_right_gradient_at_zero),
        cmocka_unit_test(random_numbers_have_their_moments_and_belong_to_their_step),
        cmocka_unit_test(dropout_drops_its_share_and_keeps_the_expectation),
        cmocka_unit_test(drop_path_keeps_or_drops_whole_samples),
        cmocka_unit_test(what_where_does_not_choose_leaves_no_trace),
        cmocka_unit_test(rows_outside_a_table_are_zero),
        cmocka_unit_test(a_zero_vector_is_normalised_to_zero_with_a_finite_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
