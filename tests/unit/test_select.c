/* Which epoch is kept: any metric of any group, against numbers worked out here, and the weights averaged over the last epochs. */
#include "train/select.h"

#include "base/file.h"
#include "base/json.h"
#include "base/threads.h"
#include "nn/safetensors.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/small_training.h"

#include <math.h>
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

/* A task with the heads side (left, right) and amount, groups side x tint, and its validation part's predictions. */
typedef struct fixture {
    eh_train_opts opts;
    eh_run_data data;
    eh_task task;
    eh_part_predictions predictions;
    int32_t predicted[64];
    float number[64];
} fixture;

static void open_fixture(fixture *f, void *folder)
{
    eh_error err = { 0 };
    memset(f, 0, sizeof *f);
    small_catalog_biased(folder, 48);
    f->opts = small_options(folder, arena, "run", "label=side,amount", NULL);
    if (eh_run_data_load(&f->data, &f->opts, &err) != EH_OK ||
        eh_task_init(&f->task, &f->opts, &f->data, arena, &err) != EH_OK)
        fail_msg("%s", err.message);
    f->predictions = (eh_part_predictions){ .row = f->data.row[EH_PART_VALID],
                                            .rows = f->data.rows[EH_PART_VALID],
                                            .heads = 2 };
    f->predictions.head[0] = (eh_head_predictions){ .head = &f->task.head[0], .predicted = f->predicted };
    f->predictions.head[1] = (eh_head_predictions){ .head = &f->task.head[1], .value = f->number };
    for (size_t i = 0; i < f->predictions.rows; i++) {
        uint32_t row = f->predictions.row[i];
        f->predicted[i] = i % 3 == 0 ? 1 - f->data.head[0]->cls[row] : f->data.head[0]->cls[row];
        f->number[i] = f->data.head[1]->number[row] + (float)(i % 4);
    }
}

static double value_of(fixture *f, const char *text, bool *lower)
{
    eh_selector s;
    eh_error err = { 0 };
    double value = -1;
    if (eh_selector_make(&s, text, &f->task, &f->data, arena, &err) != EH_OK ||
        eh_selector_value(&value, &s, &f->predictions, &f->data, &err) != EH_OK)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(s.rule, EH_SELECT_METRIC);
    *lower = s.lower;
    return value;
}

/* Share of right predictions, or mean error, of the rows of one value of a column; NULL: of all. */
static double expected(const fixture *f, const char *column, const char *value, bool numbers)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < f->predictions.rows; i++) {
        uint32_t row = f->predictions.row[i];
        const eh_frame_column *c = NULL;
        if (column) {
            assert_int_equal(eh_frame_find(&c, f->data.frame, column, NULL), EH_OK);
            if (strcmp(c->class_name[c->cls[row]], value) != 0)
                continue;
        }
        sum += numbers ? fabs((double)f->number[i] - (double)f->data.head[1]->number[row])
                       : f->predicted[i] == f->data.head[0]->cls[row];
        n++;
    }
    assert_true(n > 0);
    return sum / (double)n;
}

static void expect_metric(fixture *f, const char *text, double expect, bool expect_lower)
{
    bool lower;
    double value = value_of(f, text, &lower);
    if (fabs(value - expect) > 1e-9 || lower != expect_lower)
        fail_msg("%s is %g (%s is better), not %g", text, value, lower ? "less" : "more", expect);
}

static void any_metric_of_any_group_is_measured(void **state)
{
    fixture f;
    open_fixture(&f, *state);
    expect_metric(&f, "accuracy(tint=red)", expected(&f, "tint", "red", false), false);
    expect_metric(&f, "overall(accuracy)", expected(&f, NULL, NULL, false), false);
    expect_metric(&f, "recall:left(side=left)", expected(&f, "side", "left", false), false);
    expect_metric(&f, "recall( side = right )", expected(&f, "side", "right", false), false);
    expect_metric(&f, "mae(tint=blue)", expected(&f, "tint", "blue", true), true);
    expect_metric(&f, "overall(mae:amount)", expected(&f, NULL, NULL, true), true);
    expect_metric(&f, "false-negative-rate:left(side=left)", 1 - expected(&f, "side", "left", false), true);
    /* Over groups: the four crossings, against each alone. */
    static const char *const names[] = { "left blue", "left red", "right blue", "right red" };
    double low = 2, high = -1, sum = 0, worst_error = 0;
    bool lower;
    for (size_t i = 0; i < 4; i++) {
        double v = value_of(&f, eh_arena_printf(arena, "accuracy(%s)", names[i]), &lower);
        double e = value_of(&f, eh_arena_printf(arena, "mae(%s)", names[i]), &lower);
        low = fmin(low, v);
        high = fmax(high, v);
        sum += v;
        worst_error = fmax(worst_error, e);
    }
    assert_true(high > low);
    expect_metric(&f, "worst(accuracy)", low, false);
    expect_metric(&f, "gap(accuracy)", high - low, true);
    expect_metric(&f, "mean(accuracy)", sum / 4, false);
    expect_metric(&f, "worst(mae)", worst_error, true);
    expect_metric(&f, "overall(accuracy:side)", expected(&f, NULL, NULL, false), false);
    /* Numbers are off by 0, 1, 2, 3, 0 ... */
    double squares = 0, close = 0, rows = (double)f.predictions.rows;
    for (size_t i = 0; i < f.predictions.rows; i++) {
        squares += (double)(i % 4 * (i % 4));
        close += i % 4 <= 1;
    }
    expect_metric(&f, "overall(rmse)", sqrt(squares / rows), true);
    expect_metric(&f, "overall(within:1)", close / rows, false);
    expect_metric(&f, "overall(within:1.5:amount)", close / rows, false);
    expect_metric(&f, "mean(within:3)", 1, false);
    expect_metric(&f, "accuracy(side=left,tint=red)", value_of(&f, "accuracy(left red)", &lower), false);
    /* Undefined is the worst there is: nothing is ever predicted to be left. */
    for (size_t i = 0; i < f.predictions.rows; i++)
        f.predicted[i] = 1;
    expect_metric(&f, "overall(precision:left)", 0, false);
    eh_run_data_clear(&f.data);
}

static void expect_refusal(fixture *f, const char *text, const char *part)
{
    eh_selector s;
    eh_error err = { 0 };
    if (eh_selector_make(&s, text, &f->task, &f->data, arena, &err) != EH_ERR_USAGE ||
        !strstr(err.message, part))
        fail_msg("\"%s\" gave \"%s\", which does not say \"%s\"", text, err.message, part);
}

static void what_is_no_rule_is_refused_with_a_sentence(void **state)
{
    fixture f;
    open_fixture(&f, *state);
    expect_refusal(&f, "worst-grup", "did you mean \"worst-group\"?");
    expect_refusal(&f, "accuracy", "write overall(accuracy) for all images, worst(accuracy)");
    expect_refusal(&f, "worst(recal)", "recall");
    expect_refusal(&f, "worst(recall:up)", "must name one of the classes of 'side'");
    expect_refusal(&f, "worst(accuracy:left)", "is about all classes together");
    expect_refusal(&f, "worst(selection-rate)", "write gap(selection-rate)");
    expect_refusal(&f, "accuracy(left rd)", "did you mean 'left red'?");
    expect_refusal(&f, "accuracy(hair=red)", "'hair' is no column of --groups");
    expect_refusal(&f, "accuracy(tint=green)", "no image of the group");
    expect_refusal(&f, "mae:age(tint=red)", "has none of that name");
    expect_refusal(&f, "overall(within)", "as in overall(within:5)");
    expect_refusal(&f, "overall(within:near)", "as in overall(within:5)");
    expect_refusal(&f, "overall(dice)", "takes a head of masks");
    eh_run_data_clear(&f.data);
}

static const json_t *last_event(const json_t *events, const char *name)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(events); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(events, i), "event")), name) == 0)
            found = json_array_get(events, i);
    return found;
}

/* No image of the validation part has a tint, none with a bright right half an amount. */
static void make_gaps(void *folder)
{
    enum { N = 72 };
    small_row row[N] = { 0 };
    for (int i = 0; i < N; i++) {
        row[i].side = i % 2 ? "right" : "left";
        row[i].part = i < 48 ? "train" : "valid";
        row[i].tint = i >= 48 ? NULL : i % 4 < 2 ? "red" : "blue";
        row[i].no_amount = i >= 48 && i % 2;
    }
    small_catalog(folder, row, N);
}

static void without_a_value_to_judge_by_the_last_epoch_is_kept_and_it_is_said(void **state)
{
    make_gaps(*state);
    eh_train_opts opts = small_options(*state, arena, "run", "label=tint,side", "groups=side", NULL);
    small_train(&opts, EH_OK, NULL);
    json_t *events = small_log(*state, "run"), *run = NULL;
    const json_t *selected = last_event(events, "selected");
    assert_int_equal(json_integer_value(json_object_get(selected, "epoch")), 3);
    assert_string_equal(json_string_value(json_object_get(selected, "rule")), "last");
    assert_true(json_is_null(json_object_get(selected, "value")));
    bool said = false;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const char *message = json_string_value(json_object_get(json_array_get(events, i), "message"));
        said = said || (message && strstr(message, "no image of the validation part has a value of 'tint'"));
    }
    assert_true(said);
    json_decref(events);
    assert_int_equal(eh_json_read(&run, data_path(*state, "run/run.json"), NULL), EH_OK);
    assert_int_equal(json_integer_value(json_object_get(run, "selected_epoch")), 3);
    json_decref(run);
    /* The moving average is what is kept then, as in any run without a choice. */
    opts = small_options(*state, arena, "average", "label=tint,side", "groups=side", "average=0.9", NULL);
    small_train(&opts, EH_OK, NULL);
    assert_false(small_same_file(*state, "run/weights.safetensors", "average/weights.safetensors"));
    opts = small_options(*state, arena, "patience", "label=tint,side", "groups=side", "patience=1", NULL);
    small_train(&opts, EH_ERR_USAGE, NULL);
}

static void another_head_can_choose_where_the_first_has_no_value(void **state)
{
    make_gaps(*state);
    eh_error err = { 0 };
    eh_train_opts opts = small_options(*state, arena, "run", "label=tint,side,amount", "groups=side",
                                       "select=overall(accuracy:side)", NULL);
    small_train(&opts, EH_OK, NULL);
    json_t *events = small_log(*state, "run");
    const json_t *selected = last_event(events, "selected");
    assert_true(json_integer_value(json_object_get(selected, "epoch")) >= 1);
    assert_true(json_number_value(json_object_get(selected, "value")) > 0);
    json_decref(events);
    opts = small_options(*state, arena, "left", "label=side,amount", "groups=side",
                         "select=mae:amount(side=left)", NULL);
    small_train(&opts, EH_OK, NULL);
    opts = small_options(*state, arena, "right", "label=side,amount", "groups=side",
                         "select=mae:amount(side=right)", NULL);
    small_train(&opts, EH_ERR_USAGE, &err);
    assert_non_null(
        strstr(err.message, "no image of the validation part and the group has a value of 'amount'"));
    opts = small_options(*state, arena, "tint", "label=side,tint", "groups=side", "select=gap(accuracy:tint)",
                         NULL);
    small_train(&opts, EH_ERR_USAGE, &err);
    assert_non_null(strstr(err.message, "no image of the validation part has a value of 'tint'"));
}

static void the_epoch_with_the_best_value_is_kept(void **state)
{
    small_catalog_biased(*state, 96);
    eh_train_opts opts =
        small_options(*state, arena, "run", "epochs=6", "lr=0.004", "select=accuracy(left blue)", NULL);
    small_train(&opts, EH_OK, NULL);
    json_t *events = small_log(*state, "run"), *run = NULL;
    double best = -1;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *groups = json_object_get(json_object_get(json_array_get(events, i), "valid"), "groups");
        if (!groups)
            continue;
        const json_t *first = json_array_get(groups, 0); /* left blue */
        best = fmax(best, json_number_value(json_object_get(first, "correct")) /
                              json_number_value(json_object_get(first, "n")));
    }
    const json_t *selected = last_event(events, "selected");
    assert_string_equal(json_string_value(json_object_get(selected, "rule")), "accuracy(left blue)");
    assert_true(fabs(json_number_value(json_object_get(selected, "value")) - best) < 1e-12);
    json_decref(events);
    assert_int_equal(eh_json_read(&run, data_path(*state, "run/run.json"), NULL), EH_OK);
    assert_non_null(strstr(json_string_value(json_object_get(run, "select_definition")),
                           "the epoch with the highest accuracy(left blue)"));
    json_decref(run);
}

/* A tensor of a run. */
static float *tensor(void *folder, const char *run, const char *name, size_t *count)
{
    eh_safetensors *file = NULL;
    assert_int_equal(eh_safetensors_open(&file, data_path(folder, "%s/weights.safetensors", run), NULL),
                     EH_OK);
    int64_t at = eh_safetensors_find(file, name);
    assert_true(at >= 0);
    *count = (size_t)eh_shape_elements(eh_safetensors_item(file, (size_t)at)->shape);
    float *value = eh_arena_alloc(arena, *count, sizeof *value);
    assert_int_equal(eh_safetensors_read_float(file, (size_t)at, value, NULL), EH_OK);
    eh_safetensors_close(file);
    return value;
}

static void the_mean_of_the_last_epochs_is_that_of_their_weights(void **state)
{
    size_t n = 0;
    small_catalog_biased(*state, 48);
    static const char *const runs[] = { "two", "three", "four" };
    float *one[3];
    for (int i = 0; i < 3; i++) {
        const char *epochs = eh_arena_printf(arena, "epochs=%d", i + 2);
        eh_train_opts opts = small_options(*state, arena, runs[i], epochs, "select=last", NULL);
        small_train(&opts, EH_OK, NULL);
        one[i] = tensor(*state, runs[i], "conv2.weight", &n);
    }
    eh_train_opts opts = small_options(*state, arena, "mean", "epochs=4", "average-last=3", NULL);
    small_train(&opts, EH_OK, NULL);
    float *mean = tensor(*state, "mean", "conv2.weight", &n);
    for (size_t i = 0; i < n; i++) {
        double expect = ((double)one[0][i] + (double)one[1][i] + (double)one[2][i]) / 3;
        assert_true(fabs((double)mean[i] - expect) < 1e-6);
    }
    /* Statistics of the mean itself: not those of the last epoch, and no average of theirs. */
    float *statistics = tensor(*state, "mean", "bn2.running_var", &n),
          *last = tensor(*state, "four", "bn2.running_var", &n);
    double off = 0;
    for (size_t i = 0; i < n; i++)
        off = fmax(off, fabs((double)statistics[i] - (double)last[i]));
    assert_true(off > 1e-6);
    json_t *events = small_log(*state, "mean");
    assert_string_equal(json_string_value(json_object_get(last_event(events, "selected"), "rule")),
                        "average-last");
    json_decref(events);
}

/* In one batch that is the whole training part, without augmentation, the measured statistics are the batch's, whatever its order. */
static void statistics_are_measured_anew_for_the_mean(void **state)
{
    size_t n = 0;
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "mean", "epochs=3", "batch=48", "average-last=2", NULL);
    small_train(&opts, EH_OK, NULL);
    /* One more step from the mean with no rate to speak of moves the statistics a tenth towards the batch's, so not at all. */
    eh_train_opts next =
        small_options(*state, arena, "next", "epochs=1", "batch=48", "lr=1e-12", "select=last", "optim=sgd",
                      eh_arena_printf(arena, "weights=%s", data_path(*state, "mean/weights.safetensors")),
                      NULL);
    small_train(&next, EH_OK, NULL);
    static const char *const names[] = { "bn1.running_mean", "bn1.running_var", "bn3.running_var" };
    for (size_t k = 0; k < 3; k++) {
        float *a = tensor(*state, "mean", names[k], &n), *b = tensor(*state, "next", names[k], &n);
        for (size_t i = 0; i < n; i++)
            assert_true(fabs((double)a[i] - (double)b[i]) < 1e-4 * fmax(1, fabs((double)a[i])));
    }
}

typedef struct stopper {
    int allowed, asked;
} stopper;

static bool stop_after(void *user)
{
    stopper *s = user;
    return s->asked++ >= s->allowed;
}

/* Stopped at the 3rd and every `step`-th question after it, up to `end`, and continued, the training ends with the weights of the run "whole". */
static void expect_same_when_stopped(void *folder, eh_train_opts opts, int end, int step)
{
    for (int stop = 3; stop < end; stop += step) {
        stopper s = { stop, 0 };
        eh_progress progress = { .user = &s, .stop_requested = stop_after };
        opts.out = eh_arena_strdup(arena, data_path(folder, "stop-%d", stop));
        opts.resume = false;
        assert_int_equal(eh_train(&opts, &progress, NULL), EH_ERR_INTERRUPTED);
        opts.resume = true;
        small_train(&opts, EH_OK, NULL);
        assert_true(small_same_file(folder, "whole/weights.safetensors",
                                    eh_arena_printf(arena, "stop-%d/weights.safetensors", stop)));
    }
}

static void a_mean_that_was_interrupted_is_the_same(void **state)
{
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "whole", "epochs=4", "average-last=3", NULL);
    small_train(&opts, EH_OK, NULL);
    expect_same_when_stopped(*state, opts, 25, 4);
    eh_error err = { 0 };
    opts = small_options(*state, arena, "refused", "epochs=2", "average-last=3", NULL);
    small_train(&opts, EH_ERR_USAGE, &err);
    assert_non_null(strstr(err.message, "--average-last takes the mean of 3 epochs, and there are 2"));
}

/* The pictures that a model draws after an epoch can be stopped, too: the epoch that is judged again must not join the mean twice. */
static void a_mean_is_the_same_wherever_a_model_that_draws_was_stopped(void **state)
{
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "whole", "epochs=3", "batch=48", "average-last=3",
                                       "lr=0.01", "model=dbvae:width=2,hidden=8,latent=2", NULL);
    small_train(&opts, EH_OK, NULL);
    expect_same_when_stopped(*state, opts, 12, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_metric_of_any_group_is_measured, make, clear),
        cmocka_unit_test_setup_teardown(what_is_no_rule_is_refused_with_a_sentence, make, clear),
        cmocka_unit_test_setup_teardown(the_epoch_with_the_best_value_is_kept, make, clear),
        cmocka_unit_test_setup_teardown(without_a_value_to_judge_by_the_last_epoch_is_kept_and_it_is_said,
                                        make, clear),
        cmocka_unit_test_setup_teardown(another_head_can_choose_where_the_first_has_no_value, make, clear),
        cmocka_unit_test_setup_teardown(the_mean_of_the_last_epochs_is_that_of_their_weights, make, clear),
        cmocka_unit_test_setup_teardown(statistics_are_measured_anew_for_the_mean, make, clear),
        cmocka_unit_test_setup_teardown(a_mean_that_was_interrupted_is_the_same, make, clear),
        cmocka_unit_test_setup_teardown(a_mean_is_the_same_wherever_a_model_that_draws_was_stopped, make,
                                        clear),
    };
    eh_threads_set(1); /* so little work is done faster alone */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
