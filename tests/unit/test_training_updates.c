/* Clipping, accumulation, the average of the weights, frozen variables, the early end: what a run's weights say of each. */
#include "base/json.h"
#include "evenhand/memory.h"
#include "nn/safetensors.h"

#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/small_training.h"

#include <math.h>
#include <string.h>

#define SETTINGS 6

/* Trains `run` with the settings; NULL-terminated. */
static void train(void *folder, const char *run, const char *const *setting)
{
    eh_arena *arena = eh_arena_new();
    const char *s[SETTINGS] = { NULL };
    for (int i = 0; i < SETTINGS && setting[i]; i++)
        s[i] = setting[i];
    eh_train_opts opts =
        small_options(folder, arena, run, "select=last", s[0], s[1], s[2], s[3], s[4], s[5], NULL);
    small_train(&opts, EH_OK, NULL);
    eh_arena_free(arena);
}
#define TRAIN(folder, run, ...) train((folder), (run), (const char *const[SETTINGS + 1]){ __VA_ARGS__ })

/* Length of the difference of two runs' tensors whose names begin with `prefix` and end with `suffix`. */
static double distance(void *folder, const char *a, const char *b, const char *prefix, const char *suffix)
{
    eh_safetensors *x = NULL, *y = NULL;
    double squares = 0;
    size_t seen = 0;
    assert_int_equal(eh_safetensors_open(&x, data_path(folder, "%s/weights.safetensors", a), NULL), EH_OK);
    assert_int_equal(eh_safetensors_open(&y, data_path(folder, "%s/weights.safetensors", b), NULL), EH_OK);
    for (size_t i = 0; i < eh_safetensors_count(x); i++) {
        const eh_safetensor *item = eh_safetensors_item(x, i);
        size_t length = strlen(item->name), end = strlen(suffix);
        if (strncmp(item->name, prefix, strlen(prefix)) != 0 || length < end ||
            strcmp(item->name + length - end, suffix) != 0 || strstr(item->name, "running_"))
            continue;
        size_t n = (size_t)eh_shape_elements(item->shape);
        float *p = eh_alloc(n, sizeof *p), *q = eh_alloc(n, sizeof *q);
        int64_t other = eh_safetensors_find(y, item->name);
        assert_true(other >= 0);
        assert_int_equal(eh_safetensors_read_float(x, i, p, NULL), EH_OK);
        assert_int_equal(eh_safetensors_read_float(y, (size_t)other, q, NULL), EH_OK);
        for (size_t k = 0; k < n; k++)
            squares += ((double)p[k] - (double)q[k]) * ((double)p[k] - (double)q[k]);
        seen++;
        eh_free(p);
        eh_free(q);
    }
    assert_true(seen > 0);
    eh_safetensors_close(x);
    eh_safetensors_close(y);
    return sqrt(squares);
}

/* Length of one tensor of a run. */
static double norm(void *folder, const char *run, const char *name)
{
    eh_safetensors *file = NULL;
    double squares = 0;
    assert_int_equal(eh_safetensors_open(&file, data_path(folder, "%s/weights.safetensors", run), NULL),
                     EH_OK);
    int64_t at = eh_safetensors_find(file, name);
    assert_true(at >= 0);
    size_t n = (size_t)eh_shape_elements(eh_safetensors_item(file, (size_t)at)->shape);
    float *value = eh_alloc(n, sizeof *value);
    assert_int_equal(eh_safetensors_read_float(file, (size_t)at, value, NULL), EH_OK);
    for (size_t i = 0; i < n; i++)
        squares += (double)value[i] * (double)value[i];
    eh_free(value);
    eh_safetensors_close(file);
    return sqrt(squares);
}

/* One update of a rate so small that the weights are still those of the start. */
static void train_start(void *folder)
{
    TRAIN(folder, "start", "epochs=1", "lr=1e-12", "batch=48", "optim=sgd:momentum=0");
}

static void clipped_gradients_have_the_given_length(void **state)
{
    small_catalog_biased(*state, 48);
    train_start(*state);
    TRAIN(*state, "plain", "epochs=1", "lr=0.1", "batch=48", "optim=sgd:momentum=0");
    TRAIN(*state, "clipped", "epochs=1", "lr=0.1", "batch=48", "optim=sgd:momentum=0", "clip=0.125");
    TRAIN(*state, "loose", "epochs=1", "lr=0.1", "batch=48", "optim=sgd:momentum=0", "clip=1000");
    double plain = distance(*state, "start", "plain", "", "");
    assert_true(plain > 0.0125 * 1.05); /* the limit matters */
    assert_true(fabs(distance(*state, "start", "clipped", "", "") - 0.0125) < 1e-5);
    assert_true(fabs(distance(*state, "start", "loose", "", "") - plain) < 1e-5);
    json_t *log = small_log(*state, "clipped");
    double shown = json_number_value(
        json_object_get(json_object_get(json_array_get(log, 0), "shown"), "gradient length"));
    assert_true(fabs(shown - plain / 0.1) < 1e-3 * shown);
    json_decref(log);
}

static void adding_up_two_batches_is_one_batch_twice_as_large(void **state)
{
    static const char model[] = "model=vgg-resnet:blocks=1,width=4,norm=false";
    small_catalog_biased(*state, 48);
    TRAIN(*state, "start", "epochs=1", "lr=1e-12", "batch=48", "optim=sgd:momentum=0", model);
    TRAIN(*state, "whole", "epochs=2", "lr=0.05", "batch=48", "optim=sgd", model);
    TRAIN(*state, "halves", "epochs=2", "lr=0.05", "batch=24", "optim=sgd", model, "accumulate=2");
    double moved = distance(*state, "start", "whole", "", "");
    assert_true(moved > 1e-3);
    assert_true(distance(*state, "whole", "halves", "", "") < 1e-4 * moved);
}

static void the_average_follows_the_weights(void **state)
{
    small_catalog_biased(*state, 48);
    train_start(*state);
    TRAIN(*state, "plain", "epochs=2", "lr=0.1", "batch=48", "optim=sgd:momentum=0");
    TRAIN(*state, "first", "epochs=1", "lr=0.1", "batch=48", "optim=sgd:momentum=0");
    TRAIN(*state, "average", "epochs=2", "lr=0.1", "batch=48", "optim=sgd:momentum=0", "average=0.9");
    /* Two updates: after the first the average is still the start, after the second start + (1 - d) (first - start), d = min(0.9, 2/11). */
    double step = distance(*state, "start", "first", "", "");
    assert_true(step > 1e-3);
    assert_true(fabs(distance(*state, "start", "average", "", "") - (1 - 2.0 / 11) * step) < 1e-4 * step);
    assert_true(distance(*state, "plain", "average", "", "") > 0.1 * step);
}

static void frozen_variables_stay_and_so_do_their_statistics(void **state)
{
    small_catalog_biased(*state, 48);
    train_start(*state);
    TRAIN(*state, "frozen", "epochs=3", "lr=0.1", "batch=16", "optim=sgd", "freeze=conv1*,bn1*");
    assert_true(distance(*state, "start", "frozen", "conv1.", "") < 1e-9);
    assert_true(distance(*state, "start", "frozen", "bn1.", "") < 1e-9);
    assert_true(distance(*state, "start", "frozen", "conv2.", "") > 1e-3);
    eh_safetensors *file = NULL;
    assert_int_equal(eh_safetensors_open(&file, data_path(*state, "frozen/weights.safetensors"), NULL),
                     EH_OK);
    float mean[2], moving[4];
    assert_int_equal(eh_safetensors_read_float(file, (size_t)eh_safetensors_find(file, "bn1.running_mean"),
                                               mean, NULL),
                     EH_OK);
    assert_int_equal(eh_safetensors_read_float(file, (size_t)eh_safetensors_find(file, "bn2.running_mean"),
                                               moving, NULL),
                     EH_OK);
    assert_true(mean[0] == 0 && mean[1] == 0);
    assert_true(moving[0] != 0);
    eh_safetensors_close(file);
}

static void layers_learn_at_their_own_rates(void **state)
{
    static const char plain[] = "optim=sgd:momentum=0";
    small_catalog_biased(*state, 48);
    train_start(*state);
    TRAIN(*state, "plain", "epochs=1", "lr=0.1", "batch=48", plain);
    TRAIN(*state, "named", "epochs=1", "lr=0.1", "batch=48", plain, "layer-lr=conv*=0.5,conv1*=0.1");
    TRAIN(*state, "decayed", "epochs=1", "lr=0.1", "batch=48", plain, "layer-decay=0.5");
    TRAIN(*state, "added-up", "epochs=1", "lr=0.1", "batch=24", plain, "accumulate=2", "layer-decay=0.5");
    static const struct {
        const char *layer;
        double named, decayed;
    } expected[] = { { "conv1.", 0.1, 1.0 / 32 }, { "bn1.", 1, 1.0 / 32 }, { "conv2.", 0.5, 1.0 / 16 },
                     { "conv4.", 0.5, 1.0 / 4 },  { "hidden.", 1, 0.5 },   { "fc.", 1, 1 } };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const char *layer = expected[i].layer;
        double whole = distance(*state, "start", "plain", layer, "");
        assert_true(whole > 1e-5);
        assert_true(fabs(distance(*state, "start", "named", layer, "") - expected[i].named * whole) <
                    1e-3 * whole);
        assert_true(fabs(distance(*state, "start", "decayed", layer, "") - expected[i].decayed * whole) <
                    1e-3 * whole);
    }
    /* Added up, the batches are others, yet the first layer moves about a thirty-second as far as without. */
    assert_true(distance(*state, "start", "added-up", "conv1.", "") <
                0.2 * distance(*state, "start", "plain", "conv1.", ""));
}

static void lamb_moves_a_tensor_by_a_share_of_its_length(void **state)
{
    small_catalog_biased(*state, 48);
    train_start(*state);
    TRAIN(*state, "lamb", "epochs=1", "lr=0.01", "batch=48", "optim=lamb:weight-decay=0");
    TRAIN(*state, "added-up", "epochs=1", "lr=0.01", "batch=24", "optim=lamb:weight-decay=0", "accumulate=2");
    static const char *const layers[] = { "conv1.weight", "conv2.weight", "hidden.weight", "bn1.weight" };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        double length = norm(*state, "start", layers[i]);
        double moved = distance(*state, "start", "lamb", layers[i], ""),
               other = distance(*state, "start", "added-up", layers[i], "");
        assert_true(fabs(moved - 0.01 * length) < 1e-4 * length);
        assert_true(fabs(other - 0.01 * length) < 1e-4 * length);
    }
}

static void a_training_that_gets_no_better_ends(void **state)
{
    small_catalog_biased(*state, 48);
    eh_arena *arena = eh_arena_new();
    eh_train_opts opts =
        small_options(*state, arena, "run", "epochs=9", "lr=1e-12", "patience=2", "select=average", NULL);
    small_train(&opts, EH_OK, NULL);
    json_t *log = small_log(*state, "run");
    size_t epochs = 0;
    bool said = false;
    for (size_t i = 0; i < json_array_size(log); i++) {
        const char *event = json_string_value(json_object_get(json_array_get(log, i), "event"));
        const char *message = json_string_value(json_object_get(json_array_get(log, i), "message"));
        epochs += event && strcmp(event, "epoch") == 0;
        said = said || (message && strstr(message, "the training ends after epoch 3"));
    }
    assert_int_equal(epochs, 3);
    assert_true(said);
    json_decref(log);
    /* Going on with it finds that it has finished. */
    opts.resume = true;
    small_train(&opts, EH_OK, NULL);
    eh_arena_free(arena);
}

static void expect_refusal(void *folder, const char *setting, const char *other, const char *part)
{
    eh_arena *arena = eh_arena_new();
    eh_error err = { 0 };
    eh_train_opts opts = small_options(folder, arena, "refused", setting, other, NULL);
    small_train(&opts, EH_ERR_USAGE, &err);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
    eh_arena_free(arena);
}

static void what_cannot_be_is_refused_with_a_sentence(void **state)
{
    small_catalog_biased(*state, 48);
    expect_refusal(*state, "freeze=*", NULL, "nothing is left to learn");
    expect_refusal(*state, "freeze=conv1*,con2*", NULL,
                   "--freeze: no variable of the model matches 'con2*'; did you mean 'conv2*'?");
    expect_refusal(*state, "layer-lr=layer1*=0.1", NULL,
                   "--layer-lr: no variable of the model matches 'layer1*'; their names begin with conv1, "
                   "bn1, conv2");
    expect_refusal(*state, "layer-lr=conv1*", NULL, "'conv1*' is no PATTERN=FACTOR");
    expect_refusal(*state, "layer-lr=conv1*=0", NULL, "with a factor above 0");
    expect_refusal(*state, "patience=2", "select=last", "--patience waits for a better epoch");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(clipped_gradients_have_the_given_length, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(adding_up_two_batches_is_one_batch_twice_as_large, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(the_average_follows_the_weights, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(frozen_variables_stay_and_so_do_their_statistics, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(layers_learn_at_their_own_rates, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(lamb_moves_a_tensor_by_a_share_of_its_length, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(a_training_that_gets_no_better_ends, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused_with_a_sentence, data_folder_make,
                                        data_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
