/* test_format_folder.c - importing a folder of images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"

#include "evenhand/dataset.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static data_import result;

static void expect_error(eh_status status, const char *part)
{
    assert_int_equal(result.status, status);
    if (!strstr(result.error.message, part))
        fail_msg("'%s' is not in: %s", part, result.error.message);
}

static eh_frame *load(void *folder, eh_catalog **catalog)
{
    eh_frame *f;
    *catalog = data_open(folder);
    assert_int_equal(eh_frame_load(&f, *catalog, NULL, 0, NULL), EH_OK);
    return f;
}

static void sub_folders_are_classes_in_the_order_of_their_names(void **state)
{
    data_write_image(*state, "set/zebra/a.png", 4, 4, 3, 1);
    data_write_image(*state, "set/ant/b.jpg", 4, 4, 3, 2);
    data_write_image(*state, "set/ant/deep/er/c.PNG", 4, 4, 3, 3);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_string_equal(result.report.format, "folder");
    assert_int_equal(result.report.images, 3);
    assert_string_equal(result.warnings, "");
    eh_catalog *c;
    eh_frame *f = load(*state, &c);
    assert_string_equal(f->column[0].name, "label");
    assert_string_equal(f->column[0].class_name[0], "ant");
    assert_string_equal(f->column[0].class_name[1], "zebra");
    const int32_t cls[] = { 0, 0, 1 };
    assert_memory_equal(f->column[0].cls, cls, sizeof cls);
    char name[100];
    assert_int_equal(eh_catalog_image_name(c, f->image[0], name, sizeof name, NULL), EH_OK);
    assert_string_equal(name, "ant/b.jpg");
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void folders_named_like_parts_are_parts(void **state)
{
    data_write_image(*state, "set/train/cat/a.png", 4, 4, 3, 1);
    data_write_image(*state, "set/Val/dog/b.png", 4, 4, 3, 2);
    data_write_image(*state, "set/test/cat/c.png", 4, 4, 3, 3);
    data_import_run(&result, *state, "set", "folder:label=animal", false);
    assert_int_equal(result.status, EH_OK);
    eh_catalog *c;
    eh_frame *f = load(*state, &c);
    assert_string_equal(f->column[0].name, "animal");
    assert_int_equal(f->column[0].classes, 2);
    const uint8_t part[] = { EH_PART_VALID, EH_PART_TEST, EH_PART_TRAIN }; /* Val, test, train */
    assert_memory_equal(f->part, part, sizeof part);
    assert_non_null(strstr(result.warnings, "the class 'dog'"));
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void parts_without_classes_have_no_labels(void **state)
{
    data_write_image(*state, "set/train/a.png", 4, 4, 3, 1);
    data_write_image(*state, "set/test/b.png", 4, 4, 3, 2);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    eh_catalog *c;
    eh_frame *f = load(*state, &c);
    assert_int_equal(f->columns, 0);
    assert_int_equal(f->part[0], EH_PART_TEST);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void a_flat_folder_gives_images_without_labels_and_says_so(void **state)
{
    data_write_image(*state, "set/a.png", 4, 4, 3, 1);
    data_write_image(*state, "set/b.png", 4, 4, 3, 2);
    data_write_text(*state, "set/notes.txt", "hello");
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 2);
    assert_non_null(strstr(result.warnings, "without labels"));
    assert_non_null(strstr(result.warnings, "notes.txt"));
}

static void an_image_beside_class_folders_is_listed_not_guessed(void **state)
{
    data_write_image(*state, "set/cat/a.png", 4, 4, 3, 1);
    data_write_image(*state, "set/stray.png", 4, 4, 3, 2);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 1);
    assert_int_equal(result.report.skipped, 1);
}

static void a_part_among_other_folders_is_a_class_with_a_warning(void **state)
{
    data_write_image(*state, "set/train/a.png", 4, 4, 3, 1);
    data_write_image(*state, "set/plane/b.png", 4, 4, 3, 2);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_non_null(strstr(result.warnings, "'train' is taken as a class"));
}

static void folders_around_the_data_set_are_looked_through(void **state)
{
    data_write_image(*state, "a/outer/set/cat/1.png", 5, 5, 3, 1);
    data_write_image(*state, "a/outer/set/dog/2.png", 5, 5, 3, 2);
    data_write_text(*state, "a/README.md", "pets\n");
    data_write_text(*state, "a/outer/LICENSE", "free\n");
    data_write_text(*state, "a/outer/__MACOSX/x.txt", "\n");
    data_import_run(&result, *state, "a", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 2);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_column(c, 0).classes, 2);
    assert_string_equal(eh_catalog_column(c, 0).class_name[1], "dog");
    eh_catalog_close(c);
    data_write_text(*state, "a/outer/set/labels.csv", "file,hair\ncat/1.png,dark\n");
    data_import_run(&result, *state, "a", NULL, false);
    assert_string_equal(result.report.format, "csv");
}

static void a_single_class_is_told(void **state)
{
    data_write_image(*state, "a/faces/1.png", 5, 5, 3, 1);
    data_write_image(*state, "a/faces/2.png", 5, 5, 3, 2);
    data_import_run(&result, *state, "a", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_non_null(strstr(result.warnings, "one folder of images only"));
    data_import_run(&result, *state, "a/faces", NULL, false);
    assert_null(strstr(result.warnings, "one folder of images only"));
}

static void an_empty_folder_is_a_folder_without_images(void **state)
{
    mkdir(data_path(*state, "set"), 0777);
    data_import_run(&result, *state, "set", NULL, false);
    expect_error(EH_ERR_INPUT, "a folder without images");
    data_write_text(*state, "set/readme.txt", "x");
    data_import_run(&result, *state, "set", "folder", false);
    expect_error(EH_ERR_INPUT, "readme.txt");
    assert_int_equal(data_count_entries(*state), 1);
}

static void a_missing_folder_is_named(void **state)
{
    data_import_run(&result, *state, "nowhere", NULL, false);
    expect_error(EH_ERR_INPUT, "nowhere");
}

static void broken_images_are_listed_with_a_reason(void **state)
{
    uint8_t *bytes;
    size_t size;
    data_jpeg(&bytes, &size, 64, 64, 1);
    data_write(*state, "set/cat/cut.jpg", bytes, size / 2);
    eh_free(bytes);
    data_write(*state, "set/cat/empty.png", "", 0);
    data_write_text(*state, "set/cat/text.png", "this is no picture");
    data_write_image(*state, "set/dog/good.png", 4, 4, 3, 2);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 1);
    assert_int_equal(result.report.skipped, 3);
    assert_non_null(strstr(result.warnings, "3 of 4 images could not be decoded"));
    eh_catalog *c;
    eh_frame *f = load(*state, &c);
    assert_int_equal(f->rows, 1);
    assert_int_equal(eh_catalog_images(c), 1);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static int append_line(void *user, const char *item, const char *reason)
{
    char *text = user;
    size_t used = strlen(text);
    snprintf(text + used, 2048 - used, "%s: %s\n", item, reason);
    return 0;
}

static void a_header_that_claims_gigapixels_is_listed_and_the_rest_taken(void **state)
{
    /* a BMP of 60000 x 60000 pixels of 24 bits, of which nothing is there */
    static const uint8_t giant[54] = { 'B', 'M', 54, 0,    0,    0, 0, 0,    0,    0, 54, 0, 0, 0,  40,
                                       0,   0,   0,  0x60, 0xea, 0, 0, 0x60, 0xea, 0, 0,  1, 0, 24, 0 };
    char text[2048] = "";
    data_write(*state, "set/cat/giant.bmp", giant, sizeof giant);
    data_write_image(*state, "set/cat/good.png", 4, 4, 3, 2);
    data_write_image(*state, "set/dog/good.png", 4, 4, 3, 3);
    assert_int_equal(symlink("nowhere.png", data_path(*state, "set/dog/dangling.png")), 0);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 2);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_each_skipped(c, append_line, text, NULL), EH_OK);
    eh_catalog_close(c);
    assert_non_null(strstr(text, "cat/giant.bmp: "));
    assert_non_null(strstr(text, "60000 x 60000"));
}

static void strict_ends_at_the_first_broken_image_and_writes_nothing(void **state)
{
    data_write_text(*state, "set/cat/text.png", "this is no picture");
    data_write_image(*state, "set/dog/good.png", 4, 4, 3, 2);
    data_import_run(&result, *state, "set", NULL, true);
    expect_error(EH_ERR_INPUT, "cat/text.png");
    expect_error(EH_ERR_INPUT, "strict");
    assert_int_equal(data_count_entries(*state), 1);
}

static void only_broken_images_are_an_error(void **state)
{
    data_write_text(*state, "set/cat/text.png", "this is no picture");
    data_import_run(&result, *state, "set", NULL, false);
    expect_error(EH_ERR_INPUT, "none of the 1 images could be decoded");
}

static void loops_of_links_end(void **state)
{
    data_write_image(*state, "set/cat/a.png", 4, 4, 3, 1);
    assert_int_equal(symlink("..", data_path(*state, "set/cat/up")), 0);
    assert_int_equal(symlink("self.png", data_path(*state, "set/cat/self.png")), 0);
    assert_int_equal(symlink("a.png", data_path(*state, "set/cat/b.png")), 0);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 2); /* the file and the link to it */
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(sub_folders_are_classes_in_the_order_of_their_names),
        ROW(folders_named_like_parts_are_parts),
        ROW(parts_without_classes_have_no_labels),
        ROW(a_flat_folder_gives_images_without_labels_and_says_so),
        ROW(an_image_beside_class_folders_is_listed_not_guessed),
        ROW(a_part_among_other_folders_is_a_class_with_a_warning),
        ROW(folders_around_the_data_set_are_looked_through),
        ROW(a_single_class_is_told),
        ROW(an_empty_folder_is_a_folder_without_images),
        ROW(a_missing_folder_is_named),
        ROW(broken_images_are_listed_with_a_reason),
        ROW(a_header_that_claims_gigapixels_is_listed_and_the_rest_taken),
        ROW(strict_ends_at_the_first_broken_image_and_writes_nothing),
        ROW(only_broken_images_are_an_error),
        ROW(loops_of_links_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
