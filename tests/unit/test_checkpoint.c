/* Checkpoints: a run that is stopped anywhere and resumed ends with the same bytes, and what does not belong together is refused. */
#include "support/small_training.h"

#include "base/file.h"
#include "base/json.h"
#include "base/threads.h"
#include "nn/safetensors.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static eh_arena *arena;

static int make(void **state)
{
    arena = eh_arena_new();
    return data_folder_make(state);
}

static int clear(void **state)
{
    eh_arena_free(arena);
    return data_folder_remove(state);
}

/* Asks to stop when it has been asked `allowed` times. */
typedef struct stopper {
    int allowed, asked;
} stopper;

static bool stop_after(void *user)
{
    stopper *s = user;
    return s->asked++ >= s->allowed;
}

static void stop_training(const eh_train_opts *opts, int allowed)
{
    stopper s = { allowed, 0 };
    eh_progress progress = { .user = &s, .stop_requested = stop_after };
    eh_error err = { 0 };
    eh_status status = eh_train(opts, &progress, &err);
    if (status != EH_ERR_INTERRUPTED)
        fail_msg("status %s (%s) instead of interrupted", eh_status_name(status), err.message);
    assert_non_null(strstr(err.message, "--resume"));
}

static json_t *epochs_of(void *folder, const char *run)
{
    json_t *events = small_log(folder, run), *epochs = json_array();
    for (size_t i = 0; i < json_array_size(events); i++) {
        json_t *e = json_array_get(events, i);
        const char *event = json_string_value(json_object_get(e, "event"));
        if (strcmp(event, "epoch") != 0 && strcmp(event, "table") != 0)
            continue;
        static const char *const clocks[] = { "seconds", "images_per_s", "wait_seconds", "cpu_use",
                                              "peak_memory_bytes" };
        for (size_t k = 0; k < 5; k++)
            json_object_del(e, clocks[k]);
        json_array_append(epochs, e);
    }
    json_decref(events);
    return epochs;
}

static void expect_same_run(void *folder, const char *a, const char *b)
{
    static const char *const names[] = { "weights.safetensors", "predictions-valid.csv",
                                         "predictions-test.csv" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *x = eh_arena_printf(arena, "%s/%s", a, names[i]),
                   *y = eh_arena_printf(arena, "%s/%s", b, names[i]);
        if (!small_same_file(folder, x, y))
            fail_msg("%s differs from %s", y, x);
    }
    json_t *x = epochs_of(folder, a), *y = epochs_of(folder, b);
    assert_true(json_equal(x, y)); /* losses to the last digit, every epoch once */
    json_decref(x);
    json_decref(y);
}

static const char small_model[] = "model=standard-cnn:width=2,hidden=8";

/* 96 images in batches of 16: 6 steps an epoch, 3 epochs. A stop is asked for before each step, once more at an epoch's end, and before each of
 * the validation's two batches: 9 times an epoch. */
static void check_stops(void **state, const char *setting, const char *model, int stride)
{
    small_catalog_biased(*state, 96);
    eh_train_opts whole =
        small_options(*state, arena, "whole", setting, model, "augment=flip", "schedule=one-cycle", NULL);
    small_train(&whole, EH_OK, NULL);
    for (int stop = 0; stop < 27; stop += stride) {
        const char *name = eh_arena_printf(arena, "stop-%d", stop);
        eh_train_opts first =
            small_options(*state, arena, name, setting, model, "augment=flip", "schedule=one-cycle", NULL);
        eh_train_opts second = small_options(*state, arena, name, setting, model, "augment=flip",
                                             "schedule=one-cycle", "resume=true", NULL);
        stop_training(&first, stop);
        small_train(&second, EH_OK, NULL);
        expect_same_run(*state, "whole", name);
    }
}

static void a_run_stopped_at_any_step_ends_with_the_same_bytes(void **state)
{
    check_stops(state, "method=erm", small_model, 2);
}

static void a_run_in_the_precision_of_the_processor_does_too(void **state)
{
    check_stops(state, "precision=auto", small_model, 5);
}

static void the_state_of_a_method_is_resumed_too(void **state)
{
    check_stops(state, "method=gdro:step-size=0.5", small_model, 5);
}

static void the_average_of_the_weights_is_resumed_too(void **state)
{
    check_stops(state, "average=0.99", small_model, 7);
}

static void sums_of_gradients_are_resumed_too(void **state)
{
    check_stops(state, "accumulate=4", small_model, 7); /* 6 steps an epoch: a sum is carried over its end */
}

static void weights_that_a_method_takes_from_the_model_are_the_same_again(void **state)
{
    check_stops(state, "method=dbvae", "model=dbvae:width=2,hidden=8,latent=3", 4);
    assert_true(small_same_file(*state, "whole/sampling-weights.csv", "stop-8/sampling-weights.csv"));
}

static void a_run_may_be_stopped_many_times(void **state)
{
    small_catalog_biased(*state, 96);
    eh_train_opts whole = small_options(*state, arena, "whole", "optim=sgd", "lr=0.01", NULL);
    eh_train_opts part = small_options(*state, arena, "part", "optim=sgd", "lr=0.01", "resume=true",
                                       NULL); /* --resume may begin a run */
    small_train(&whole, EH_OK, NULL);
    for (int i = 0; i < 5; i++)
        stop_training(&part, 2);
    small_train(&part, EH_OK, NULL);
    expect_same_run(*state, "whole", "part");
    json_t *events = small_log(*state, "part");
    int resumed = 0;
    for (size_t i = 0; i < json_array_size(events); i++)
        resumed +=
            strcmp(json_string_value(json_object_get(json_array_get(events, i), "event")), "resumed") == 0;
    assert_int_equal(resumed, 5);
    json_decref(events);
}

/* Every choice in the cache is changed to oneDNN's "free" between stop and resumption; the run goes on with those that it began with. */
static void a_resumed_run_keeps_its_implementations(void **state)
{
    small_catalog_biased(*state, 96);
    const char *before = getenv("EVENHAND_CACHE"), *model = "model=vgg-resnet:blocks=1,width=16";
    const char *cache = eh_arena_strdup(arena, data_path(*state, "cache"));
    const char *file = eh_arena_printf(arena, "%s/tuning.json", cache);
    char *restore = before ? eh_arena_strdup(arena, before) : NULL;
    setenv("EVENHAND_CACHE", cache, 1);
    eh_train_opts whole = small_options(*state, arena, "whole", model, "tune=fast", NULL);
    eh_train_opts part = small_options(*state, arena, "part", model, "tune=fast", "resume=true", NULL);
    small_train(&whole, EH_OK, NULL);
    stop_training(&part, 8);
    json_t *root = NULL, *choices;
    const char *machine, *key;
    size_t changed = 0;
    assert_int_equal(eh_json_read(&root, file, NULL), EH_OK);
    json_object_foreach(json_object_get(root, "machines"), machine, choices)
    {
        json_t *way;
        json_object_foreach(choices, key, way)
        {
            changed += strcmp(json_string_value(way), "free") != 0;
            json_string_set(way, "free");
        }
    }
    assert_true(changed > 0);
    assert_int_equal(eh_json_write(root, file, NULL), EH_OK);
    json_decref(root);
    part.tune = EH_TUNE_OFF; /* nor does this change them */
    small_train(&part, EH_OK, NULL);
    expect_same_run(*state, "whole", "part");
    eh_train_opts other = small_options(*state, arena, "other", model, "tune=fast", NULL);
    small_train(&other, EH_OK, NULL); /* a new one takes what the cache says */
    assert_false(small_same_file(*state, "whole/tuning.json", "other/tuning.json"));
    if (restore)
        setenv("EVENHAND_CACHE", restore, 1);
    else
        unsetenv("EVENHAND_CACHE");
}

static void what_a_killed_run_wrote_after_its_checkpoint_is_written_again(void **state)
{
    small_catalog_biased(*state, 96);
    eh_train_opts whole = small_options(*state, arena, "whole", NULL);
    eh_train_opts part = small_options(*state, arena, "part", "resume=true", NULL);
    small_train(&whole, EH_OK, NULL);
    stop_training(&part, 12);
    /* As if the process had died later: an epoch that no checkpoint knows, half a line, and files that were being written. */
    FILE *log = fopen(data_path(*state, "part/log.jsonl"), "ab");
    fputs("{\"event\":\"epoch\",\"epoch\":2,\"loss\":9}\n{\"event\":\"ep", log);
    fclose(log);
    data_write_text(*state, "part/checkpoints/last-99-2.safetensors", "half");
    data_write_text(*state, "part/checkpoints/last.json.tmp.1234.0", "{");
    small_train(&part, EH_OK, NULL);
    expect_same_run(*state, "whole", "part");
    assert_false(eh_path_exists(data_path(*state, "part/checkpoints/last-99-2.safetensors")));
    assert_false(eh_path_exists(data_path(*state, "part/checkpoints/last.json.tmp.1234.0")));
}

static void a_loss_that_runs_away_ends_the_run_and_leaves_a_checkpoint_of_finite_numbers(void **state)
{
    eh_error err = { 0 };
    small_catalog_biased(*state, 96);
    eh_train_opts opts =
        small_options(*state, arena, "run", "checkpoint-steps=1", "optim=sgd", "lr=1e6", NULL);
    small_train(&opts, EH_ERR_NUMERIC, &err);
    if (!strstr(err.message, "--lr") || !strstr(err.message, "epoch 1") ||
        !strstr(err.message, " is the first to hold "))
        fail_msg("'%s' names no epoch, no layer or no remedy", err.message);
    json_t *last = NULL;
    eh_safetensors *file = NULL;
    assert_int_equal(eh_json_read(&last, data_path(*state, "run/checkpoints/last.json"), NULL), EH_OK);
    const char *name =
        data_path(*state, "run/checkpoints/%s", json_string_value(json_object_get(last, "tensors")));
    assert_int_equal(eh_safetensors_open(&file, name, NULL), EH_OK);
    for (size_t i = 0; i < eh_safetensors_count(file); i++) {
        const eh_safetensor *item = eh_safetensors_item(file, i);
        float *values = eh_alloc(item->bytes + 1, 1);
        if (strcmp(item->dtype, "F32") == 0)
            assert_int_equal(eh_safetensors_read_float(file, i, values, NULL), EH_OK);
        for (size_t k = 0; k < item->bytes / sizeof *values; k++)
            assert_true(isfinite(values[k]));
        eh_free(values);
    }
    eh_safetensors_close(file);
    json_decref(last);
    json_t *events = small_log(*state, "run");
    const json_t *end = json_array_get(events, json_array_size(events) - 1);
    assert_string_equal(json_string_value(json_object_get(end, "event")), "warning");
    json_decref(events);
}

/* The last step of an epoch makes weights that are finite but too large: only the validation sees it. */
static void a_model_that_predicts_no_numbers_ends_the_run_with_its_epoch_and_step(void **state)
{
    eh_error err = { 0 };
    small_catalog_biased(*state, 96);
    eh_train_opts opts =
        small_options(*state, arena, "run", "optim=sgd:weight-decay=10", "lr=1e6", "batch=96", NULL);
    small_train(&opts, EH_ERR_NUMERIC, &err);
    if (!strstr(err.message, "the model predicts NaN or infinity in epoch 1, step 1 (learning rate 1e+06)") ||
        !strstr(err.message, "there is nothing to keep") || !strstr(err.message, "--lr 100000"))
        fail_msg("'%s' does not say when, or what to do", err.message);
    json_t *events = small_log(*state, "run");
    const json_t *end = json_array_get(events, json_array_size(events) - 1);
    assert_string_equal(json_string_value(json_object_get(end, "event")), "warning");
    json_decref(events);
}

static void a_run_that_fails_later_says_how_to_go_on_from_what_it_kept(void **state)
{
    eh_error err = { 0 };
    small_catalog_biased(*state, 96);
    eh_train_opts opts =
        small_options(*state, arena, "run", "optim=sgd", "stages=epochs=2,lr=0.01;epochs=1,lr=1e5", NULL);
    small_train(&opts, EH_ERR_NUMERIC, &err);
    const char *weights = strstr(err.message, "--weights "),
               *end = weights ? strstr(weights, " --stages ") : NULL;
    if (!weights || !end || !strstr(err.message, "the weights after step 12 are kept") ||
        !strstr(err.message, "run/recipe.yaml") || !strstr(err.message, "this was stage 2: epochs=1,lr=1e5"))
        fail_msg("'%s' does not say how to go on", err.message);
    const char *path = eh_arena_printf(arena, "%.*s", (int)(end - weights - 10), weights + 10);
    assert_true(eh_path_exists(path));
    /* What it says works, and the weights are those of the first two epochs. */
    eh_train_opts two =
        small_options(*state, arena, "two", "optim=sgd", "epochs=2", "lr=0.01", "select=last", NULL);
    eh_train_opts next =
        small_options(*state, arena, "next", "optim=sgd", "epochs=1", "lr=1e-12", "select=last", "freeze=bn*",
                      eh_arena_printf(arena, "weights=%s", path), NULL);
    small_train(&two, EH_OK, NULL);
    small_train(&next, EH_OK, NULL);
    assert_true(small_same_file(*state, "two/predictions-test.csv", "next/predictions-test.csv"));
}

static void another_run_in_the_folder_is_an_error_with_a_remedy(void **state)
{
    eh_error err = { 0 };
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "run", "epochs=1", NULL);
    small_train(&opts, EH_OK, NULL);
    small_train(&opts, EH_ERR_USAGE, &err);
    assert_non_null(strstr(err.message, "finished"));
    assert_non_null(strstr(err.message, "--out"));
    eh_train_opts stopped = small_options(*state, arena, "stopped", NULL);
    stop_training(&stopped, 2);
    small_train(&stopped, EH_ERR_USAGE, &err);
    assert_non_null(strstr(err.message, "--resume"));
    assert_non_null(strstr(err.message, "--out"));
}

static void a_finished_run_is_left_as_it_is(void **state)
{
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "run", "epochs=1", "resume=true", NULL);
    small_train(&opts, EH_OK, NULL);
    uint8_t before[32], after[32];
    assert_int_equal(eh_sha256_file(before, data_path(*state, "run/run.json"), NULL), EH_OK);
    small_train(&opts, EH_OK, NULL);
    assert_int_equal(eh_sha256_file(after, data_path(*state, "run/run.json"), NULL), EH_OK);
    assert_memory_equal(before, after, 32);
}

static void other_options_or_other_data_cannot_continue_a_run(void **state)
{
    eh_error err = { 0 };
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "run", NULL);
    stop_training(&opts, 2);
    eh_train_opts other = small_options(*state, arena, "run", "resume=true", "lr=0.5", NULL);
    small_train(&other, EH_ERR_USAGE, &err);
    assert_non_null(strstr(err.message, "lr 0.001"));
    assert_non_null(strstr(err.message, "0.5"));
    unlink(data_path(*state, "data.eh"));
    small_catalog_biased(*state, 60);
    eh_train_opts same = small_options(*state, arena, "run", "resume=true", NULL);
    small_train(&same, EH_ERR_INPUT, &err);
    assert_non_null(strstr(err.message, "other data"));
}

static void a_damaged_checkpoint_is_refused_with_the_name_of_the_file(void **state)
{
    eh_error err = { 0 };
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "run", "resume=true", NULL);
    stop_training(&opts, 2);
    json_t *last = NULL;
    assert_int_equal(eh_json_read(&last, data_path(*state, "run/checkpoints/last.json"), NULL), EH_OK);
    const char *name =
        eh_arena_printf(arena, "run/checkpoints/%s", json_string_value(json_object_get(last, "tensors")));
    json_decref(last);
    uint8_t *bytes = NULL;
    size_t size = 0;
    assert_int_equal(eh_file_read(&bytes, &size, data_path(*state, "%s", name), 0, NULL), EH_OK);
    bytes[size - 5] ^= 1;
    data_write(*state, name, bytes, size);
    eh_free(bytes);
    small_train(&opts, EH_ERR_INPUT, &err);
    assert_non_null(strstr(err.message, name));
    data_write_text(*state, "run/checkpoints/last.json", "{\"version\": 1}");
    small_train(&opts, EH_ERR_INPUT, &err);
    assert_non_null(strstr(err.message, "last.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_stopped_at_any_step_ends_with_the_same_bytes, make, clear),
        cmocka_unit_test_setup_teardown(a_run_in_the_precision_of_the_processor_does_too, make, clear),
        cmocka_unit_test_setup_teardown(weights_that_a_method_takes_from_the_model_are_the_same_again, make,
                                        clear),
        cmocka_unit_test_setup_teardown(the_state_of_a_method_is_resumed_too, make, clear),
        cmocka_unit_test_setup_teardown(the_average_of_the_weights_is_resumed_too, make, clear),
        cmocka_unit_test_setup_teardown(sums_of_gradients_are_resumed_too, make, clear),
        cmocka_unit_test_setup_teardown(a_run_may_be_stopped_many_times, make, clear),
        cmocka_unit_test_setup_teardown(a_resumed_run_keeps_its_implementations, make, clear),
        cmocka_unit_test_setup_teardown(what_a_killed_run_wrote_after_its_checkpoint_is_written_again, make,
                                        clear),
        cmocka_unit_test_setup_teardown(
            a_loss_that_runs_away_ends_the_run_and_leaves_a_checkpoint_of_finite_numbers, make, clear),
        cmocka_unit_test_setup_teardown(a_model_that_predicts_no_numbers_ends_the_run_with_its_epoch_and_step,
                                        make, clear),
        cmocka_unit_test_setup_teardown(a_run_that_fails_later_says_how_to_go_on_from_what_it_kept, make,
                                        clear),
        cmocka_unit_test_setup_teardown(another_run_in_the_folder_is_an_error_with_a_remedy, make, clear),
        cmocka_unit_test_setup_teardown(a_finished_run_is_left_as_it_is, make, clear),
        cmocka_unit_test_setup_teardown(other_options_or_other_data_cannot_continue_a_run, make, clear),
        cmocka_unit_test_setup_teardown(a_damaged_checkpoint_is_refused_with_the_name_of_the_file, make,
                                        clear),
    };
    eh_threads_set(1); /* so little work is done faster alone */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
