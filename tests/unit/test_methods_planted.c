/* Planted truth: pictures whose label is hard to see and whose tint nearly tells it. Plain training follows the tint and fails the images whose tint
 * lies; every mitigation method must fail them clearly less. */
#include "support/small_training.h"

#include "base/csv.h"
#include "base/threads.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <string.h>

enum { TRAIN = 4800, OTHER = 640, CONTRAST = 12, SPREAD = 12 };

/* Every sixteenth training image has the other side's tint, and half of the validation and test images. By the brightness alone about nine in
 * ten can be told. */
static void make_set(void *folder)
{
    static small_row row[TRAIN + 2 * OTHER];
    for (size_t i = 0; i < TRAIN + 2 * OTHER; i++) {
        bool left = i % 2 == 0, lies = i < TRAIN ? i / 2 % 16 == 0 : i / 2 % 2 == 0;
        const char *part = i < TRAIN ? "train" : i < TRAIN + OTHER ? "valid" : "test";
        row[i] = (small_row){ .side = left ? "left" : "right",
                              .tint = left != lies ? "red" : "blue",
                              .part = part,
                              .contrast = CONTRAST,
                              .spread = SPREAD };
    }
    small_catalog(folder, row, TRAIN + 2 * OTHER);
}

/* Lowest accuracy of the four groups in a predictions file. */
static double worst_of(void *folder, eh_arena *arena, const char *run)
{
    eh_csv csv;
    size_t truth, predicted, tint, n[4] = { 0 }, correct[4] = { 0 };
    const char *path = data_path(folder, "%s/predictions-test.csv", run);
    assert_int_equal(eh_csv_read(&csv, arena, path, NULL), EH_OK);
    assert_int_equal(eh_csv_column(&truth, &csv, path, "truth", NULL), EH_OK);
    assert_int_equal(eh_csv_column(&predicted, &csv, path, "predicted", NULL), EH_OK);
    assert_int_equal(eh_csv_column(&tint, &csv, path, "tint", NULL), EH_OK);
    for (size_t i = 0; i < csv.rows; i++) {
        const char **cell = csv.cell + i * csv.columns;
        size_t group = (strcmp(cell[truth], "left") == 0) + 2 * (size_t)(strcmp(cell[tint], "red") == 0);
        n[group]++;
        correct[group] += strcmp(cell[truth], cell[predicted]) == 0;
    }
    double worst = 1;
    for (size_t g = 0; g < 4; g++) {
        assert_int_equal(n[g], OTHER / 4);
        worst = (double)correct[g] / (double)n[g] < worst ? (double)correct[g] / (double)n[g] : worst;
    }
    return worst;
}

static double worst_group(void *folder, eh_arena *arena, const char *method)
{
    const char *run = eh_arena_printf(arena, "run-%s", method);
    const char *setting = eh_arena_printf(arena, "method=%s", method);
    eh_train_opts opts = small_options(folder, arena, run, setting, "epochs=4", "batch=32", "lr=0.001",
                                       "schedule=one-cycle", "model=standard-cnn:width=4,hidden=16", NULL);
    small_train(&opts, EH_OK, NULL);
    return worst_of(folder, arena, run);
}

static void every_method_serves_the_worst_group_better_than_plain_training(void **state)
{
    static const char *const methods[] = { "undersample:redraw=true", "resample", "reweight", "gdro" };
    eh_arena *arena = eh_arena_new();
    make_set(*state);
    double plain = worst_group(*state, arena, "erm");
    print_message("  erm: worst group %.1f %%\n", 100 * plain);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        double worst = worst_group(*state, arena, methods[i]);
        print_message("  %s: worst group %.1f %%\n", methods[i], 100 * worst);
        if (worst < plain + 0.1)
            fail_msg("%s reaches %.1f %% on the worst group, plain training %.1f %%", methods[i], 100 * worst,
                     100 * plain);
    }
    eh_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_method_serves_the_worst_group_better_than_plain_training,
                                        data_folder_make, data_folder_remove),
    };
    eh_threads_set(1); /* so little work is done faster alone */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
