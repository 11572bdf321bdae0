/* test_cross_validation.c - every image judged by a network that has not seen it: right where the label can be learned, chance where it cannot, and
 * units of images stay in one fold. */
#include "clean/cross_validation.h"

#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/small_training.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { ROWS = 160 };

typedef struct set {
    void *folder;
    eh_catalog *catalog;
    eh_frame *frame;
    const eh_frame_column *side, *tint;
    eh_arena *arena;
    eh_cross_validation_opts opts;
} set;

/* Pictures with a bright half (side); the tint does not depend on it. */
static int make(void **state)
{
    static set s;
    static small_row row[ROWS];
    data_folder_make(state);
    s = (set){ .folder = *state, .arena = eh_arena_new() };
    for (int i = 0; i < ROWS; i++)
        row[i] = (small_row){
            .side = i % 2 ? "left" : "right", .tint = i % 3 ? "red" : "blue", .part = "", .contrast = 80
        };
    small_catalog(s.folder, row, ROWS);
    s.catalog = data_open(s.folder);
    assert_int_equal(eh_frame_load(&s.frame, s.catalog, NULL, 0, NULL), EH_OK);
    assert_int_equal(eh_frame_find(&s.side, s.frame, "side", NULL), EH_OK);
    assert_int_equal(eh_frame_find(&s.tint, s.frame, "tint", NULL), EH_OK);
    s.opts = (eh_cross_validation_opts){ .folds = 4, .epochs = 6, .batch = 16, .lr = 0.01, .seed = 3 };
    assert_int_equal(eh_thing_parse(&s.opts.model, "model", "standard-cnn:width=2,hidden=8", "test", s.arena,
                                    NULL),
                     EH_OK);
    *state = &s;
    return 0;
}

static int clear(void **state)
{
    set *s = *state;
    eh_frame_free(s->frame);
    eh_catalog_close(s->catalog);
    eh_arena_free(s->arena);
    *state = s->folder;
    return data_folder_remove(state);
}

static eh_fold_predictions *validate(const set *s, const uint32_t *unit)
{
    eh_fold_predictions *out;
    eh_error err = { 0 };
    const eh_frame_column *columns[2] = { s->side, s->tint };
    if (eh_cross_validate(&out, s->catalog, s->frame, columns, 2, unit, &s->opts, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    return out;
}

static void both_columns_are_judged_and_wrong_labels_contradicted(void **state)
{
    const set *s = *state;
    size_t contradicted = 0, wrong = 0;
    for (size_t i = 0; i < ROWS; i += 20, wrong++) /* 5 % flipped */
        s->side->cls[i] = !s->side->cls[i];
    for (size_t i = 5; i < ROWS; i += 20) /* 5 % missing */
        s->tint->cls[i] = -1;
    eh_fold_predictions *p = validate(s, NULL);
    assert_int_equal(p->rows, ROWS);
    assert_int_equal(p->columns, 2);
    for (size_t c = 0; c < 2; c++) {
        assert_int_equal(p->column[c].column->classes, 2);
        for (size_t i = 0; i < ROWS; i++)
            assert_float_equal(p->column[c].probability[2 * i] + p->column[c].probability[2 * i + 1], 1,
                               1e-5);
    }
    assert_true(p->column[0].accuracy > 0.85 && p->column[0].accuracy < 0.97);
    assert_true(p->column[1].accuracy > 0.95);
    for (size_t i = 0; i < ROWS; i += 20)
        contradicted += p->column[0].probability[2 * i + (size_t)s->side->cls[i]] < 0.5f;
    assert_true(contradicted + 1 >= wrong);
    eh_fold_predictions_free(p);
}

static void labels_without_a_reason_are_judged_by_chance(void **state)
{
    const set *s = *state;
    eh_rng rng = eh_rng_at(1, EH_DRAW_TEST, 0, 0);
    for (size_t i = 0; i < ROWS; i++)
        s->side->cls[i] = (int32_t)eh_rng_below(&rng, 2);
    eh_fold_predictions *p = validate(s, NULL);
    assert_true(p->column[0].accuracy > 0.3 && p->column[0].accuracy < 0.7);
    eh_fold_predictions_free(p);
}

static void units_stay_together_and_folds_are_of_one_size(void **state)
{
    const set *s = *state;
    uint32_t unit[ROWS], of_unit[ROWS];
    size_t in_fold[4] = { 0 };
    for (uint32_t i = 0; i < ROWS; i++)
        unit[i] = i < 40 ? i / 10 * 10 : i - i % 3 * (i % 3 ? i % 2 : 0); /* four of ten, some smaller */
    for (uint32_t i = 0; i < ROWS; i++)
        while (unit[i] != unit[unit[i]])
            unit[i] = unit[unit[i]];
    eh_fold_predictions *p = validate(s, unit);
    memset(of_unit, 0xff, sizeof of_unit);
    for (size_t i = 0; i < ROWS; i++) {
        if (of_unit[unit[i]] == UINT32_MAX)
            of_unit[unit[i]] = p->fold[i];
        assert_int_equal(p->fold[i], of_unit[unit[i]]);
        assert_true(p->fold[i] < 4);
        in_fold[p->fold[i]]++;
    }
    for (int f = 0; f < 4; f++)
        assert_int_equal(in_fold[f], ROWS / 4);
    eh_fold_predictions_free(p);
}

static void the_same_seed_gives_the_same_numbers_and_repeats_are_averaged(void **state)
{
    set *s = *state;
    s->opts.epochs = 1;
    eh_fold_predictions *a = validate(s, NULL), *b = validate(s, NULL);
    assert_memory_equal(a->column[0].probability, b->column[0].probability, ROWS * 2 * sizeof(float));
    s->opts.repeats = 2;
    eh_fold_predictions *two = validate(s, NULL);
    assert_memory_equal(a->fold, two->fold, sizeof *a->fold * ROWS); /* of the first repeat */
    size_t differ = 0;
    for (size_t i = 0; i < ROWS; i++) {
        assert_float_equal(two->column[0].probability[2 * i] + two->column[0].probability[2 * i + 1], 1,
                           1e-5);
        differ += fabsf(two->column[0].probability[2 * i] - a->column[0].probability[2 * i]) > 1e-4f;
    }
    assert_true(differ > ROWS / 2);
    eh_fold_predictions_free(a);
    eh_fold_predictions_free(b);
    eh_fold_predictions_free(two);
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void what_cannot_be_done_is_said(void **state)
{
    set *s = *state;
    eh_fold_predictions *out;
    eh_error err = { 0 };
    const eh_frame_column *column = s->side, *amount;
    uint32_t one[ROWS] = { 0 };
    assert_int_equal(eh_cross_validate(&out, s->catalog, s->frame, &column, 1, one, &s->opts, NULL, &err),
                     EH_ERR_NOT_ENOUGH);
    assert_non_null(strstr(err.message, "4 folds"));
    assert_int_equal(eh_frame_find(&amount, s->frame, "amount", NULL), EH_OK);
    assert_int_equal(eh_cross_validate(&out, s->catalog, s->frame, &amount, 1, NULL, &s->opts, NULL, &err),
                     EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "'amount'"));
    eh_progress progress = { .stop_requested = stop_at_once };
    assert_int_equal(eh_cross_validate(&out, s->catalog, s->frame, &column, 1, NULL, &s->opts, &progress,
                                       &err),
                     EH_ERR_INTERRUPTED);
    s->opts.lr = 1e30;
    assert_int_equal(eh_cross_validate(&out, s->catalog, s->frame, &column, 1, NULL, &s->opts, NULL, &err),
                     EH_ERR_NUMERIC);
    assert_null(out);
}

#define SET_TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SET_TEST(both_columns_are_judged_and_wrong_labels_contradicted),
        SET_TEST(labels_without_a_reason_are_judged_by_chance),
        SET_TEST(units_stay_together_and_folds_are_of_one_size),
        SET_TEST(the_same_seed_gives_the_same_numbers_and_repeats_are_averaged),
        SET_TEST(what_cannot_be_done_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
