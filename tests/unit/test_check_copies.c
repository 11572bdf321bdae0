/* test_check_copies.c - copies are found, clustered, and one of each cluster is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"

#include "clean/check.h"

#include <stdio.h>
#include <string.h>

static data_import result;

/* Images 1..n in the order of `seed`: equal seeds are equal files. */
static eh_catalog *make_set(void *folder, const int *seed, int count)
{
    for (int i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/a/i%02d.png", i + 1);
        data_write_image(folder, name, 8, 8, 3, seed[i]);
    }
    data_import_run(&result, folder, "set", "folder", false);
    assert_int_equal(result.status, EH_OK);
    return data_open(folder);
}

static eh_clean_result *run_copies(eh_catalog *catalog, const char *word, eh_error *err)
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

static void the_same_bytes_make_a_cluster_and_its_first_image_stays(void **state)
{
    static const int seed[] = { 5, 9, 5, 7, 9, 5 };
    eh_catalog *c = make_set(*state, seed, 6);
    eh_error err = { 0 };
    eh_clean_result *r = run_copies(c, "copies", &err);
    assert_non_null(r);
    assert_int_equal(r->checks, 1);
    assert_int_equal(r->check[0].images, 3);
    assert_int_equal(json_integer_value(json_object_get(r->check[0].summary, "clusters")), 2);
    assert_int_equal(json_integer_value(json_object_get(r->check[0].summary, "images_in_clusters")), 5);
    int64_t other[7] = { 0 };
    eh_action action[7] = { 0 };
    for (size_t i = 0; i < r->findings->count; i++) {
        other[r->findings->item[i].image] = r->findings->item[i].other;
        action[r->findings->item[i].image] = r->findings->item[i].action;
    }
    assert_int_equal(r->findings->count, 5);
    assert_int_equal(other[3], 1);
    assert_int_equal(other[6], 1);
    assert_int_equal(other[5], 2);
    assert_int_equal(action[1], EH_ACTION_KEEP);
    assert_int_equal(action[2], EH_ACTION_KEEP);
    assert_int_equal(action[3], EH_ACTION_QUARANTINE);
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

static void without_copies_there_is_nothing_to_find(void **state)
{
    static const int seed[] = { 1, 2, 3 };
    eh_catalog *c = make_set(*state, seed, 3);
    eh_error err = { 0 };
    eh_clean_result *r = run_copies(c, "copies", &err);
    assert_non_null(r);
    assert_int_equal(r->findings->count, 0);
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

static void of_two_files_with_the_same_bytes_one_says_so_though_another_image_stays(void **state)
{
    enum { SIDE = 200 };
    static uint8_t ppm[15 + SIDE * SIDE * 3];
    int size = snprintf((char *)ppm, sizeof ppm, "P6 %d %d 255\n", SIDE, SIDE);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            for (int c = 0; c < 3; c++)
                ppm[size + (y * SIDE + x) * 3 + c] = data_sample(4, x, y, c);
    data_write_image(*state, "set/a/i1.png", SIDE, SIDE, 3, 4);
    data_write_image(*state, "set/a/i2.png", SIDE, SIDE, 3, 4);
    data_write(*state, "set/a/i3.ppm", ppm, (size_t)size + SIDE * SIDE * 3); /* the largest file: it stays */
    data_import_run(&result, *state, "set", "folder", false);
    assert_int_equal(result.status, EH_OK);
    eh_catalog *c = data_open(*state);
    eh_error err = { 0 };
    eh_clean_result *r = run_copies(c, "copies", &err);
    assert_non_null(r);
    assert_int_equal(r->findings->count, 3);
    for (size_t i = 0; i < 3; i++) {
        const eh_finding *f = &r->findings->item[i];
        assert_int_equal(f->action, f->image == 3 ? EH_ACTION_KEEP : EH_ACTION_QUARANTINE);
        if (f->image == 3)
            continue;
        assert_int_equal(f->other, f->image == 1 ? 3 : 1);
        assert_non_null(strstr(f->evidence, f->image == 1 ? "\"pixels\"" : "\"bytes\""));
    }
    eh_clean_result_free(r);
    eh_catalog_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_bytes_make_a_cluster_and_its_first_image_stays,
                                        data_folder_make, data_folder_remove),
        cmocka_unit_test_setup_teardown(
            of_two_files_with_the_same_bytes_one_says_so_though_another_image_stays, data_folder_make,
            data_folder_remove),
        cmocka_unit_test_setup_teardown(without_copies_there_is_nothing_to_find, data_folder_make,
                                        data_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
