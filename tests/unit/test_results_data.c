/* test_results_data.c - results.json of a catalog: counts, balance, split, cleaning. */
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include "clean/check.h"
#include "clean/clean_plan.h"
#include "report/report.h"
#include "report/results_data.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 30 };

/* 30 images, every tenth a copy of one in the test part. */
static int make_catalog(void **state)
{
    char table[2048] = "file,gender,hair,age,split\n";
    data_import result;
    if (data_folder_make(state) != 0)
        return -1;
    for (int i = 0; i < ROWS; i++) {
        char name[32];
        snprintf(name, sizeof name, "%02d.png", i);
        data_write_image(*state, name, 16, 16, 3, i % 10 == 9 ? i - 4 : i);
        snprintf(table + strlen(table), sizeof table - strlen(table), "%s,%s,%s,%d,%s\n", name,
                 i % 2 ? "male" : "female", i % 3 ? "dark" : "blond", i, i % 5 ? "train" : "test");
    }
    data_write_text(*state, "t.csv", table);
    data_import_run(&result, *state, "t.csv", "csv:groups=gender\\,hair,numbers=age", false);
    return result.status == EH_OK ? 0 : -1;
}

static json_t *document_of(void *folder, size_t galleries)
{
    const char *gender = "gender", *hair = "hair";
    const eh_data_results_opts opts = { .groups = { .item = &gender, .count = 1 },
                                        .labels = { .item = &hair, .count = 1 },
                                        .galleries = galleries,
                                        .seed = 1 };
    json_t *out;
    eh_error err = { 0 };
    if (eh_results_from_catalog(&out, data_path(folder, "data.eh"), &opts, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    return out;
}

static json_t *part(json_t *document, const char *key)
{
    return json_object_get(json_object_get(document, "data"), key);
}

/* Runs the checks that `words` name and, if asked to, takes out what they propose. */
static void find(void *folder, const char **words, size_t count, bool apply)
{
    eh_catalog *c = data_open(folder);
    eh_arena *arena = eh_arena_new();
    const eh_str_list list = { .item = words, .count = count };
    eh_thing_spec *spec;
    size_t specs;
    eh_clean_result *found;
    eh_clean_plan *plan;
    const eh_clean_plan_opts none = { 0 };
    eh_error err = { 0 };
    assert_int_equal(eh_check_specs(&spec, &specs, &list, arena, &err), EH_OK);
    if (eh_clean_run(&found, c, spec, specs, 1, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(eh_clean_plan_make(&plan, found->frame, found->findings, &none, &err), EH_OK);
    if (apply)
        assert_int_equal(eh_clean_plan_apply(c, plan, NULL, &err), EH_OK);
    eh_clean_plan_free(plan);
    eh_clean_result_free(found);
    eh_arena_free(arena);
    eh_catalog_close(c);
}

static void find_copies_and_apply(void *folder)
{
    const char *words[] = { "copies", "labels=gender" }; /* ages differ, which is no contradiction here */
    find(folder, words, 2, true);
}

static void a_catalog_tells_its_counts_balance_and_split(void **state)
{
    json_t *d = document_of(*state, 0);
    assert_string_equal(json_string_value(json_object_get(d, "kind")), "data");
    assert_int_equal(json_array_size(json_object_get(d, "groups")), 2);
    assert_int_equal(json_integer_value(part(d, "images")), ROWS);
    assert_int_equal(json_array_size(part(d, "columns")), 3);
    json_int_t sum = 0;
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(json_array_get(part(d, "counts"), 0), "cells"), i, cell) sum +=
        json_integer_value(json_object_get(cell, "n"));
    assert_int_equal(sum, ROWS);
    assert_int_equal(json_array_size(part(d, "histograms")), 1);
    assert_int_equal(json_array_size(part(d, "association")), 1);
    assert_true(json_is_object(part(d, "power")) && json_is_object(part(d, "split_check")));
    assert_true(json_is_null(part(d, "cleaning")));
    json_decref(d);
}

static void cleaning_tells_what_was_found_and_who_was_removed(void **state)
{
    find_copies_and_apply(*state);
    json_t *d = document_of(*state, 5), *cleaning = part(d, "cleaning");
    json_t *check = json_array_get(json_object_get(cleaning, "checks"), 0);
    assert_string_equal(json_string_value(json_object_get(check, "name")), "copies");
    assert_true(json_integer_value(json_object_get(check, "images")) >= 3);
    json_int_t removed =
        json_integer_value(json_object_get(json_object_get(cleaning, "applied"), "quarantined"));
    assert_true(removed >= 3);
    json_int_t before = 0, after = 0;
    size_t i;
    json_t *group;
    json_array_foreach(json_object_get(cleaning, "groups"), i, group)
    {
        before += json_integer_value(json_object_get(group, "before"));
        after += json_integer_value(json_object_get(group, "after"));
    }
    assert_int_equal(before, ROWS);
    assert_int_equal(before - after, removed);
    assert_int_equal(json_integer_value(part(d, "images")), after);
    json_t *gallery = json_array_get(json_object_get(cleaning, "galleries"), 0),
           *items = json_object_get(gallery, "items");
    assert_true(json_array_size(items) >= 2);
    assert_false(
        json_is_true(json_object_get(json_array_get(items, 0), "removed"))); /* the keeper stands first */
    assert_true(json_is_true(json_object_get(json_array_get(items, 1), "removed")));
    assert_non_null(json_string_value(json_object_get(json_array_get(items, 1), "thumbnail")));
    json_decref(d);
}

static void a_leak_is_shown_beside_the_training_image_that_it_copies(void **state)
{
    const char *words[] = { "leaks" };
    find(*state, words, 1, false);
    json_t *d = document_of(*state, 5), *galleries = json_object_get(part(d, "cleaning"), "galleries");
    for (size_t i = 0; i < json_array_size(galleries); i++) {
        json_t *items = json_object_get(json_array_get(galleries, i), "items");
        assert_int_equal(json_array_size(items), 2);
        assert_false(json_is_true(json_object_get(json_array_get(items, 0), "other")));
        assert_true(json_is_true(json_object_get(json_array_get(items, 1), "other")));
        assert_non_null(json_string_value(json_object_get(json_array_get(items, 1), "thumbnail")));
        assert_int_not_equal(json_integer_value(json_object_get(json_array_get(items, 0), "image")),
                             json_integer_value(json_object_get(json_array_get(items, 1), "image")));
    }
    assert_true(json_array_size(galleries) > 0);
    json_decref(d);
}

static void a_report_of_a_catalog_alone_needs_no_model(void **state)
{
    json_t *d = document_of(*state, 2), *const one[] = { d };
    eh_arena *arena = eh_arena_new();
    eh_report report;
    eh_str html = { 0 };
    eh_error err = { 0 };
    if (eh_report_arrange(&report, arena, one, NULL, 1, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(report.entries, 0);
    assert_ptr_equal(report.data, d);
    assert_string_equal(report.title, "data: the data");
    eh_report_static(&html, &report);
    assert_non_null(strstr(eh_str_text(&html), "<h2>Data</h2>"));
    assert_null(strstr(eh_str_text(&html), "<h2>Verdict</h2>"));
    eh_str_clear(&html);
    eh_arena_free(arena);
    json_decref(d);
}

static void wrong_columns_and_files_are_refused(void **state)
{
    const char *wrong = "gendre";
    const eh_data_results_opts opts = { .groups = { .item = &wrong, .count = 1 } };
    json_t *out;
    eh_error err = { 0 };
    assert_int_equal(eh_results_from_catalog(&out, data_path(*state, "data.eh"), &opts, NULL, &err),
                     EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "did you mean 'gender'"));
    assert_null(out);
    assert_true(eh_is_catalog(data_path(*state, "data.eh")));
    assert_false(eh_is_catalog(data_path(*state, "t.csv")));
    assert_false(eh_is_catalog(*state));
    assert_false(eh_is_catalog("no such file"));
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, make_catalog, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(a_catalog_tells_its_counts_balance_and_split),
        ROW(cleaning_tells_what_was_found_and_who_was_removed),
        ROW(a_leak_is_shown_beside_the_training_image_that_it_copies),
        ROW(a_report_of_a_catalog_alone_needs_no_model),
        ROW(wrong_columns_and_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
