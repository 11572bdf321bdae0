/* What a training says of data and options that do not make sense: a sentence that ends it, or a remark. */
#include "support/small_training.h"

#include "base/file.h"
#include "base/json.h"
#include "base/threads.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
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

static char warnings[4096];

static void keep_warning(void *user, const char *message)
{
    (void)user;
    size_t used = strlen(warnings);
    snprintf(warnings + used, sizeof warnings - used, "%s\n", message);
}

static void expect_text(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not say '%s'", text, part);
}

/* Trains and expects this status; every part of `parts` ('|' between them) stands in the error's sentence, or in the warnings when it is fine. */
static void expect(const eh_train_opts *opts, eh_status status, const char *parts)
{
    eh_progress progress = { .warn = keep_warning };
    eh_error err = { 0 };
    char text[512];
    warnings[0] = '\0';
    eh_status got = eh_train(opts, &progress, &err);
    if (got != status)
        fail_msg("status '%s' (%s) instead of '%s'", eh_status_name(got), err.message,
                 eh_status_name(status));
    snprintf(text, sizeof text, "%s", parts);
    for (char *part = text, *next; part; part = next) {
        next = strchr(part, '|');
        if (next)
            *next++ = '\0';
        expect_text(status == EH_OK ? warnings : err.message, part);
    }
}

/* 24 training, 8 validation and 8 test images; `change` may spoil the rows. */
static void make_set(void *folder, void (*change)(small_row *row, size_t i))
{
    small_row row[40];
    for (size_t i = 0; i < 40; i++) {
        row[i] = (small_row){ .side = i % 2 ? "left" : "right",
                              .tint = i / 2 % 2 ? "red" : "blue",
                              .part = i < 24   ? "train"
                                      : i < 32 ? "valid"
                                               : "test" };
        if (change)
            change(&row[i], i);
    }
    small_catalog(folder, row, 40);
}

static void third_class_in_test(small_row *row, size_t i)
{
    if (i >= 38)
        row->side = "middle";
}

static void a_class_that_only_the_test_part_has_cannot_be_learned(void **state)
{
    make_set(*state, third_class_in_test);
    eh_train_opts o = small_options(*state, arena, "run", NULL);
    expect(&o, EH_ERR_NOT_ENOUGH, "'middle'|'side'|test part (2 images)|--stratify");
    assert_false(eh_path_exists(data_path(*state, "run")));
}

static void one_class(small_row *row, size_t i)
{
    (void)i;
    row->side = "left";
}

static void a_label_with_one_class_teaches_nothing(void **state)
{
    make_set(*state, one_class);
    eh_train_opts o = small_options(*state, arena, "run", NULL);
    expect(&o, EH_ERR_NOT_ENOUGH, "'side'|only one class");
}

static void nothing_to_train(small_row *row, size_t i)
{
    (void)i;
    row->part = "test";
}

static void an_empty_training_part_names_the_command_that_divides(void **state)
{
    make_set(*state, nothing_to_train);
    eh_train_opts o = small_options(*state, arena, "run", NULL);
    expect(&o, EH_ERR_NOT_ENOUGH, "training part|empty|evenhand split");
}

static void no_label_in_training(small_row *row, size_t i)
{
    (void)i;
    if (strcmp(row->part, "train") == 0)
        row->side = "";
}

static void a_training_part_without_the_label_is_not_called_empty(void **state)
{
    make_set(*state, no_label_in_training);
    eh_train_opts o = small_options(*state, arena, "run", NULL);
    expect(&o, EH_ERR_NOT_ENOUGH, "none of the|images in the training part|has a value of 'side'");
}

static void unknown_columns_and_columns_of_numbers_are_refused(void **state)
{
    make_set(*state, NULL);
    eh_train_opts o = small_options(*state, arena, "run", "label=sid", NULL);
    expect(&o, EH_ERR_USAGE, "'sid'|side");
    o = small_options(*state, arena, "run", "groups=side,tnt", NULL);
    expect(&o, EH_ERR_USAGE, "'tnt'|tint");
    o = small_options(*state, arena, "run", "groups=amount", NULL);
    expect(&o, EH_ERR_USAGE, "'amount' holds numbers|--format csv:groups=amount");
    o = small_options(*state, arena, "run", "data=/nonexistent/data.eh", NULL);
    expect(&o, EH_ERR_INPUT, "/nonexistent/data.eh");
}

static void no_blue_in_test(small_row *row, size_t i)
{
    if (i >= 32)
        row->tint = "red";
}

static void a_group_without_test_images_is_a_remark_and_stays_in_the_list(void **state)
{
    make_set(*state, no_blue_in_test);
    eh_train_opts o = small_options(*state, arena, "run", "epochs=1", NULL);
    expect(&o, EH_OK, "no image in the test part|left blue, right blue|few images in the valid part");
    json_t *run = NULL;
    assert_int_equal(eh_json_read(&run, data_path(*state, "run/run.json"), NULL), EH_OK);
    const json_t *groups = json_object_get(run, "groups");
    assert_int_equal(json_array_size(json_object_get(groups, "names")), 4);
    assert_int_equal(json_integer_value(
                         json_array_get(json_object_get(json_object_get(groups, "counts"), "test"), 0)),
                     0);
    json_decref(run);
    json_t *events = small_log(*state, "run");
    assert_string_equal(json_string_value(json_object_get(json_array_get(events, 0), "event")), "warning");
    json_decref(events);
}

static void some_missing(small_row *row, size_t i)
{
    if (i % 8 == 3)
        row->side = NULL;
    if (i % 8 == 5)
        row->tint = NULL;
    if (i == 20)
        row->part = "";
}

static void images_without_a_label_are_left_out_and_counted_and_missing_groups_are_a_group(void **state)
{
    make_set(*state, some_missing);
    eh_train_opts o = small_options(*state, arena, "run", "epochs=1", NULL);
    expect(&o, EH_OK, "5 images have no value of 'side'|1 image belongs to no part");
    json_t *run = NULL;
    assert_int_equal(eh_json_read(&run, data_path(*state, "run/run.json"), NULL), EH_OK);
    const json_t *skipped = json_object_get(run, "skipped");
    assert_int_equal(json_integer_value(json_object_get(skipped, "count")), 6);
    const json_t *names = json_object_get(json_object_get(run, "groups"), "names");
    bool found = false;
    for (size_t i = 0; i < json_array_size(names); i++)
        found = found || strcmp(json_string_value(json_array_get(names, i)), "left tint=(missing)") == 0;
    assert_true(found);
    json_decref(run);
}

static void no_validation(small_row *row, size_t i)
{
    if (i >= 24)
        row->part = "test";
}

static void without_a_validation_part_the_last_epoch_is_kept_and_that_is_said(void **state)
{
    make_set(*state, no_validation);
    eh_train_opts o = small_options(*state, arena, "run", "epochs=2", NULL);
    expect(&o, EH_OK, "no validation part|last one is kept");
    json_t *events = small_log(*state, "run");
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *e = json_array_get(events, i);
        assert_null(json_object_get(e, "valid"));
        if (strcmp(json_string_value(json_object_get(e, "event")), "selected") == 0) {
            assert_string_equal(json_string_value(json_object_get(e, "rule")), "last");
            assert_int_equal(json_integer_value(json_object_get(e, "epoch")), 2);
        }
    }
    json_decref(events);
    assert_false(eh_path_exists(data_path(*state, "run/predictions-valid.csv")));
}

static void a_batch_larger_than_the_data_becomes_as_large_as_they_are(void **state)
{
    make_set(*state, NULL);
    eh_train_opts o = small_options(*state, arena, "run", "epochs=1", "batch=1000", NULL);
    expect(&o, EH_OK, "only 24 images|--batch");
}

static void other_sizes(small_row *row, size_t i)
{
    if (i % 5 == 0)
        row->width = row->height = 20;
}

static void images_of_several_sizes_are_resized_and_that_is_said(void **state)
{
    make_set(*state, other_sizes);
    eh_train_opts o = small_options(*state, arena, "run", "epochs=1", NULL);
    expect(&o, EH_OK, "differ in size (16x16 to 20x20)|64x64 (--size)");
    o = small_options(*state, arena, "sized", "epochs=1", "size=16", NULL);
    expect(&o, EH_OK, "");
    assert_null(strstr(warnings, "differ in size"));
    o = small_options(*state, arena, "wide", "epochs=1", "size=24x16", NULL);
    expect(&o, EH_OK, "");
}

static void a_method_that_needs_groups_asks_for_them(void **state)
{
    make_set(*state, NULL);
    static const char *const methods[] = { "method=undersample", "method=resample", "method=reweight",
                                           "method=gdro" };
    for (size_t i = 0; i < 4; i++) {
        eh_train_opts o = small_options(*state, arena, "run", "groups=", methods[i], NULL);
        expect(&o, EH_ERR_USAGE, "needs to know the groups|--groups");
    }
    eh_train_opts o = small_options(*state, arena, "run", "groups=", "epochs=1", NULL);
    expect(&o, EH_OK, ""); /* plain training measures the classes */
}

static void three_classes(small_row *row, size_t i)
{
    if (i % 3 == 0)
        row->side = "middle";
}

static void a_loss_that_does_not_fit_the_label_is_refused(void **state)
{
    make_set(*state, three_classes);
    eh_train_opts o = small_options(*state, arena, "run", "loss=binary-cross-entropy", NULL);
    expect(&o, EH_ERR_USAGE, "binary-cross-entropy|'side'|3 classes|--loss");
}

static void impossible_options_give_a_sentence(void **state)
{
    make_set(*state, NULL);
    eh_train_opts o = small_options(*state, arena, "a", "backend=gpu", NULL);
    expect(&o, EH_ERR_USAGE, "gpu");
    o = small_options(*state, arena, "b", "augment=flop", NULL);
    expect(&o, EH_ERR_USAGE, "flop|flip");
    o = small_options(*state, arena, "b", "augment=zoom:least=2\\,most=1", NULL);
    expect(&o, EH_ERR_USAGE, "zoom has least=2, which is above most=1");
    assert_false(eh_path_exists(data_path(*state, "b")));
    o = small_options(*state, arena, "b", "augment=zoom:least=1,most=2", NULL);
    expect(&o, EH_ERR_USAGE, "\"most=2\" is an option|'zoom:least=1\\,most=2'");
    o = small_options(*state, arena, "c", "weights=/nonexistent/w.safetensors", NULL);
    expect(&o, EH_ERR_IO, "/nonexistent/w.safetensors");
    o = small_options(*state, arena, "d", "model=vgg-resnet", "size=4", NULL);
    expect(&o, EH_ERR_USAGE, "8x8|--size");
    static const char *const sizes[] = { "size=big",  "size=16x",  "size=x16",
                                         "size=0x16", "size=5000", "size=-1" };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        o = small_options(*state, arena, "s", sizes[i], NULL);
        expect(&o, EH_ERR_USAGE, "--size|240x180");
    }
    o = small_options(*state, arena, "e", "out=/proc/nowhere", NULL);
    expect(&o, EH_ERR_IO, "/proc/nowhere");
    o = small_options(*state, arena, "f", "batch=24", "size=512", "max-memory=1", NULL);
    expect(&o, EH_ERR_MEMORY, "batch");
    o = small_options(*state, arena, "g", "epochs=2", "accumulate=3", NULL); /* one step an epoch */
    expect(&o, EH_ERR_USAGE, "--accumulate adds up 3 batches|have 2|nothing would be learned");
    eh_train_opts empty = { 0 };
    expect(&empty, EH_ERR_USAGE, "data");
}

static void weights_of_another_model_are_refused(void **state)
{
    make_set(*state, NULL);
    eh_train_opts first = small_options(*state, arena, "first", "epochs=1", NULL);
    small_train(&first, EH_OK, NULL);
    const char *weights =
        eh_arena_printf(arena, "weights=%s", data_path(*state, "first/weights.safetensors"));
    eh_train_opts other =
        small_options(*state, arena, "other", "epochs=1", "model=vgg-resnet:blocks=0,width=2", weights, NULL);
    expect(&other, EH_ERR_INPUT, "none of its tensors fits|vgg-resnet");
    eh_train_opts wider = small_options(*state, arena, "wider", "epochs=1",
                                        "model=standard-cnn:width=2,hidden=9", weights, NULL);
    expect(&wider, EH_OK, "another shape");
}

/* Whether the loss, a gradient or a running statistic is the first to leave the numbers depends on the kernels; each names itself, where, and a remedy. */
static void numbers_that_run_away_end_the_training_with_a_sentence(void **state)
{
    make_set(*state, NULL);
    eh_train_opts o = small_options(*state, arena, "run", "model=resnet20", "optim=sgd", "lr=1e6", "batch=8",
                                    "epochs=9", "checkpoint-steps=1", NULL);
    expect(&o, EH_ERR_NUMERIC, "in epoch |, step |(learning rate 1e+06)|are kept|--weights|--lr 100000");
    assert_false(eh_path_exists(data_path(*state, "run/weights.safetensors")));
    assert_true(eh_path_exists(data_path(*state, "run/checkpoints/last.json")));
}

static void two_processes_cannot_train_in_one_folder(void **state)
{
    make_set(*state, NULL);
    eh_train_opts o = small_options(*state, arena, "run", "epochs=1", NULL);
    char byte;
    int ready[2];
    assert_int_equal(eh_make_folder(o.out, NULL), EH_OK);
    assert_int_equal(pipe(ready), 0);
    const char *path = data_path(*state, "run/.lock");
    pid_t child = fork();
    if (child == 0) {
        struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        int file = open(path, O_RDWR | O_CREAT, 0666);
        if (fcntl(file, F_SETLK, &whole) != 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    expect(&o, EH_ERR_USAGE, eh_arena_printf(arena, "another process (%ld)|--out", (long)child));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    expect(&o, EH_OK, ""); /* a lock dies with its process */
    close(ready[0]);
    close(ready[1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        TEST(a_class_that_only_the_test_part_has_cannot_be_learned),
        TEST(a_label_with_one_class_teaches_nothing),
        TEST(an_empty_training_part_names_the_command_that_divides),
        TEST(a_training_part_without_the_label_is_not_called_empty),
        TEST(unknown_columns_and_columns_of_numbers_are_refused),
        TEST(a_group_without_test_images_is_a_remark_and_stays_in_the_list),
        TEST(images_without_a_label_are_left_out_and_counted_and_missing_groups_are_a_group),
        TEST(without_a_validation_part_the_last_epoch_is_kept_and_that_is_said),
        TEST(a_batch_larger_than_the_data_becomes_as_large_as_they_are),
        TEST(images_of_several_sizes_are_resized_and_that_is_said),
        TEST(a_method_that_needs_groups_asks_for_them),
        TEST(a_loss_that_does_not_fit_the_label_is_refused),
        TEST(impossible_options_give_a_sentence),
        TEST(weights_of_another_model_are_refused),
        TEST(numbers_that_run_away_end_the_training_with_a_sentence),
        TEST(two_processes_cannot_train_in_one_folder),
    };
    eh_threads_set(1); /* so little work is done faster alone */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
