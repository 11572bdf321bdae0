/* The search for a learning rate: suggestions against fastai's definitions (tests/tools/make_training_goldens.py), and a sweep that trains. */
#include "train/rate_sweep.h"

#include "base/file.h"
#include "base/json.h"
#include "base/threads.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/small_training.h"

#include <math.h>
#include <string.h>

enum { POINTS = 85 };

static double value(int k)
{
    return (k * 7919 + 13) % 1000 / 500.0 - 1.0;
}

static double curve(const char *kind, int i)
{
    double x = (double)i / (POINTS - 1);
    if (strcmp(kind, "dip") == 0)
        return 2.3 - 1.4 / (1 + exp(-(x - 0.55) * 14)) + (x > 0.8 ? exp(9 * (x - 0.8)) : 0) + 0.01 * value(i);
    if (strcmp(kind, "flat") == 0)
        return 0.7 + 0.05 * value(i);
    return 1.0 + i * 0.01;
}

static void expect_rate(const json_t *golden, const char *key, double rate)
{
    double expected = json_number_value(json_object_get(golden, key));
    if (!(fabs(rate - expected) <= 1e-9 * expected))
        fail_msg("%s, %s: %g instead of %g", json_string_value(json_object_get(golden, "kind")), key, rate,
                 expected);
}

static void suggestions_are_those_of_fastai(void **state)
{
    json_t *document = NULL;
    (void)state;
    assert_int_equal(eh_json_read(&document, "tests/golden/training.json", NULL), EH_OK);
    const json_t *cases = json_object_get(document, "suggestions");
    assert_int_equal(json_array_size(cases), 3);
    for (size_t c = 0; c < json_array_size(cases); c++) {
        const json_t *golden = json_array_get(cases, c);
        eh_rate_point point[POINTS] = { 0 };
        for (int i = 0; i < POINTS; i++) {
            point[i].rate = 1e-7 * pow(1e8, (double)i / (POINTS - 1));
            point[i].smooth = curve(json_string_value(json_object_get(golden, "kind")), i);
        }
        eh_rate_suggestions s = eh_rate_suggest(point, POINTS);
        expect_rate(golden, "valley", s.valley);
        expect_rate(golden, "steep", s.steep);
        expect_rate(golden, "minimum", s.minimum);
    }
    json_decref(document);
    assert_true(isnan(eh_rate_suggest(NULL, 0).valley));
}

static void a_sweep_finds_rates_that_train_and_leaves_three_files(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_rate_sweep sweep;
    eh_error err = { 0 };
    small_catalog_biased(*state, 96);
    eh_train_opts opts = small_options(*state, arena, "lr", "model=standard-cnn:width=4,hidden=16", NULL);
    assert_int_equal(eh_rate_sweep_make(&sweep, &opts, 1e-6, 1e3, 60, NULL, &err), EH_OK);
    assert_int_equal(sweep.end, EH_SWEEP_DIVERGED);
    assert_true(sweep.count > 20 && sweep.count < 60);
    for (size_t i = 0; i < sweep.count; i++) {
        assert_true(fabs(sweep.point[i].rate - 1e-6 * pow(1e9, (double)i / 60)) < 1e-9 * sweep.point[i].rate);
        assert_true(isfinite(sweep.point[i].loss) && isfinite(sweep.point[i].smooth));
    }
    assert_true(fabs(sweep.point[0].smooth / sweep.point[0].loss - 1) < 1e-9);
    assert_true(sweep.suggestion.valley > 1e-6 &&
                sweep.suggestion.valley < sweep.point[sweep.count - 1].rate);
    assert_int_equal(eh_rate_sweep_write(&sweep, opts.out, &err), EH_OK);
    static const char *const names[] = { "lr/find-lr.json", "lr/find-lr.csv", "lr/find-lr.svg" };
    for (size_t i = 0; i < 3; i++)
        assert_true(eh_path_exists(data_path(*state, "%s", names[i])));
    assert_false(eh_path_exists(data_path(*state, "lr/run.json")));
    assert_false(eh_path_exists(data_path(*state, "lr/checkpoints")));
    json_t *json = NULL;
    assert_int_equal(eh_json_read(&json, data_path(*state, "lr/find-lr.json"), NULL), EH_OK);
    assert_int_equal(json_array_size(json_object_get(json, "points")), sweep.count);
    assert_string_equal(json_string_value(json_object_get(json, "ended")), "diverged");
    json_decref(json);
    /* Trained with the suggestion the loss falls. */
    opts = small_options(*state, arena, "good", "model=standard-cnn:width=4,hidden=16", "epochs=4", NULL);
    opts.lr = sweep.suggestion.valley;
    small_train(&opts, EH_OK, NULL);
    json_t *log = small_log(*state, "good");
    double first = 0, last = 0;
    for (size_t i = 0; i < json_array_size(log); i++) {
        const json_t *loss = json_object_get(json_array_get(log, i), "loss");
        first = first > 0 ? first : json_number_value(loss);
        last = json_is_number(loss) ? json_number_value(loss) : last;
    }
    assert_true(last < 0.7 * first);
    json_decref(log);
    eh_rate_sweep_clear(&sweep);
    eh_arena_free(arena);
}

static void a_sweep_that_cannot_be_is_refused(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_rate_sweep sweep;
    eh_error err = { 0 };
    small_catalog_biased(*state, 48);
    eh_train_opts opts = small_options(*state, arena, "lr", NULL);
    assert_int_equal(eh_rate_sweep_make(&sweep, &opts, 1e-2, 1e-3, 60, NULL, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "not 60 steps from 0.01 to 0.001"));
    eh_rate_sweep_clear(&sweep);
    assert_int_equal(eh_rate_sweep_make(&sweep, &opts, 1e-2, 1, 3, NULL, &err), EH_ERR_USAGE);
    eh_rate_sweep_clear(&sweep);
    assert_false(eh_path_exists(data_path(*state, "lr")));
    eh_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suggestions_are_those_of_fastai),
        cmocka_unit_test_setup_teardown(a_sweep_finds_rates_that_train_and_leaves_three_files,
                                        data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(a_sweep_that_cannot_be_is_refused, data_folder_make,
                                        data_folder_remove),
    };
    eh_threads_set(1); /* so little work is done faster alone */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
