/* test_embedding_validation.c - linear classifiers on vectors: right where the vectors tell the classes apart, wrong labels contradicted, the same numbers on
 * any number of threads; and features of a trained run. */
#include "clean/embedding_validation.h"

#include "base/rng.h"
#include "base/threads.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/small_training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 240, WIDTH = 6 };

/* Vectors around +-1 in two coordinates by class, noise in the others, one of them constant; every tenth label is wrong, row 5 has none. */
static void make(float *value, int32_t *cls)
{
    for (int i = 0; i < ROWS; i++) {
        eh_rng rng = eh_rng_at(4, EH_DRAW_TEST, (uint64_t)i, 0);
        int truth = i % 3;
        for (int k = 0; k < WIDTH; k++)
            value[i * WIDTH + k] = (float)(0.3 * eh_rng_normal(&rng)) + (k == truth ? 2 : 0);
        value[i * WIDTH + WIDTH - 1] = 7;
        cls[i] = i % 10 == 9 ? (truth + 1) % 3 : truth;
    }
    cls[5] = -1;
}

static eh_fold_predictions *validate(const float *value, int32_t *cls)
{
    static const char *const name[] = { "a", "b", "c" };
    eh_frame_column column = {
        .name = "kind", .kind = EH_COLUMN_CLASS, .class_name = name, .classes = 3, .cls = cls
    };
    static eh_frame_column kept;
    kept = column;
    const eh_frame_column *columns = &kept;
    eh_frame frame = { .rows = ROWS };
    eh_embeddings e = { .rows = ROWS, .width = WIDTH, .value = (float *)value };
    eh_embedding_validation_opts opts = { .folds = 3, .seed = 1 };
    eh_fold_predictions *out;
    eh_error err = { 0 };
    if (eh_cross_validate_embeddings(&out, &e, &frame, &columns, 1, NULL, &opts, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    return out;
}

static void wrong_labels_are_contradicted(void **state)
{
    static float value[ROWS * WIDTH];
    static int32_t cls[ROWS];
    (void)state;
    make(value, cls);
    eh_fold_predictions *p = validate(value, cls);
    for (int i = 0; i < ROWS; i++) {
        const float *row = p->column[0].probability + 3 * i;
        int best = 0;
        for (int k = 1; k < 3; k++)
            best = row[k] > row[best] ? k : best;
        assert_float_equal(row[0] + row[1] + row[2], 1, 1e-5);
        assert_int_equal(best, i % 3);
    }
    assert_float_equal(p->column[0].accuracy, (ROWS - 1 - ROWS / 10) / (double)(ROWS - 1), 1e-9);
    int threads = eh_threads();
    eh_threads_set(threads == 1 ? 2 : 1);
    eh_fold_predictions *again = validate(value, cls);
    eh_threads_set(0);
    assert_memory_equal(p->column[0].probability, again->column[0].probability,
                        ROWS * 3 * sizeof *p->column[0].probability);
    eh_fold_predictions_free(p);
    eh_fold_predictions_free(again);
}

/* Features of a run that has learned the side tell the side; files that do not fit are refused. */
static void features_of_a_run_and_files_are_taken(void **state)
{
    eh_arena *arena = eh_arena_new();
    small_catalog_biased(*state, 60);
    eh_train_opts opts = small_options(*state, arena, "run", "epochs=6", "lr=0.01", NULL);
    small_train(&opts, EH_OK, NULL);
    eh_catalog *catalog = data_open(*state);
    eh_frame *frame;
    const eh_frame_column *side;
    eh_embeddings *e;
    eh_error err = { 0 };
    assert_int_equal(eh_frame_load(&frame, catalog, NULL, 0, NULL), EH_OK);
    assert_int_equal(eh_frame_find(&side, frame, "side", NULL), EH_OK);
    if (eh_embeddings_make(&e, data_path(*state, "run"), catalog, frame, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(e->rows, frame->rows);
    assert_int_equal(e->width, 8);
    assert_non_null(strstr(e->source, "standard-cnn"));
    eh_embedding_validation_opts how = { .folds = 4, .seed = 1 };
    eh_fold_predictions *p;
    assert_int_equal(eh_cross_validate_embeddings(&p, e, frame, &side, 1, NULL, &how, NULL, NULL), EH_OK);
    assert_true(p->column[0].accuracy > 0.8);
    eh_fold_predictions_free(p);
    how.folds = (int64_t)frame->rows;
    assert_int_equal(eh_cross_validate_embeddings(&p, e, frame, &side, 1, NULL, &how, NULL, &err),
                     EH_ERR_NOT_ENOUGH);
    eh_embeddings_free(e);

    static const struct {
        const char *name, *part;
    } of[] = {
        { "few.npy", "a row for each of the" },
        { "odd.npy", "not finite" },
        { "none.npy", "none.npy" },
        { "empty", "run.json" },
    };
    double *value = eh_alloc(2 * frame->rows, sizeof *value);
    char shape[32];
    snprintf(shape, sizeof shape, "(%zu, 2)", frame->rows);
    data_write_npy(*state, "few.npy", "(3, 2)", value, 6);
    value[3] = NAN;
    data_write_npy(*state, "odd.npy", shape, value, 2 * frame->rows);
    data_write_text(*state, "empty/nothing.txt", "");
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        assert_int_not_equal(eh_embeddings_make(&e, data_path(*state, "%s", of[i].name), catalog, frame, NULL,
                                                &err),
                             EH_OK);
        assert_null(e);
        if (!strstr(err.message, of[i].part))
            fail_msg("\"%s\" does not say \"%s\"", err.message, of[i].part);
    }
    eh_free(value);
    eh_frame_free(frame);
    eh_catalog_close(catalog);
    eh_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_labels_are_contradicted),
        cmocka_unit_test_setup_teardown(features_of_a_run_and_files_are_taken, data_folder_make,
                                        data_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
