/* ONNX: which operations are translated, and what a refusal says. What models compute is judged by tests/onnx. */
#include "support/cmocka_all.h"
#include "support/temp_folder.h"

#include "base/file.h"
#include "nn/onnx.h"
#include "tensor/ops.h"

#include <string.h>

/* What inference does not use: gradients, updates, randomness, labels. */
static const eh_op *const training[] = {
    &eh_op_conv2d_weight_grad,
    &eh_op_batch_norm_grad,
    &eh_op_batch_norm_update,
    &eh_op_batch_norm_fixed_grad,
    &eh_op_max_pool2d_grad,
    &eh_op_max_pool2d_pick,
    &eh_op_avg_pool2d_grad,
    &eh_op_global_avg_pool_grad,
    &eh_op_resample2d_grad,
    &eh_op_relu_grad,
    &eh_op_gelu_grad,
    &eh_op_gelu_tanh_grad,
    &eh_op_silu_grad,
    &eh_op_hard_swish_grad,
    &eh_op_leaky_relu_grad,
    &eh_op_max_mask,
    &eh_op_gather,
    &eh_op_gather_grad,
    &eh_op_random,
    &eh_op_one_hot,
    &eh_op_assign,
    &eh_op_adam_update,
    &eh_op_sgd_update,
    NULL,
};

static void every_operation_is_translated_or_belongs_to_training(void **state)
{
    (void)state;
    for (size_t i = 0; eh_op_list[i]; i++) {
        const eh_op *op = (const eh_op *)eh_op_list[i];
        bool known = eh_onnx_translates(op);
        for (size_t k = 0; training[k]; k++)
            if (training[k] == op) {
                assert_false(known);
                known = true;
            }
        if (!known)
            fail_msg("%s is neither translated nor listed as one of training", op->entry.name);
    }
}

/* images [batch,1,4,4] -> flatten -> linear -> [batch,2] */
static eh_tensor *small_network(eh_graph *g, eh_tensor **images)
{
    eh_init zero = { .kind = EH_INIT_CONSTANT, .a = 0.5 };
    *images = eh_input(g, "images", eh_shape_of(4, EH_ONNX_BATCH, 1, 4, 4), EH_F32);
    eh_tensor *w = eh_variable(g, "fc.weight", eh_shape_of(2, 2, 16), EH_TRAINABLE, zero);
    return eh_linear(g, eh_flatten(g, *images), w, NULL);
}

static void the_number_of_images_stays_open(void **state)
{
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_tensor *images;
    eh_error err = { 0 };
    uint8_t *bytes;
    size_t size;
    const char *path = temp_path(state, "model.onnx");
    assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, NULL), EH_OK);
    eh_onnx_output out = { "answer", small_network(g, &images) };
    const char *const metadata[] = { "classes", "two", NULL };
    const eh_onnx_model model = { .name = "small",
                                  .images = images,
                                  .input_name = "images",
                                  .output = &out,
                                  .outputs = 1,
                                  .metadata = metadata };
    if (eh_onnx_write(path, &model, params, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(eh_file_read(&bytes, &size, path, 0, NULL), EH_OK);
    /* ModelProto: ir_version = 8, then producer_name = "evenhand". */
    assert_memory_equal(bytes,
                        "\x08\x08\x12\x08"
                        "evenhand",
                        12);
    size_t batches = 0, runs = 0;
    for (size_t i = 0; i + 5 <= size; i++)
        batches += memcmp(bytes + i, "batch", 5) == 0;
    uint8_t weights[128];
    for (size_t i = 0; i < sizeof weights; i += 4)
        memcpy(weights + i, "\0\0\0\x3f", 4); /* one half */
    for (size_t i = 0; i + sizeof weights <= size; i++)
        runs += memcmp(bytes + i, weights, sizeof weights) == 0;
    assert_int_equal(batches, 2); /* of the input and of the output */
    assert_int_equal(runs, 1);
    eh_free(bytes);
    eh_graph_free(g);
    eh_params_free(params);
}

static void an_operation_of_training_is_refused_by_name(void **state)
{
    eh_params *params = NULL;
    eh_graph *g = NULL;
    eh_tensor *images;
    eh_error err = { 0 };
    const char *path = temp_path(state, "refused.onnx");
    assert_int_equal(eh_params_new(&params, 1, NULL), EH_OK);
    assert_int_equal(eh_graph_new(&g, params, NULL), EH_OK);
    eh_tensor *y = small_network(g, &images);
    eh_tensor *step = eh_full(g, eh_shape_of(0), 1);
    eh_onnx_output out = { "answer", eh_dropout(g, y, 0.5, step) };
    const eh_onnx_model model = {
        .name = "small", .images = images, .input_name = "images", .output = &out, .outputs = 1
    };
    assert_int_equal(eh_onnx_write(path, &model, params, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "random"));
    assert_non_null(strstr(err.message, "no translation"));
    assert_false(eh_path_exists(path));
    eh_graph_free(g);
    eh_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_is_translated_or_belongs_to_training),
        cmocka_unit_test_setup_teardown(the_number_of_images_stays_open, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(an_operation_of_training_is_refused_by_name, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
