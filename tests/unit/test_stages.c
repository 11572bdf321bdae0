/* Runs in stages: each stage has its own settings, goes on with the weights of the one before, and can be stopped anywhere. */
#include "support/small_training.h"

#include "base/config.h"
#include "base/file.h"
#include "base/json.h"
#include "base/threads.h"
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

typedef struct stopper {
    int allowed, asked;
} stopper;

static bool stop_after(void *user)
{
    stopper *s = user;
    return s->asked++ >= s->allowed;
}

/* The i-th event of that name; NULL when there are fewer. Borrowed. */
static const json_t *event_of(const json_t *events, const char *name, size_t index)
{
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *e = json_array_get(events, i);
        if (strcmp(json_string_value(json_object_get(e, "event")), name) == 0 && index-- == 0)
            return e;
    }
    return NULL;
}

static json_int_t whole(const json_t *event, const char *key)
{
    assert_true(json_is_integer(json_object_get(event, key)));
    return json_integer_value(json_object_get(event, key));
}

static double number(const json_t *event, const char *key)
{
    assert_true(json_is_number(json_object_get(event, key)));
    return json_number_value(json_object_get(event, key));
}

static void each_stage_has_its_own_settings_and_the_log_says_which(void **state)
{
    static const struct {
        json_int_t stage;
        double lr;
        json_int_t steps;
    } expected[] = { { 1, 0.01, 3 }, { 1, 0.01, 3 }, { 2, 0.002, 6 }, { 3, 0.001, 3 }, { 3, 0.0005, 3 } };
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "run", "lr=0.01", "select=last",
                                       "stages=epochs=2;epochs=1,lr=0.002,batch=8,augment=flip;epochs=2,lr=0."
                                       "001,schedule=step:first=0.5",
                                       NULL);
    small_train(&opts, EH_OK, NULL);
    json_t *events = small_log(*state, "run"), *run = NULL;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const json_t *e = event_of(events, "epoch", i);
        assert_int_equal(whole(e, "epoch"), i + 1);
        assert_int_equal(whole(e, "stage"), expected[i].stage);
        assert_int_equal(whole(e, "steps"), expected[i].steps);
        assert_true(number(e, "lr") <= expected[i].lr * 1.0001);
    }
    assert_null(event_of(events, "epoch", 5));
    assert_true(fabs(number(event_of(events, "epoch", 2), "lr") - 0.002) < 1e-12);
    assert_int_equal(whole(event_of(events, "stage", 1), "stage"), 2);
    assert_int_equal(whole(event_of(events, "stage", 1), "epoch"), 3);
    assert_int_equal(whole(event_of(events, "stage", 1), "batch"), 8);
    assert_null(event_of(events, "stage", 3));
    assert_int_equal(whole(event_of(events, "selected", 0), "epoch"), 5);
    json_decref(events);
    assert_int_equal(eh_json_read(&run, data_path(*state, "run/run.json"), NULL), EH_OK);
    assert_int_equal(json_array_size(json_object_get(run, "stages")), 3);
    assert_int_equal(whole(run, "epochs"), 5);
    json_decref(run);
}

/* 48 images in batches of 16 and 8: 3 and 6 steps an epoch; stops are asked for before every step and around every validation. */
static void a_run_stopped_in_any_stage_ends_with_the_same_bytes(void **state)
{
    static const char stages[] = "stages=epochs=1,freeze=conv*;epochs=1,batch=8,lr=0.01;epochs=2,optim=sgd";
    static const char *const names[] = { "weights.safetensors", "predictions-valid.csv",
                                         "predictions-test.csv" };
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "whole", stages, "augment=flip", "method=gdro", NULL);
    small_train(&opts, EH_OK, NULL);
    for (int stop = 0; stop < 24; stop++) {
        stopper s = { stop, 0 };
        eh_progress progress = { .user = &s, .stop_requested = stop_after };
        opts.out = eh_arena_strdup(arena, data_path(*state, "stop-%d", stop));
        opts.resume = false;
        eh_error err = { 0 };
        if (eh_train(&opts, &progress, &err) != EH_ERR_INTERRUPTED)
            fail_msg("not interrupted at %d: %s", stop, err.message);
        opts.resume = true;
        small_train(&opts, EH_OK, NULL);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            const char *a = eh_arena_printf(arena, "whole/%s", names[i]),
                       *b = eh_arena_printf(arena, "stop-%d/%s", stop, names[i]);
            if (!small_same_file(*state, a, b))
                fail_msg("%s differs from %s", b, a);
        }
    }
}

/* Whether a tensor of two runs is the same. */
static bool same_tensor(void *folder, const char *a, const char *b, const char *name)
{
    eh_safetensors *file[2] = { NULL };
    const char *run[2] = { a, b };
    float *value[2] = { NULL };
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(eh_safetensors_open(&file[i], data_path(folder, "%s/weights.safetensors", run[i]),
                                             NULL),
                         EH_OK);
        int64_t at = eh_safetensors_find(file[i], name);
        assert_true(at >= 0);
        n = (size_t)eh_shape_elements(eh_safetensors_item(file[i], (size_t)at)->shape);
        value[i] = eh_alloc(n, sizeof(float));
        assert_int_equal(eh_safetensors_read_float(file[i], (size_t)at, value[i], NULL), EH_OK);
        eh_safetensors_close(file[i]);
    }
    bool same = memcmp(value[0], value[1], n * sizeof(float)) == 0;
    eh_free(value[0]);
    eh_free(value[1]);
    return same;
}

static void layers_are_unfrozen_one_stage_after_another(void **state)
{
    small_catalog_biased(*state, 48);
    eh_train_opts start = small_options(*state, arena, "start", "epochs=1", "lr=1e-12", "select=last", NULL);
    eh_train_opts head = small_options(*state, arena, "head", "select=last",
                                       "stages=epochs=1,freeze=conv*\\,bn*\\,hidden*", NULL);
    eh_train_opts more =
        small_options(*state, arena, "more", "select=last",
                      "stages=epochs=1,freeze=conv*\\,bn*\\,hidden*;epochs=1,freeze=conv*\\,bn*", NULL);
    eh_train_opts all =
        small_options(*state, arena, "all", "select=last",
                      "stages=epochs=1,freeze=conv*\\,bn*\\,hidden*;epochs=1,freeze=conv*\\,bn*;epochs=1",
                      NULL);
    small_train(&start, EH_OK, NULL);
    small_train(&head, EH_OK, NULL);
    small_train(&more, EH_OK, NULL);
    small_train(&all, EH_OK, NULL);
    assert_true(same_tensor(*state, "head", "more", "conv1.weight"));
    assert_false(same_tensor(*state, "head", "more", "hidden.weight"));
    assert_false(same_tensor(*state, "head", "more", "fc.weight"));
    assert_true(same_tensor(*state, "head", "more", "bn1.running_mean"));
    assert_false(same_tensor(*state, "more", "all", "conv1.weight"));
    assert_false(same_tensor(*state, "start", "head", "fc.weight"));
}

static void images_grow_from_stage_to_stage_where_the_model_takes_any_size(void **state)
{
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "run", "model=vgg-resnet:blocks=1,width=4",
                                       "stages=epochs=1,size=8;epochs=1,size=16", NULL);
    small_train(&opts, EH_OK, NULL);
    json_t *events = small_log(*state, "run");
    assert_int_equal(whole(event_of(events, "stage", 0), "width"), 8);
    assert_int_equal(whole(event_of(events, "stage", 1), "width"), 16);
    json_decref(events);
}

static void expect_refusals(void *folder, const char *other, const char *setting, const char *part)
{
    eh_error err = { 0 };
    eh_train_opts opts = small_options(folder, arena, "refused", setting, other, NULL);
    small_train(&opts, EH_ERR_USAGE, &err);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
}

static void expect_refusal(void *folder, const char *setting, const char *part)
{
    expect_refusals(folder, NULL, setting, part);
}

static void what_cannot_be_is_refused_before_the_first_stage_begins(void **state)
{
    small_catalog_biased(*state, 48);
    expect_refusal(*state, "stages=epochs=1;model=unet", "--stages, stage 2: there is no option \"model\"");
    expect_refusal(*state, "stages=epochs=1;lr=none", "--stages, stage 2: lr needs a number");
    expect_refusal(*state, "stages=epochs=1;augment=zoom:least=2", "stage 2: --augment: zoom has least=2");
    expect_refusal(*state, "stages=epochs=1;augment=zom", "did you mean");
    expect_refusal(*state, "stages=epochs=1,size=16;epochs=1,size=32",
                   "stage 2: this model needs the same --size in every stage");
    expect_refusal(*state, "stages=epochs=1;freeze=convx*",
                   "stage 2: --freeze: no variable of the model matches 'convx*'; did you mean 'conv1*'");
    expect_refusal(*state, "stages=epochs=1;freeze=*", "stage 2: nothing is left to learn");
    expect_refusal(*state, "stages=epochs=1;layer-lr=hiden*=0.5", "stage 2: --layer-lr: no variable");
    expect_refusal(*state, "stages=epochs=1;presize=8", "stage 2: --presize: 8 pixels are fewer than the 16");
    expect_refusal(*state, "stages=epochs=1;epochs=1,accumulate=4",
                   "stage 2: --accumulate adds up 4 batches");
    expect_refusals(*state, "select=last", "stages=epochs=1;patience=2", "stage 2: --patience waits");
    expect_refusals(*state, "select=accuracy(left blue)", "stages=epochs=1;where=tint=red",
                    "stage 2: --select: \"accuracy(left blue)\" names the group 'left blue', which there is "
                    "not");
    expect_refusals(*state, "label=side,amount", "stages=epochs=1;heads=amount:loss=binned",
                    "stage 2: head and loss of a label must have the same variables in every stage");
    eh_error err = { 0 };
    eh_train_opts opts = small_options(*state, arena, "refused", "stages=epochs=1;where=colour=red", NULL);
    eh_status status = eh_train(&opts, NULL, &err);
    assert_true(status != EH_OK && strncmp(err.message, "stage 2: ", 9) == 0);
    assert_false(eh_path_exists(data_path(*state, "refused/run.json")));
}

/* 24 pictures of the sides a and b, in a folder of their own. */
static const char *other_catalog(void *folder, const char *a, const char *b)
{
    small_row row[24];
    for (size_t i = 0; i < 24; i++)
        row[i] = (small_row){ .side = i % 2 ? a : b,
                              .tint = i / 2 % 2 ? "red" : "blue",
                              .part = i < 12   ? "train"
                                      : i < 18 ? "valid"
                                               : "test",
                              .no_amount = true };
    small_catalog(folder, row, 24);
    return eh_arena_strdup(arena, data_path(folder, "data.eh"));
}

static void a_stage_may_have_other_data_with_the_same_classes(void **state)
{
    char *second = eh_arena_strdup(arena, data_path(*state, "second"));
    assert_int_equal(eh_make_folder(second, NULL), EH_OK);
    small_catalog_biased(*state, 48);
    const char *data = other_catalog(second, "left", "right");
    eh_train_opts opts =
        small_options(*state, arena, "run", "select=last",
                      eh_arena_printf(arena, "stages=epochs=1;epochs=2,data=%s,where=tint=red", data), NULL);
    small_train(&opts, EH_OK, NULL);
    json_t *events = small_log(*state, "run"), *run = NULL;
    assert_int_equal(whole(event_of(events, "stage", 1), "images"), 6);
    assert_string_equal(json_string_value(json_object_get(event_of(events, "stage", 1), "data")), data);
    json_decref(events);
    /* What is judged at the end is the last stage's data. */
    assert_int_equal(eh_json_read(&run, data_path(*state, "run/run.json"), NULL), EH_OK);
    assert_string_equal(json_string_value(json_object_get(json_object_get(run, "catalog"), "path")), data);
    json_decref(run);
}

static void other_classes_are_named(void **state)
{
    char *second = eh_arena_strdup(arena, data_path(*state, "second"));
    assert_int_equal(eh_make_folder(second, NULL), EH_OK);
    small_catalog_biased(*state, 48);
    const char *data = other_catalog(second, "left", "up");
    expect_refusal(*state, eh_arena_printf(arena, "stages=epochs=1;epochs=1,data=%s", data),
                   "stage 2: the classes of 'side' are not those of the first stage: 'right' only there, "
                   "'up' only here");
}

static void a_recipe_may_write_stages_as_mappings(void **state)
{
    static const char text[] = "stages:\n"
                               "  - {epochs: 2, freeze: [conv1*, \"bn1*\"], lr: 0.1}\n"
                               "  - epochs: 1\n"
                               "    schedule: {name: cosine, warm-up: 0.1, floor: 0.2}\n"
                               "    where: 'age in 1, 2'\n"
                               "  - epochs=3,lr=0.5\n";
    eh_config *config = NULL;
    eh_train_opts opts = { 0 };
    eh_error err = { 0 };
    (void)state;
    assert_int_equal(eh_opts_defaults(eh_train_option_table, &opts, arena, &err), EH_OK);
    assert_int_equal(eh_config_parse(&config, arena, "recipe.yaml", text, sizeof text - 1, &err), EH_OK);
    assert_int_equal(eh_opts_from_config(eh_train_option_table, &opts, config, arena, &err), EH_OK);
    assert_int_equal(opts.stages.count, 3);
    assert_string_equal(opts.stages.item[0], "epochs=2,freeze=conv1*\\,bn1*,lr=0.1");
    assert_string_equal(opts.stages.item[1],
                        "epochs=1,schedule=cosine:warm-up=0.1\\,floor=0.2,where=age in 1\\, 2");
    assert_string_equal(opts.stages.item[2], "epochs=3,lr=0.5");
    /* Back from the resolved recipe, and from the command line. */
    eh_str yaml = { 0 };
    eh_train_opts again = { 0 }, typed = { 0 };
    eh_opts_write_yaml(&yaml, eh_train_option_table, &opts, 0);
    assert_int_equal(eh_opts_defaults(eh_train_option_table, &again, arena, &err), EH_OK);
    assert_int_equal(eh_config_parse(&config, arena, "again", yaml.data, yaml.size, &err), EH_OK);
    assert_int_equal(eh_opts_from_config(eh_train_option_table, &again, config, arena, &err), EH_OK);
    assert_int_equal(eh_opts_defaults(eh_train_option_table, &typed, arena, &err), EH_OK);
    for (const eh_opt *opt = eh_train_option_table; opt->name; opt++)
        if (strcmp(opt->name, "stages") == 0)
            assert_int_equal(eh_opts_set(eh_train_option_table, &typed, "stages",
                                         eh_opt_text(opt, &opts, arena), "--stages", arena, &err),
                             EH_OK);
    assert_int_equal(again.stages.count, 3);
    assert_int_equal(typed.stages.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(again.stages.item[i], opts.stages.item[i]);
        assert_string_equal(typed.stages.item[i], opts.stages.item[i]);
    }
    eh_str_clear(&yaml);
    assert_int_equal(eh_opts_set(eh_train_option_table, &typed, "stages", "epochs=1;", "--stages", arena,
                                 &err),
                     EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "item 2 of stages is empty"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_stage_has_its_own_settings_and_the_log_says_which, make, clear),
        cmocka_unit_test_setup_teardown(a_run_stopped_in_any_stage_ends_with_the_same_bytes, make, clear),
        cmocka_unit_test_setup_teardown(layers_are_unfrozen_one_stage_after_another, make, clear),
        cmocka_unit_test_setup_teardown(images_grow_from_stage_to_stage_where_the_model_takes_any_size, make,
                                        clear),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused_before_the_first_stage_begins, make, clear),
        cmocka_unit_test_setup_teardown(a_stage_may_have_other_data_with_the_same_classes, make, clear),
        cmocka_unit_test_setup_teardown(other_classes_are_named, make, clear),
        cmocka_unit_test_setup_teardown(a_recipe_may_write_stages_as_mappings, make, clear),
    };
    eh_threads_set(1); /* so little work is done faster alone */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
