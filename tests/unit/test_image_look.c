/* test_image_look.c - what images look like is measured at the import, or when it is first needed, and kept. */
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include "base/file.h"
#include "data/image_look.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { COUNT = 6 };

static void write_set(void *folder)
{
    for (int i = 0; i < COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/a/i%d.%s", i, i % 2 ? "jpg" : "png");
        data_write_image(folder, name, 40 + i, 30, i == 4 ? 4 : 3, i);
    }
}

static void import_set(void *folder, bool check_pixels)
{
    eh_import_opts opts = { .check_pixels = check_pixels, .overwrite = true };
    eh_error err = { 0 };
    if (eh_catalog_import(data_path(folder, "data.eh"), data_path(folder, "set"), &opts, NULL, NULL, &err) !=
        EH_OK)
        fail_msg("%s", err.message);
}

/* What the picture itself measures. */
static void expect_look(void *folder, int i, const eh_image_look *look)
{
    uint8_t *bytes;
    size_t size;
    eh_image_info info;
    eh_image image;
    eh_look_pool *pool;
    eh_image_look expected = { .known = false };
    assert_int_equal(eh_file_read(&bytes, &size, data_path(folder, "set/a/i%d.%s", i, i % 2 ? "jpg" : "png"),
                                  0, NULL),
                     EH_OK);
    assert_int_equal(eh_image_probe(&info, bytes, size, NULL), EH_OK);
    assert_int_equal(eh_image_decode(&image, bytes, size, &(eh_decode_opts){ .channels = info.channels },
                                     NULL),
                     EH_OK);
    assert_int_equal(eh_look_pool_new(&pool, NULL), EH_OK);
    assert_int_equal(eh_look_measure(&expected, pool, &image, NULL), EH_OK);
    assert_true(look->known);
    assert_memory_equal(look->phash, expected.phash, sizeof expected.phash);
    assert_memory_equal(&look->quality, &expected.quality, sizeof expected.quality);
    if (look->pixels_known) {
        eh_hash_pixels(expected.pixels, &image);
        assert_memory_equal(look->pixels, expected.pixels, sizeof expected.pixels);
    }
    eh_look_pool_free(pool);
    eh_image_clear(&image);
    eh_free(bytes);
}

static const int64_t ids[COUNT] = { 1, 2, 3, 4, 5, 6 };

static void the_import_measures_every_image(void **state)
{
    eh_image_look look[COUNT];
    write_set(*state);
    import_set(*state, true);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_read_looks(c, ids, COUNT, look, NULL), EH_OK);
    for (int i = 0; i < COUNT; i++) {
        expect_look(*state, i, &look[i]);
        assert_false(look[i].pixels_known);
    }
    eh_catalog_close(c);
}

static void what_the_import_left_out_is_measured_when_it_is_needed_and_kept(void **state)
{
    eh_image_look look[COUNT];
    write_set(*state);
    import_set(*state, false);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_read_looks(c, ids, COUNT, look, NULL), EH_OK);
    for (int i = 0; i < COUNT; i++)
        assert_false(look[i].known);
    assert_int_equal(eh_catalog_looks(c, ids, COUNT, look, NULL, NULL), EH_OK);
    for (int i = 0; i < COUNT; i++)
        expect_look(*state, i, &look[i]);
    assert_int_equal(eh_catalog_read_looks(c, ids + 2, 2, look, NULL), EH_OK);
    expect_look(*state, 2, &look[0]);
    expect_look(*state, 3, &look[1]);
    eh_catalog_close(c);
}

static void a_catalog_without_the_table_gets_it(void **state)
{
    sqlite3 *db;
    eh_image_look look[COUNT];
    write_set(*state);
    import_set(*state, true);
    assert_int_equal(sqlite3_open(data_path(*state, "data.eh"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DROP TABLE look; DROP TABLE finding; DROP TABLE plan; UPDATE image SET "
                                  "phash = "
                                  "NULL; PRAGMA user_version = 1;",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_read_looks(c, ids, COUNT, look, NULL), EH_OK);
    assert_false(look[0].known);
    assert_int_equal(eh_catalog_looks(c, ids, COUNT, look, NULL, NULL), EH_OK);
    for (int i = 0; i < COUNT; i++)
        expect_look(*state, i, &look[i]);
    eh_catalog_close(c);
    c = data_open(*state);
    assert_int_equal(eh_catalog_read_looks(c, ids, COUNT, look, NULL), EH_OK);
    assert_true(look[5].known);
    eh_catalog_close(c);
}

static void pixels_are_hashed_on_request_and_kept(void **state)
{
    static const size_t rows[] = { 1, 4 };
    eh_image_look look[COUNT];
    write_set(*state);
    import_set(*state, true);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_looks(c, ids, COUNT, look, NULL, NULL), EH_OK);
    assert_int_equal(eh_catalog_pixel_hashes(c, ids, look, rows, 2, NULL, NULL), EH_OK);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < COUNT; i++) {
            assert_int_equal(look[i].pixels_known, i == 1 || i == 4);
            expect_look(*state, i, &look[i]);
        }
        assert_int_equal(eh_catalog_read_looks(c, ids, COUNT, look, NULL), EH_OK);
    }
    eh_catalog_close(c);
}

static void an_image_that_has_gone_stays_unknown(void **state)
{
    eh_image_look look[COUNT];
    write_set(*state);
    import_set(*state, false);
    assert_int_equal(unlink(data_path(*state, "set/a/i3.jpg")), 0);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_looks(c, ids, COUNT, look, NULL, NULL), EH_OK);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(look[i].known, i != 3);
    eh_catalog_close(c);
}

static void a_picture_that_is_stored_turned_looks_like_itself(void **state)
{
    char name[64];
    const char *folder = data_real("exif-orientation");
    if (!folder)
        skip();
    (void)state;
    uint64_t first[EH_PHASH_VARIANTS], hash[EH_PHASH_VARIANTS];
    eh_hasher *hasher;
    assert_int_equal(eh_hasher_new(&hasher, NULL), EH_OK);
    static const char *const shape[] = { "landscape", "portrait" };
    for (int s = 0; s < 2; s++)
        for (int o = 1; o <= 8; o++) {
            uint8_t *bytes;
            size_t size;
            eh_image image;
            char path[4200];
            snprintf(name, sizeof name, "%s_%d.jpg", shape[s], o);
            snprintf(path, sizeof path, "%s/%s", folder, name);
            assert_int_equal(eh_file_read(&bytes, &size, path, 0, NULL), EH_OK);
            assert_int_equal(eh_image_decode(&image, bytes, size, NULL, NULL), EH_OK);
            assert_int_equal(eh_phash(hasher, o == 1 ? first : hash, &image, NULL), EH_OK);
            if (o > 1 && eh_hash_distance(first[0], hash[0]) > 4)
                fail_msg("%s: distance %d", name, eh_hash_distance(first[0], hash[0]));
            eh_image_clear(&image);
            eh_free(bytes);
        }
    eh_hasher_free(hasher);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(the_import_measures_every_image),
        WITH_FOLDER(what_the_import_left_out_is_measured_when_it_is_needed_and_kept),
        WITH_FOLDER(a_catalog_without_the_table_gets_it),
        WITH_FOLDER(pixels_are_hashed_on_request_and_kept),
        WITH_FOLDER(an_image_that_has_gone_stays_unknown),
        cmocka_unit_test(a_picture_that_is_stored_turned_looks_like_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
