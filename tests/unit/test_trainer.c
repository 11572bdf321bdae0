/* The trainer from end to end: a small problem is learned, and everything that docs/run-folder.md promises is in the folder. */
#include "support/small_training.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "base/threads.h"
#include "evenhand/plan.h"
#include "nn/safetensors.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

static const json_t *last_event(const json_t *events, const char *name)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(events); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(events, i), "event")), name) == 0)
            found = json_array_get(events, i);
    return found;
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

/* Accuracy from a predictions file. */
static double accuracy_of(void *folder, const char *name, size_t *rows)
{
    eh_csv csv;
    size_t truth, predicted, correct = 0;
    eh_arena *own = eh_arena_new();
    assert_int_equal(eh_csv_read(&csv, own, data_path(folder, "%s", name), NULL), EH_OK);
    assert_int_equal(eh_csv_column(&truth, &csv, name, "truth", NULL), EH_OK);
    assert_int_equal(eh_csv_column(&predicted, &csv, name, "predicted", NULL), EH_OK);
    for (size_t i = 0; i < csv.rows; i++)
        correct += strcmp(csv.cell[i * csv.columns + truth], csv.cell[i * csv.columns + predicted]) == 0;
    *rows = csv.rows;
    eh_arena_free(own);
    return (double)correct / (double)*rows;
}

static void a_separable_problem_is_learned(void **state)
{
    small_catalog_biased(*state, 240);
    eh_train_opts opts = small_options(*state, arena, "run", "epochs=12", "lr=0.005", NULL);
    small_train(&opts, EH_OK, NULL);
    size_t rows = 0;
    assert_true(accuracy_of(*state, "run/predictions-test.csv", &rows) >= 0.95);
    assert_int_equal(rows, 80);
    json_t *events = small_log(*state, "run");
    const json_t *valid = json_object_get(last_event(events, "epoch"), "valid");
    assert_true(number(valid, "worst") >= 0.8);
    json_decref(events);
}

/* run.json's "precision" of a run. */
static const char *precision_of(void *folder, const char *run)
{
    json_t *description = NULL;
    assert_int_equal(eh_json_read(&description, data_path(folder, "%s/run.json", run), NULL), EH_OK);
    const char *text = json_string_value(json_object_get(description, "precision"));
    text = text ? eh_arena_strdup(arena, text) : NULL;
    json_decref(description);
    return text;
}

static void precision_auto_takes_what_the_processor_is_good_at_and_says_so(void **state)
{
    const char *best = eh_precision_name(eh_precision_resolve(EH_PRECISION_AUTO, NULL));
    size_t rows = 0;
    small_catalog_biased(*state, 240);
    eh_train_opts opts =
        small_options(*state, arena, "auto", "precision=auto", "epochs=12", "lr=0.005", NULL);
    eh_train_opts named = small_options(*state, arena, "named", "epochs=12", "lr=0.005", NULL);
    named.precision = (int)eh_precision_resolve(EH_PRECISION_AUTO, NULL);
    small_train(&opts, EH_OK, NULL);
    small_train(&named, EH_OK, NULL);
    assert_string_equal(precision_of(*state, "auto"), best);
    assert_true(small_same_file(*state, "auto/weights.safetensors", "named/weights.safetensors"));
    assert_true(accuracy_of(*state, "auto/predictions-test.csv", &rows) >= 0.95);
    json_t *events = small_log(*state, "auto");
    assert_non_null(
        strstr(json_string_value(json_object_get(last_event(events, "warning"), "message")), best));
    json_decref(events);
    eh_train_opts plain = small_options(*state, arena, "plain", "epochs=1", NULL);
    small_train(&plain, EH_OK, NULL);
    assert_string_equal(precision_of(*state, "plain"), "f32");
}

static void the_log_has_one_event_per_epoch_and_says_which_epoch_was_selected(void **state)
{
    small_catalog_biased(*state, 96);
    eh_train_opts opts =
        small_options(*state, arena, "run", "epochs=4", "select=average", "schedule=cosine", NULL);
    small_train(&opts, EH_OK, NULL);
    json_t *events = small_log(*state, "run");
    double best = -1;
    int64_t best_epoch = 0, epochs = 0;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *e = json_array_get(events, i), *valid = json_object_get(e, "valid");
        if (strcmp(json_string_value(json_object_get(e, "event")), "epoch") != 0)
            continue;
        epochs++;
        assert_int_equal(json_integer_value(json_object_get(e, "epoch")), epochs);
        assert_int_equal(json_integer_value(json_object_get(e, "steps")), 6);
        assert_true(number(e, "cpu_use") > 0 && number(e, "cpu_use") < 64);
        assert_true(number(e, "peak_memory_bytes") > 1e6);
        assert_true(number(e, "loss") > 0);
        assert_int_equal(json_integer_value(json_object_get(valid, "n")), 32);
        uint64_t n = 0, correct = 0;
        double sum = 0, worst = 2;
        const json_t *groups = json_object_get(valid, "groups");
        assert_int_equal(json_array_size(groups), 4);
        for (size_t g = 0; g < 4; g++) {
            double of = number(json_array_get(groups, g), "n"),
                   right = number(json_array_get(groups, g), "correct");
            n += (uint64_t)of;
            correct += (uint64_t)right;
            sum += right / of;
            worst = fmin(worst, right / of);
        }
        assert_int_equal(n, 32);
        assert_true(fabs(number(valid, "accuracy") - (double)correct / 32) < 1e-12);
        assert_true(fabs(number(valid, "group_mean") - sum / 4) < 1e-12);
        assert_true(fabs(number(valid, "worst") - worst) < 1e-12);
        if (number(valid, "accuracy") > best) {
            best = number(valid, "accuracy");
            best_epoch = epochs;
        }
    }
    assert_int_equal(epochs, 4);
    const json_t *selected = last_event(events, "selected");
    assert_string_equal(json_string_value(json_object_get(selected, "rule")), "average");
    assert_true(fabs(number(selected, "value") - best) < 1e-12);
    assert_true(json_integer_value(json_object_get(selected, "epoch")) >=
                best_epoch); /* equals go to the higher group mean */
    size_t rows;
    assert_true(fabs(accuracy_of(*state, "run/predictions-valid.csv", &rows) - best) < 1e-12);
    assert_non_null(last_event(events, "end"));
    json_decref(events);
}

static void the_folder_holds_what_its_page_promises(void **state)
{
    small_catalog_biased(*state, 48);
    eh_train_opts opts =
        small_options(*state, arena, "run", "epochs=1", "evaluate-train=true", "method=erm", NULL);
    opts.command = (eh_str_list){ .item = (const char *[]){ "evenhand", "train" }, .count = 2 };
    small_train(&opts, EH_OK, NULL);
    static const char *const names[] = { "recipe.yaml",
                                         "run.json",
                                         "log.jsonl",
                                         "weights.safetensors",
                                         "predictions-train.csv",
                                         "predictions-valid.csv",
                                         "predictions-test.csv",
                                         "checkpoints/last.json" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(eh_path_exists(data_path(*state, "run/%s", names[i])));
    json_t *run = NULL;
    assert_int_equal(eh_json_read(&run, data_path(*state, "run/run.json"), NULL), EH_OK);
    static const char *const keys[] = { "evenhand",      "created",       "command",      "seed",
                                        "catalog",       "recipe_sha256", "label",        "groups",
                                        "counts",        "skipped",       "model",        "method",
                                        "loss",          "optim",         "schedule",     "image",
                                        "select",        "environment",   "finished",     "selected_epoch",
                                        "seconds",       "cpu_use",       "images_per_s", "peak_memory_bytes",
                                        "weights_sha256" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!json_object_get(run, keys[i]))
            fail_msg("run.json has no '%s'", keys[i]);
    const json_t *groups = json_object_get(run, "groups");
    assert_int_equal(json_array_size(json_object_get(groups, "names")), 4);
    assert_string_equal(json_string_value(json_array_get(json_object_get(groups, "names"), 0)), "left blue");
    assert_int_equal(json_array_size(json_object_get(json_object_get(run, "command"), "")), 0);
    assert_int_equal(json_array_size(json_object_get(run, "command")), 2);
    const json_t *table = json_object_get(json_object_get(run, "counts"), "train");
    json_int_t sum = 0;
    for (size_t g = 0; g < 4; g++)
        for (size_t k = 0; k < 2; k++)
            sum += json_integer_value(json_array_get(json_array_get(table, g), k));
    assert_int_equal(sum, 48);
    json_decref(run);
    eh_safetensors *file = NULL;
    assert_int_equal(eh_safetensors_open(&file, data_path(*state, "run/weights.safetensors"), NULL), EH_OK);
    assert_string_equal(eh_safetensors_metadata(file, "model"), "standard-cnn:width=2,hidden=8");
    json_t *heads = json_loads(eh_safetensors_metadata(file, "heads"), 0, NULL);
    const json_t *head = json_array_get(heads, 0);
    assert_int_equal(json_array_size(heads), 1);
    assert_string_equal(json_string_value(json_object_get(head, "column")), "side");
    assert_string_equal(json_string_value(json_object_get(head, "loss")), "cross-entropy");
    assert_string_equal(json_string_value(json_array_get(json_object_get(head, "classes"), 1)), "right");
    json_decref(heads);
    assert_true(eh_safetensors_find(file, "conv1.weight") >= 0 &&
                eh_safetensors_find(file, "bn1.running_var") >= 0);
    assert_int_equal(eh_safetensors_find(file, "conv1.weight.adam_m"), -1);
    eh_safetensors_close(file);
}

static void the_same_seed_gives_the_same_bytes_and_another_seed_others(void **state)
{
    small_catalog_biased(*state, 48);
    eh_train_opts a = small_options(*state, arena, "a", "epochs=2", "augment=flip,shift-crop", NULL);
    eh_train_opts b = small_options(*state, arena, "b", "epochs=2", "augment=flip,shift-crop", NULL);
    eh_train_opts c =
        small_options(*state, arena, "c", "epochs=2", "augment=flip,shift-crop", "seed=2", NULL);
    small_train(&a, EH_OK, NULL);
    small_train(&b, EH_OK, NULL);
    small_train(&c, EH_OK, NULL);
    assert_true(small_same_file(*state, "a/weights.safetensors", "b/weights.safetensors"));
    assert_true(small_same_file(*state, "a/predictions-test.csv", "b/predictions-test.csv"));
    assert_false(small_same_file(*state, "a/weights.safetensors", "c/weights.safetensors"));
}

static void blocks_computed_again_give_the_same_bytes(void **state)
{
    small_catalog_biased(*state, 72);
    eh_train_opts kept = small_options(*state, arena, "kept", "model=vgg-resnet:blocks=1,width=4", NULL),
                  again = small_options(*state, arena, "again", "model=vgg-resnet:blocks=1,width=4",
                                        "recompute-blocks=true", NULL);
    small_train(&kept, EH_OK, NULL);
    small_train(&again, EH_OK, NULL);
    assert_true(small_same_file(*state, "kept/weights.safetensors", "again/weights.safetensors"));
}

static void initial_weights_are_taken_over_and_the_first_epoch_starts_from_them(void **state)
{
    small_catalog_biased(*state, 96);
    eh_train_opts first = small_options(*state, arena, "first", "epochs=10", "lr=0.005", "select=last", NULL);
    small_train(&first, EH_OK, NULL);
    const char *setting =
        eh_arena_printf(arena, "weights=%s", data_path(*state, "first/weights.safetensors"));
    eh_train_opts next = small_options(*state, arena, "next", "epochs=1", "lr=1e-9", setting, NULL);
    small_train(&next, EH_OK, NULL);
    size_t rows;
    double before = accuracy_of(*state, "first/predictions-test.csv", &rows),
           after = accuracy_of(*state, "next/predictions-test.csv", &rows);
    assert_true(before >= 0.8 && fabs(before - after) < 0.2);
}

static void the_reference_backend_trains_the_same_model(void **state)
{
    small_catalog_biased(*state, 48);
    eh_train_opts fast = small_options(*state, arena, "cpu", "epochs=1", "optim=sgd", "lr=0.01", NULL);
    eh_train_opts slow =
        small_options(*state, arena, "ref", "epochs=1", "optim=sgd", "lr=0.01", "backend=ref", NULL);
    small_train(&fast, EH_OK, NULL);
    small_train(&slow, EH_OK, NULL);
    json_t *a = small_log(*state, "cpu"), *b = small_log(*state, "ref");
    double x = number(last_event(a, "epoch"), "loss"), y = number(last_event(b, "epoch"), "loss");
    assert_true(fabs(x - y) < 1e-4 * y);
    json_decref(a);
    json_decref(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_separable_problem_is_learned, make, clear),
        cmocka_unit_test_setup_teardown(precision_auto_takes_what_the_processor_is_good_at_and_says_so, make,
                                        clear),
        cmocka_unit_test_setup_teardown(the_log_has_one_event_per_epoch_and_says_which_epoch_was_selected,
                                        make, clear),
        cmocka_unit_test_setup_teardown(the_folder_holds_what_its_page_promises, make, clear),
        cmocka_unit_test_setup_teardown(the_same_seed_gives_the_same_bytes_and_another_seed_others, make,
                                        clear),
        cmocka_unit_test_setup_teardown(blocks_computed_again_give_the_same_bytes, make, clear),
        cmocka_unit_test_setup_teardown(initial_weights_are_taken_over_and_the_first_epoch_starts_from_them,
                                        make, clear),
        cmocka_unit_test_setup_teardown(the_reference_backend_trains_the_same_model, make, clear),
    };
    eh_threads_set(1); /* so little work is done faster alone */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
