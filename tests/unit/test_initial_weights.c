/* Weights that a training begins with: what fits is taken, the log lists the rest, and another model's weights are refused. */
#include "support/cmocka_all.h"
#include "support/small_training.h"
#include "support/temp_folder.h"

#include "train/saved_model.h"

#include <stdlib.h>
#include <string.h>

static const json_t *weights_event(const json_t *events)
{
    for (size_t i = 0; i < json_array_size(events); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(events, i), "event")), "weights") == 0)
            return json_array_get(events, i);
    fail_msg("the log has no event about weights");
    return NULL;
}

static size_t size_of(const json_t *event, const char *key)
{
    return json_array_size(json_object_get(event, key));
}

static void a_run_goes_on_from_the_weights_of_another(void **state)
{
    eh_arena *arena = eh_arena_new();
    small_catalog_biased(*state, 48);
    eh_train_opts first = small_options(*state, arena, "first", "epochs=1", NULL);
    small_train(&first, EH_OK, NULL);
    eh_train_opts opts = small_options(*state, arena, "second", "epochs=1", NULL);
    opts.weights = temp_path(state, "first/weights.safetensors");
    small_train(&opts, EH_OK, NULL);
    json_t *events = small_log(*state, "second");
    const json_t *event = weights_event(events);
    assert_int_equal(json_integer_value(json_object_get(event, "matched")), 28);
    assert_int_equal(size_of(event, "missing") + size_of(event, "reshaped") + size_of(event, "left_over"), 0);
    assert_int_equal(strlen(json_string_value(json_object_get(event, "sha256"))), 64);
    json_decref(events);
    eh_arena_free(arena);
}

static void a_head_of_another_shape_starts_anew_and_is_listed(void **state)
{
    eh_arena *arena = eh_arena_new();
    small_catalog_biased(*state, 48);
    eh_train_opts first = small_options(*state, arena, "first", "epochs=1", NULL);
    small_train(&first, EH_OK, NULL);
    eh_train_opts opts = small_options(*state, arena, "second", "epochs=1", "label=side,amount",
                                       "heads=amount:loss=binned", NULL);
    opts.weights = temp_path(state, "first/weights.safetensors");
    small_train(&opts, EH_OK, NULL);
    json_t *events = small_log(*state, "second");
    const json_t *event = weights_event(events);
    assert_int_equal(size_of(event, "missing"), 4);   /* fc.side and fc.amount */
    assert_int_equal(size_of(event, "left_over"), 2); /* fc */
    assert_string_equal(json_string_value(json_array_get(json_object_get(event, "left_over"), 0)),
                        "fc.weight");
    json_decref(events);

    opts = small_options(*state, arena, "third", "epochs=1", "model=standard-cnn:width=2,hidden=9", NULL);
    opts.weights = temp_path(state, "first/weights.safetensors");
    small_train(&opts, EH_OK, NULL);
    events = small_log(*state, "third");
    event = weights_event(events);
    const json_t *reshaped = json_object_get(event, "reshaped");
    assert_int_equal(json_array_size(reshaped), 3); /* hidden.weight, hidden.bias, fc.weight */
    assert_non_null(json_object_get(json_array_get(reshaped, 0), "file"));
    json_decref(events);
    eh_arena_free(arena);
}

static void weights_of_another_model_are_refused(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_error err = { 0 };
    char path[512];
    const char *root = getenv("EVENHAND_ROOT");
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "run", "epochs=1", NULL);
    snprintf(path, sizeof path, "%s/tests/golden/weights/plain.pth", root ? root : ".");
    opts.weights = path;
    small_train(&opts, EH_ERR_INPUT, &err);
    assert_non_null(strstr(err.message, "none of its tensors fits the model standard-cnn"));
    snprintf(path, sizeof path, "%s/tests/golden/weights/whole_model.pth", root ? root : ".");
    opts = small_options(*state, arena, "run2", "epochs=1", NULL);
    opts.weights = path;
    small_train(&opts, EH_ERR_INPUT, &err);
    assert_non_null(strstr(err.message, "torch.nn.modules.linear.Linear"));
    eh_arena_free(arena);
}

/* Everything that predictions need stands in the metadata. */
static void a_saved_model_is_as_it_was_trained(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_saved_model m;
    eh_error err = { 0 };
    small_catalog_biased(*state, 48);
    eh_train_opts opts =
        small_options(*state, arena, "run", "epochs=1", "label=side,amount", "loss=ordinal:steps=5",
                      "heads=amount:weight=0.5", "groups=side,tint", NULL);
    small_train(&opts, EH_OK, NULL);
    if (eh_saved_model_open(&m, temp_path(state, "run"), &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_string_equal(m.model, "standard-cnn:width=2,hidden=8");
    assert_int_equal(m.task.heads, 2);
    assert_string_equal(m.task.head[0].column->name, "side");
    assert_int_equal(m.task.head[0].target.classes, 2);
    assert_string_equal(m.task.head[1].loss->entry.name, "ordinal");
    assert_int_equal(m.task.head[1].outputs, 4);
    assert_true(m.task.head[1].weight == 0.5 && m.task.head[1].norm == 1);
    assert_true(m.task.head[1].target.low == 10 && m.task.head[1].target.high == 20);
    assert_int_equal(m.width, 16);
    assert_int_equal(m.channels, 3);
    assert_true(m.mean[0] > 0 && m.mean[0] < 1 && m.std[0] > 0);
    assert_int_equal(m.batch, 16);
    assert_int_equal(m.groups.count, 2);
    eh_saved_model_clear(&m);
    /* Without the run's folder what it says of the run is not known, and all else is. */
    assert_int_equal(eh_saved_model_open(&m, temp_path(state, "run/weights.safetensors"), &err), EH_OK);
    assert_int_equal(m.batch, 0);
    assert_int_equal(m.task.heads, 2);
    eh_saved_model_clear(&m);
    assert_int_equal(eh_saved_model_open(&m, *state, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "no folder of a run"));
    eh_saved_model_clear(&m);
    eh_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_goes_on_from_the_weights_of_another, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_head_of_another_shape_starts_anew_and_is_listed, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(weights_of_another_model_are_refused, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_saved_model_is_as_it_was_trained, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
