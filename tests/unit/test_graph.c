/* test_graph.c - building graphs: names and scopes, shared variables, sticky errors whose sentences help, and running out of memory. */
#include "support/engine_expect.h"

#include <string.h>

static const eh_init zero = { 0 };

static void scopes_join_with_dots_and_prefix_variables(void **state)
{
    engine_fixture f = engine_begin();
    (void)state;
    assert_string_equal(eh_scope(f.g), "");
    eh_scope_push(f.g, "layer%d.%d", 1, 0);
    eh_scope_push(f.g, "conv1");
    assert_string_equal(eh_scope(f.g), "layer1.0.conv1");
    eh_variable(f.g, "weight", eh_shape_of(1, 3), EH_TRAINABLE, zero);
    eh_scope_pop(f.g);
    assert_string_equal(eh_scope(f.g), "layer1.0");
    eh_scope_pop(f.g);
    assert_string_equal(eh_scope(f.g), "");
    assert_int_equal(eh_params_find(f.params, "layer1.0.conv1.weight"), 0);
    engine_end(&f);
}

static void one_variable_is_one_tensor_in_a_graph_and_shared_between_graphs(void **state)
{
    engine_fixture f = engine_begin();
    eh_graph *other = NULL;
    eh_tensor *a = eh_variable(f.g, "w", eh_shape_of(1, 3), EH_TRAINABLE, zero);
    (void)state;
    assert_ptr_equal(a, eh_variable(f.g, "w", eh_shape_of(1, 3), EH_TRAINABLE, zero));
    assert_int_equal(eh_graph_new(&other, f.params, NULL), EH_OK);
    assert_non_null(eh_variable(other, "w", eh_shape_of(1, 3), EH_TRAINABLE, zero));
    assert_int_equal(eh_params_count(f.params), 1);
    eh_graph_free(other);
    engine_end(&f);
}

static void a_variable_asked_for_with_another_shape_or_role_is_an_error(void **state)
{
    engine_fixture f = engine_begin();
    (void)state;
    eh_variable(f.g, "w", eh_shape_of(1, 3), EH_TRAINABLE, zero);
    assert_null(eh_variable(f.g, "w", eh_shape_of(1, 4), EH_TRAINABLE, zero));
    EXPECT_ERROR(f.g, "'w'", "[3]", "[4]");
    engine_end(&f);
    f = engine_begin();
    eh_variable(f.g, "w", eh_shape_of(1, 3), EH_TRAINABLE, zero);
    assert_null(eh_variable(f.g, "w", eh_shape_of(1, 3), EH_BUFFER, zero));
    EXPECT_ERROR(f.g, "'w'", "trainable", "buffer");
    engine_end(&f);
}

static void the_first_error_stays_and_names_scope_op_and_shapes(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = engine_ramp(f.g, eh_shape_of(4, 2, 3, 8, 8), 0, 1),
              *w = engine_ramp(f.g, eh_shape_of(4, 4, 2, 3, 3), 0, 1), *y = NULL;
    (void)state;
    eh_scope_push(f.g, "layer2");
    y = eh_conv2d(f.g, x, w, NULL, (eh_conv2d_opts){ 0 });
    assert_null(y);
    eh_scope_pop(f.g);
    assert_null(eh_relu(f.g, y));
    assert_null(eh_add(f.g, x, w));
    assert_null(eh_graph_fail(f.g, EH_ERR_INPUT, "another"));
    EXPECT_ERROR(f.g, "layer2", "conv2d", "[2, 3, 8, 8]", "[4, 2, 3, 3]", "3 channels");
    engine_end(&f);
}

typedef eh_tensor *(*builder)(eh_graph *g, eh_tensor *image, eh_tensor *matrix, eh_tensor *labels);

#define REFUSED(name, call)                                                                     \
    static eh_tensor *name(eh_graph *g, eh_tensor *image, eh_tensor *matrix, eh_tensor *labels) \
    {                                                                                           \
        (void)image;                                                                            \
        (void)matrix;                                                                           \
        (void)labels;                                                                           \
        return call;                                                                            \
    }
/* image [2,3,4,4], matrix [2,5], labels i32 [3] */
REFUSED(small_image,
        eh_conv2d(g, image, eh_full(g, eh_shape_of(4, 1, 3, 5, 5), 1), NULL, (eh_conv2d_opts){ 0 }))
REFUSED(bad_bias,
        eh_conv2d(g, image, eh_full(g, eh_shape_of(4, 2, 3, 1, 1), 1), matrix, (eh_conv2d_opts){ 0 }))
REFUSED(bad_stride, eh_conv2d(g, image, image, NULL, (eh_conv2d_opts){ .stride = { -1, 1 } }))
REFUSED(bad_groups,
        eh_conv2d(g, image, eh_full(g, eh_shape_of(4, 3, 1, 1, 1), 1), NULL, (eh_conv2d_opts){ .groups = 2 }))
REFUSED(bad_matmul, eh_matmul(g, matrix, matrix, false, false))
REFUSED(matmul_of_image, eh_matmul(g, matrix, image, false, false))
REFUSED(bad_linear, eh_linear(g, matrix, eh_full(g, eh_shape_of(2, 7, 4), 1), NULL))
REFUSED(linear_of_image, eh_linear(g, image, matrix, NULL))
REFUSED(bad_norm, eh_batch_norm_fixed(g, image, matrix, matrix, matrix, matrix, 1e-5))
REFUSED(norm_of_one, eh_batch_norm(g, eh_full(g, eh_shape_of(2, 1, 3), 1), eh_full(g, eh_shape_of(1, 3), 1),
                                   eh_full(g, eh_shape_of(1, 3), 1), NULL, NULL, 0.1, 1e-5))
REFUSED(bad_pool, eh_max_pool2d(g, image, (eh_pool2d_opts){ .kernel = { 2, 2 }, .pad = { 2, 2 } }))
REFUSED(large_pool, eh_avg_pool2d(g, image, (eh_pool2d_opts){ .kernel = { 5, 1 } }))
REFUSED(pool_of_matrix, eh_global_avg_pool(g, matrix))
REFUSED(bad_add, eh_add(g, image, matrix))
REFUSED(add_labels, eh_add(g, matrix, labels))
REFUSED(bad_axis, eh_sum(g, matrix, 1u << 2, false))
REFUSED(bad_reshape, eh_reshape(g, matrix, eh_shape_of(1, 9)))
REFUSED(bad_open_size, eh_reshape(g, matrix, eh_shape_of(2, 3, -1)))
REFUSED(bad_order, eh_permute(g, matrix, (const int[]){ 0, 0 }))
REFUSED(bad_broadcast, eh_broadcast_to(g, matrix, eh_shape_of(1, 5)))
REFUSED(softmax_of_scalar, eh_softmax(g, eh_full(g, eh_shape_of(0), 1)))
REFUSED(one_hot_of_reals, eh_one_hot(g, matrix, 3))
REFUSED(bad_entropy, eh_cross_entropy(g, matrix, labels, 0))
REFUSED(bad_smoothing, eh_cross_entropy(g, eh_full(g, eh_shape_of(2, 3, 2), 0), labels, 1))
REFUSED(bad_binary, eh_binary_cross_entropy(g, matrix, labels))
REFUSED(bad_factor, eh_reverse_gradient(g, image, matrix))
REFUSED(no_elements, eh_full(g, eh_shape_of(2, 3, 0), 1))
REFUSED(too_many_elements, eh_full(g, eh_shape_of(3, INT64_C(1) << 31, INT64_C(1) << 31, 4), 1))

REFUSED(bad_transposed, eh_conv_transpose2d(g, image, eh_full(g, eh_shape_of(4, 2, 1, 3, 3), 1), NULL,
                                            (eh_conv2d_opts){ 0 }, NULL))
REFUSED(bad_extra, eh_conv_transpose2d(g, image, eh_full(g, eh_shape_of(4, 3, 1, 3, 3), 1), NULL,
                                       (eh_conv2d_opts){ .stride = { 2, 2 } }, (const int[]){ 2, 0 }))
REFUSED(bad_group,
        eh_group_norm(g, image, eh_full(g, eh_shape_of(1, 3), 1), eh_full(g, eh_shape_of(1, 3), 1), 2, 1e-5))
REFUSED(bad_layer, eh_layer_norm(g, matrix, matrix, matrix, 1e-5))
REFUSED(bad_clip, eh_clip(g, matrix, 1, -1))
REFUSED(bad_resize, eh_resize2d(g, image, 0, 3, EH_INTERPOLATE_NEAREST))
REFUSED(bad_reflect, eh_reflect_pad2d(g, image, 4, 0, 0, 0))
REFUSED(bad_slice, eh_slice(g, matrix, 1, 3, 3))
REFUSED(bad_slice_axis, eh_slice(g, matrix, 2, 0, 1))
REFUSED(bad_padding, eh_pad(g, matrix, (const int64_t[]){ 0, -1 }, (const int64_t[]){ 0, 0 }))
REFUSED(bad_concat, eh_concat(g, (eh_tensor *[]){ image, eh_full(g, eh_shape_of(4, 2, 3, 4, 5), 1) }, 2, 1))
REFUSED(bad_gather, eh_gather(g, matrix, matrix))
REFUSED(bad_probability, eh_dropout(g, matrix, 1, eh_full(g, eh_shape_of(0), 1)))
REFUSED(bad_step, eh_random_normal(g, eh_shape_of(1, 3), matrix))
REFUSED(bad_where, eh_where(g, matrix, image, image))
REFUSED(bad_attention, eh_attention(g, matrix, matrix, matrix))
REFUSED(bad_error, eh_squared_error(g, matrix, eh_full(g, eh_shape_of(2, 2, 6), 1)))
REFUSED(bad_delta, eh_huber_error(g, matrix, matrix, 0))
REFUSED(bad_soft, eh_soft_cross_entropy(g, matrix, eh_full(g, eh_shape_of(1, 5), 1)))

static void shapes_that_do_not_fit_give_a_sentence_with_the_shapes(void **state)
{
    static const struct {
        builder build;
        const char *part[3];
    } row[] = {
        { small_image, { "conv2d", "[2, 3, 4, 4]", "[1, 3, 5, 5]" } },
        { bad_bias, { "conv2d", "bias", "[2, 5]" } },
        { bad_stride, { "conv2d", "stride", "positive" } },
        { bad_groups, { "conv2d", "2 groups", "[3, 1, 1, 1]" } },
        { bad_matmul, { "matmul", "inner sizes", "[2, 5]" } },
        { matmul_of_image, { "matmul", "[2, 5]", "[2, 3, 4, 4]" } },
        { bad_linear, { "linear", "5 features", "[7, 4]" } },
        { linear_of_image, { "linear", "flatten", "[2, 3, 4, 4]" } },
        { bad_norm, { "batch_norm_fixed", "3 channels", "[2, 5]" } },
        { norm_of_one, { "batch_norm", "[1, 3]", "variance" } },
        { bad_pool, { "max_pool2d", "kernel 2 x 2", "padding 2 x 2" } },
        { large_pool, { "avg_pool2d", "[2, 3, 4, 4]", "5 x 1" } },
        { pool_of_matrix, { "global_avg_pool", "[2, 5]", "[N,C,H,W]" } },
        { bad_add, { "add", "[2, 3, 4, 4]", "[2, 5]" } },
        { add_labels, { "add", "input 2", "labels" } },
        { bad_axis, { "sum", "0x4", "[2, 5]" } },
        { bad_reshape, { "reshape", "[2, 5]", "[9]" } },
        { bad_open_size, { "reshape", "[3, -1]", "[2, 5]" } },
        { bad_order, { "permute", "[2, 5]", "once" } },
        { bad_broadcast, { "broadcast_to", "[2, 5]", "[5]" } },
        { softmax_of_scalar, { "softmax", "scalar", "classes" } },
        { one_hot_of_reals, { "one_hot", "class numbers", "i32" } },
        { bad_entropy, { "cross_entropy", "[2, 5]", "[3]" } },
        { bad_smoothing, { "cross_entropy", "smoothing", "[0, 1)" } },
        { bad_binary, { "binary_cross_entropy", "[2, 5]", "[3]" } },
        { bad_factor, { "reverse_gradient", "scalar", "[2, 5]" } },
        { bad_transposed, { "conv_transpose2d", "[2, 3, 4, 4]", "[2, 1, 3, 3]" } },
        { bad_extra, { "conv_transpose2d", "(2)", "stride" } },
        { bad_group, { "group_norm", "[2, 3, 4, 4]", "2 equal groups" } },
        { bad_layer, { "layer_norm", "last axis", "[2, 5]" } },
        { bad_clip, { "clip", "1", "-1" } },
        { bad_resize, { "resize2d", "0 x 3", "[2, 3, 4, 4]" } },
        { bad_reflect, { "reflect_pad2d", "4, 0 rows", "[2, 3, 4, 4]" } },
        { bad_slice, { "slice", "[2, 3]", "[2, 5]" } },
        { bad_slice_axis, { "slice", "no axis 2", "[2, 5]" } },
        { bad_padding, { "pad", "-1 before", "axis 1" } },
        { bad_concat, { "concat", "[2, 3, 4, 5]", "axis 1" } },
        { bad_gather, { "gather", "row numbers", "i32" } },
        { bad_probability, { "random", "[0, 1)", "1" } },
        { bad_step, { "random", "scalar", "[2, 5]" } },
        { bad_where, { "where", "[2, 5]", "[2, 3, 4, 4]" } },
        { bad_attention, { "attention", "[B,T,D]", "[2, 5]" } },
        { bad_error, { "squared_error", "[2, 5]", "[2, 6]" } },
        { bad_delta, { "huber_error", "delta", "positive" } },
        { bad_soft, { "soft_cross_entropy", "[2, 5]", "[5]" } },
        { no_elements, { "constant", "[3, 0]", "at least 1" } },
        { too_many_elements, { "constant", "2147483648", "addressed" } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        engine_fixture f = engine_begin();
        eh_tensor *image = eh_input(f.g, "image", eh_shape_of(4, 2, 3, 4, 4), EH_F32);
        eh_tensor *matrix = eh_input(f.g, "matrix", eh_shape_of(2, 2, 5), EH_F32);
        eh_tensor *labels = eh_input(f.g, "labels", eh_shape_of(1, 3), EH_I32);
        eh_scope_push(f.g, "head");
        assert_null(row[i].build(f.g, image, matrix, labels));
        EXPECT_ERROR(f.g, "head", row[i].part[0], row[i].part[1], row[i].part[2]);
        engine_end(&f);
    }
}

static void exposed_tensors_are_found_by_name(void **state)
{
    engine_fixture f = engine_begin();
    eh_tensor *x = eh_input(f.g, "x", eh_shape_of(1, 2), EH_F32),
              *y = eh_expose(f.g, "features", eh_relu(f.g, x));
    (void)state;
    assert_ptr_equal(eh_exposed(f.g, "features"), y);
    assert_null(eh_exposed(f.g, "other"));
    assert_int_equal(eh_exposed_count(f.g), 1);
    assert_string_equal(eh_exposed_name(f.g, 0), "features");
    y = eh_expose(f.g, "again", y); /* a second name: another tensor of the same value */
    assert_ptr_equal(eh_exposed(f.g, "again"), y);
    assert_string_equal(eh_exposed_name(f.g, 0), "features");
    assert_null(eh_expose(f.g, "features", x));
    EXPECT_ERROR(f.g, "'features'", "unique");
    engine_end(&f);
}

static void shapes_are_written_for_people_and_cut_to_size(void **state)
{
    char text[64], small[6];
    (void)state;
    assert_string_equal(eh_shape_text(eh_shape_of(3, 64, 3, 7), text, sizeof text), "[64, 3, 7]");
    assert_string_equal(eh_shape_text(eh_shape_of(0), text, sizeof text), "[]");
    assert_string_equal(eh_shape_text(eh_shape_of(2, 123, 456), small, sizeof small), "[123,");
    assert_int_equal(eh_shape_elements(eh_shape_of(0)), 1);
    assert_int_equal(eh_shape_elements(eh_shape_of(3, 64, 3, 7)), 64 * 3 * 7);
}

/* ---- running out of memory ---- */

typedef struct failure {
    uint64_t at;
    bool for_ever; /* all later ones fail too */
} failure;

static int fail_at(void *user, uint64_t number, size_t bytes)
{
    const failure *failing = user;
    (void)bytes;
    return number == failing->at || (failing->for_ever && number > failing->at);
}

/* Builds and differentiates a small network; the status of the whole. */
static eh_status build_network(eh_error *err)
{
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_tensor *x, *y, *w, *grad[1] = { NULL };
    eh_status status = EH_OK;
    EH_TRY_GOTO(status, eh_params_new(&params, 1, err));
    EH_TRY_GOTO(status, eh_graph_new(&g, params, err));
    eh_scope_push(g, "layer");
    x = eh_input(g, "x", eh_shape_of(4, 2, 3, 4, 4), EH_F32);
    w = eh_variable(g, "weight", eh_shape_of(4, 2, 3, 3, 3), EH_TRAINABLE,
                    (eh_init){ .kind = EH_INIT_NORMAL, .a = 1 });
    y = eh_expose(g, "features", eh_conv2d(g, x, w, NULL, (eh_conv2d_opts){ .pad = { 1, 1 } }));
    y = eh_batch_norm(g, y, eh_variable(g, "scale", eh_shape_of(1, 2), EH_TRAINABLE, (eh_init){ .a = 1 }),
                      eh_variable(g, "shift", eh_shape_of(1, 2), EH_TRAINABLE, zero),
                      eh_variable(g, "mean", eh_shape_of(1, 2), EH_BUFFER, zero),
                      eh_variable(g, "var", eh_shape_of(1, 2), EH_BUFFER, (eh_init){ .a = 1 }), 0.1, 1e-5);
    eh_scope_pop(g);
    y = eh_cross_entropy(g, eh_global_avg_pool(g, y), eh_input(g, "labels", eh_shape_of(1, 2), EH_I32), 0.1);
    y = eh_mul(g, eh_mean(g, y, 0, false), eh_constant(g, eh_shape_of(0), (const float[]){ 2 }));
    EH_TRY_GOTO(status, eh_graph_check(g, err));
    EH_TRY_GOTO(status, eh_gradients(g, y, &w, 1, grad, err));
    eh_sgd_update(g, w, grad[0], eh_full(g, eh_shape_of(0), 1), eh_full(g, eh_shape_of(0), 1),
                  (eh_sgd_opts){ 0 });
    EH_TRY_GOTO(status, eh_graph_check(g, err));
done:
    eh_graph_free(g);
    eh_params_free(params);
    return status;
}

static void every_failing_allocation_is_an_error_and_leaks_nothing(void **state)
{
    eh_error err = { 0 };
    uint64_t live = eh_alloc_live_bytes(), used = eh_alloc_count();
    (void)state;
    assert_int_equal(build_network(&err), EH_OK);
    used = eh_alloc_count() - used;
    assert_true(used > 20);
    for (uint64_t i = 0; i < 2 * used; i++) {
        failure failing = { .at = i / 2, .for_ever = i % 2 };
        err = (eh_error){ 0 };
        eh_alloc_set_hook(fail_at, &failing);
        assert_int_equal(build_network(&err), EH_ERR_MEMORY);
        eh_alloc_set_hook(NULL, NULL);
        assert_true(err.message[0] != 0);
        assert_int_equal(eh_alloc_live_bytes(), live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scopes_join_with_dots_and_prefix_variables),
        cmocka_unit_test(one_variable_is_one_tensor_in_a_graph_and_shared_between_graphs),
        cmocka_unit_test(a_variable_asked_for_with_another_shape_or_role_is_an_error),
        cmocka_unit_test(the_first_error_stays_and_names_scope_op_and_shapes),
        cmocka_unit_test(shapes_that_do_not_fit_give_a_sentence_with_the_shapes),
        cmocka_unit_test(exposed_tensors_are_found_by_name),
        cmocka_unit_test(shapes_are_written_for_people_and_cut_to_size),
        cmocka_unit_test(every_failing_allocation_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
