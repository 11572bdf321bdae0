/* test_check_leaks.c - copies on both sides of a line, and what they do to each group. */
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include "clean/check.h"
#include "clean/clean_plan.h"
#include "clean/leak_effect.h"

#include <stdio.h>
#include <string.h>

static data_import result;

/* Ten images; equal seeds are equal files. */
static const int seed[10] = { 1, 2, 3, 4, 5, 1, 3, 6, 7, 3 };
static const char *const part[10] = { "train", "train", "train", "train", "train",
                                      "test",  "valid", "test",  "test",  "test" };

static eh_catalog *make_set(void *folder)
{
    char table[2048] = "file,gender,camera,split\n";
    for (int i = 0; i < 10; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/%c/i%02d.png", i < 8 ? 'a' : 'b', i + 1);
        data_write_image(folder, name, 12, 12, 3, seed[i]);
        snprintf(table + strlen(table), sizeof table - strlen(table), "%c/i%02d.png,%s,cam%d,%s\n",
                 i < 8 ? 'a' : 'b', i + 1, i % 2 ? "f" : "m", i / 5, part[i]);
    }
    data_write_text(folder, "set/labels.csv", table);
    data_import_run(&result, folder, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    return data_open(folder);
}

static eh_clean_result *run_leaks(eh_catalog *catalog, const char *word, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec *spec;
    size_t count;
    eh_clean_result *out = NULL;
    eh_str_list words = { .item = &word, .count = 1 };
    if (eh_check_specs(&spec, &count, &words, arena, err) == EH_OK)
        eh_clean_run(&out, catalog, spec, count, 1, NULL, err);
    eh_arena_free(arena);
    return out;
}

static int64_t counted(const eh_clean_result *r, const char *key)
{
    return json_integer_value(json_object_get(r->check[0].summary, key));
}

static void held_out_copies_of_training_images_leak(void **state)
{
    eh_catalog *c = make_set(*state);
    eh_error err = { 0 };
    eh_clean_result *r = run_leaks(c, "leaks:near=no", &err);
    if (!r)
        fail_msg("%s", err.message);
    assert_int_equal(counted(r, "test"), 2);  /* 6 and 10; 8 and 9 are like nothing */
    assert_int_equal(counted(r, "valid"), 1); /* 7 */
    assert_int_equal(counted(r, "train"), 2);
    assert_int_equal(counted(r, "pairs"), 3); /* 1-6, 3-7, 3-10; 7-10 are both held out */
    assert_int_equal(r->findings->count, 3);
    for (size_t i = 0; i < 3; i++) {
        const eh_finding *f = &r->findings->item[i];
        assert_int_equal(f->action, EH_ACTION_LOOK);
        assert_int_equal(f->severity, EH_SEVERITY_ERROR);
        assert_int_equal(f->other, f->image == 6 ? 1 : 3);
        assert_true(f->image == 6 || f->image == 7 || f->image == 10);
    }
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

static void either_side_can_be_taken_out(void **state)
{
    eh_catalog *c = make_set(*state);
    for (int side = 0; side < 2; side++) {
        eh_clean_result *r =
            run_leaks(c, side ? "leaks:near=no,drop=held-out" : "leaks:near=no,drop=train", NULL);
        eh_clean_plan *plan;
        eh_clean_plan_opts opts = { 0 };
        assert_int_equal(eh_clean_plan_make(&plan, r->frame, r->findings, &opts, NULL), EH_OK);
        assert_int_equal(plan->quarantined, side ? 3 : 2);
        assert_int_equal(plan->change[0].image, side ? 6 : 1);
        assert_int_equal(plan->change[1].image, side ? 7 : 3);
        eh_clean_plan_free(plan);
        eh_clean_result_free(r);
    }
    eh_catalog_close(c);
}

static void columns_and_folders_are_lines_too(void **state)
{
    eh_catalog *c = make_set(*state);
    eh_clean_result *r = run_leaks(c, "leaks:near=no,across=camera", NULL);
    assert_int_equal(counted(r, "pairs"), 3); /* 1-6, 3-7, 3-10 */
    assert_int_equal(counted(r, "images"), 5);
    assert_int_equal(r->findings->count, 5);
    eh_clean_result_free(r);
    r = run_leaks(c, "leaks:near=no,across=folder", NULL);
    assert_int_equal(counted(r, "pairs"), 2); /* 10 lies in b; 3 and 7 in a */
    assert_int_equal(r->findings->count, 3);
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

static void options_that_make_no_sense_are_refused(void **state)
{
    eh_catalog *c = make_set(*state);
    eh_error err = { 0 };
    assert_null(run_leaks(c, "leaks:across=camra", &err));
    assert_non_null(strstr(err.message, "did you mean 'camera'"));
    assert_null(run_leaks(c, "leaks:across=camera,drop=train", &err));
    assert_non_null(strstr(err.message, "drop=train"));
    assert_null(run_leaks(c, "leaks:distance=40", &err));
    eh_catalog_close(c);
}

static void the_effect_is_counted_by_group(void **state)
{
    static const int8_t right[10] = { -1, -1, -1, -1, -1, 1, -1, 0, 1, 1 };
    eh_catalog *c = make_set(*state);
    eh_clean_result *r = run_leaks(c, "leaks:near=no", NULL);
    eh_groups *groups;
    const char *gender = "gender";
    eh_leak_group group[3];
    assert_int_equal(eh_groups_make(&groups, r->frame, &gender, 1, NULL), EH_OK);
    assert_int_equal(groups->count, 2);
    assert_int_equal(eh_leak_effect(group, r->findings, r->frame, groups, right, NULL), EH_OK);
    size_t f = strcmp(groups->name[0], "f") == 0 ? 0 : 1;
    /* women: images 6, 8, 10, of which 6 and 10 leak; men: 7 (validation, leaks), 9 */
    assert_int_equal(group[f].held_out, 3);
    assert_int_equal(group[f].leaking, 2);
    assert_int_equal(group[f].judged, 3);
    assert_int_equal(group[f].right, 2);
    assert_int_equal(group[f].leaking_judged, 2);
    assert_int_equal(group[f].leaking_right, 2);
    assert_int_equal(group[1 - f].held_out, 2);
    assert_int_equal(group[1 - f].leaking, 1);
    assert_int_equal(group[1 - f].judged, 1);
    assert_int_equal(group[1 - f].leaking_judged, 0);
    assert_int_equal(group[2].held_out, 5);
    assert_int_equal(group[2].right, 3);
    eh_groups_free(groups);
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(held_out_copies_of_training_images_leak),
        WITH_FOLDER(either_side_can_be_taken_out),
        WITH_FOLDER(columns_and_folders_are_lines_too),
        WITH_FOLDER(options_that_make_no_sense_are_refused),
        WITH_FOLDER(the_effect_is_counted_by_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
