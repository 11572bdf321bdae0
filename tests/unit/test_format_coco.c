/* test_format_coco.c - importing pictures with COCO's annotations. */
#include "support/cmocka_all.h"

#include "data/mask.h"
#include "evenhand/dataset.h"
#include "evenhand/memory.h"
#include "base/str.h"
#include "support/archive_files.h"
#include "support/data_files.h"

#include <stdio.h>
#include <string.h>

static data_import result;

#define CATEGORIES      "[{\"id\":7,\"name\":\"dog\"},{\"id\":3,\"name\":\"person\",\"supercategory\":\"x\"}]"
#define IMAGE(id, name) "{\"id\":" #id ",\"file_name\":\"" name "\",\"width\":10,\"height\":8}"
#define OBJECT(id, image, category, shape, more) \
    "{\"id\":" #id ",\"image_id\":" #image ",\"category_id\":" #category more ",\"segmentation\":" shape "}"
/* pixels 1..6 x 1..4, and 4..7 x 3..6: nine of them in both */
#define LARGE "[[1,1,7,1,7,5,1,5]]"
#define SMALL "[[4,3,8,3,8,6,4,6]]"

static void write_json(void *folder, const char *name, const char *images, const char *objects)
{
    eh_str text = { 0 };
    eh_str_appendf(&text,
                   "{\"info\":{\"note\":\"a \\\"quoted\\\" ] brace }\"},\n\"images\": "
                   "[%s],\n\"annotations\": "
                   "[%s], \"categories\":" CATEGORIES "}",
                   images, objects);
    data_write_text(folder, name, eh_str_text(&text));
    eh_str_clear(&text);
}

static void expect_import(uint64_t images)
{
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    assert_string_equal(result.report.format, "coco");
    assert_int_equal(result.report.images, images);
}

static void expect_error(eh_status status, const char *part)
{
    assert_int_equal(result.status, status);
    if (!strstr(result.error.message, part))
        fail_msg("'%s' is not in: %s", part, result.error.message);
}

/* The mask of the image at `row`, rows of digits: "00110/...", '.' for what is not judged. */
static void expect_mask(void *folder, size_t row, const char *expected)
{
    eh_catalog *c = data_open(folder);
    eh_frame *f;
    eh_image mask;
    eh_error err = { 0 };
    char text[256] = "";
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_true(row < f->rows);
    if (eh_catalog_read_mask(c, f->image[row], 0, &mask, &err) != EH_OK)
        fail_msg("%s", err.message);
    for (int y = 0; y < mask.height; y++) {
        for (int x = 0; x < mask.width; x++) {
            uint8_t cls = mask.data[y * mask.width + x];
            snprintf(text + strlen(text), 2, "%c", cls == EH_MASK_IGNORE ? '.' : '0' + cls);
        }
        snprintf(text + strlen(text), 2, "/");
    }
    assert_string_equal(text, expected);
    eh_image_clear(&mask);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void expect_classes(void *folder, const char *expected)
{
    char text[256] = "";
    eh_catalog *c = data_open(folder);
    eh_column_info info = eh_catalog_column(c, 0);
    assert_int_equal(info.kind, EH_COLUMN_MASK);
    for (size_t k = 0; k < info.classes; k++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", k ? "," : "", info.class_name[k]);
    assert_string_equal(text, expected);
    eh_catalog_close(c);
}

static int collect(void *user, const char *item, const char *reason)
{
    char *text = user;
    size_t used = strlen(text);
    snprintf(text + used, 4096 - used, "%s: %s\n", item, reason);
    return 0;
}

static void expect_skipped(void *folder, const char *part)
{
    char text[4096] = "";
    eh_catalog *c = data_open(folder);
    assert_int_equal(eh_catalog_each_skipped(c, collect, text, NULL), EH_OK);
    eh_catalog_close(c);
    if (!strstr(text, part))
        fail_msg("'%s' is not in: %s", part, text);
}

#define BOTH OBJECT(1, 5, 7, SMALL, "") "," OBJECT(2, 5, 3, LARGE, "")
#define SMALL_IN_FRONT \
    "0000000000/0111111000/0111111000/0111222200/0111222200/0000222200/0000000000/0000000000/"
#define LARGE_IN_FRONT \
    "0000000000/0111111000/0111111000/0111111200/0111111200/0000222200/0000000000/0000000000/"
#define NEITHER  "0000000000/0111111000/0111111000/0111...200/0111...200/0000222200/0000000000/0000000000/"
#define ONLY_DOG "0000000000/0000000000/0000000000/0000111100/0000111100/0000111100/0000000000/0000000000/"
#define EMPTY    "0000000000/0000000000/0000000000/0000000000/0000000000/0000000000/0000000000/0000000000/"

static void outlines_become_masks_with_the_smaller_object_in_front(void **state)
{
    data_write_image(*state, "set/a.png", 10, 8, 3, 1);
    data_write_image(*state, "set/b.png", 10, 8, 3, 2);
    write_json(*state, "set/annotations.json", IMAGE(5, "a.png") "," IMAGE(9, "b.png"), BOTH);
    data_import_run(&result, *state, "set", NULL, false);
    expect_import(2);
    expect_classes(*state, "background,person,dog");
    expect_mask(*state, 0, SMALL_IN_FRONT);
    expect_mask(*state, 1, EMPTY);
    data_import_run(&result, *state, "set", "coco:overlap=later", false);
    expect_mask(*state, 0, LARGE_IN_FRONT);
    data_import_run(&result, *state, "set/annotations.json", "coco:overlap=neither", false);
    expect_mask(*state, 0, NEITHER);
}

static void crowds_and_unlabelled_pixels_are_not_judged(void **state)
{
    data_write_image(*state, "set/a.png", 10, 8, 3, 1);
    write_json(*state, "set/annotations.json", IMAGE(5, "a.png"),
               OBJECT(1, 5, 7, SMALL, "") "," OBJECT(2, 5, 3, "{\"size\":[8,10],\"counts\":[0,24,56]}",
                                                     ",\"iscrowd\":1"));
    data_import_run(&result, *state, "set", NULL, false);
    expect_import(1);
    expect_mask(*state, 0,
                "...0000000/...0000000/...0000000/...0222200/...0222200/...0222200/...0000000/...0000000/");
    data_import_run(&result, *state, "set", "coco:unlabelled=ignore", false);
    expect_classes(*state, "person,dog");
    expect_mask(*state, 0,
                "........../........../........../....1111../....1111../....1111../........../........../");
}

static void some_categories_can_be_chosen(void **state)
{
    data_write_image(*state, "set/a.png", 10, 8, 3, 1);
    write_json(*state, "set/annotations.json", IMAGE(5, "a.png"), BOTH);
    data_import_run(&result, *state, "set", "coco:categories=dog", false);
    expect_import(1);
    expect_classes(*state, "background,dog");
    expect_mask(*state, 0, ONLY_DOG);
    data_import_run(&result, *state, "set", "coco:categories=cat", false);
    expect_error(EH_ERR_USAGE, "there is no category 'cat'; there are: person, dog");
}

static void write_parts(void *folder, const char *root)
{
    static const char *const parts[] = { "train", "val" };
    char name[128];
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s%s2017/a%d.png", root, parts[i], i);
        data_write_image(folder, name, 10, 8, 3, i);
        snprintf(name, sizeof name, "%sannotations/instances_%s2017.json", root, parts[i]);
        write_json(folder, name, i ? IMAGE(5, "a1.png") : IMAGE(5, "a0.png"), BOTH);
        snprintf(name, sizeof name, "%sannotations/captions_%s2017.json", root, parts[i]);
        data_write_text(folder, name,
                        "{\"images\": [], \"annotations\": [{\"image_id\":5,\"caption\":\"x\"}]}");
    }
}

static void expect_parts(void *folder)
{
    expect_import(2);
    eh_catalog *c = data_open(folder);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(f->part[0], EH_PART_TRAIN);
    assert_int_equal(f->part[1], EH_PART_VALID);
    eh_frame_free(f);
    eh_catalog_close(c);
    expect_mask(folder, 1, SMALL_IN_FRONT);
}

static void the_folders_of_coco_give_parts_and_archives_are_read_in_place(void **state)
{
    write_parts(*state, "coco/");
    data_import_run(&result, *state, "coco", NULL, false);
    expect_parts(*state);
    archive_pack(*state, "coco.zip", "zip", NULL, "coco", "coco/");
    data_import_run(&result, *state, "coco.zip", NULL, false);
    expect_parts(*state);
    data_import_run(&result, *state, "coco/annotations/instances_val2017.json", NULL, false);
    expect_import(1);
    data_import_run(&result, *state, "coco", "coco:annotations=annotations/instances_val2017.json", false);
    expect_import(1);
    data_import_run(&result, *state, "coco", "coco:annotations=annotations/captions_val2017.json", false);
    expect_error(EH_ERR_INPUT, "no list of categories");
}

static void each_part_may_have_its_file_beside_its_pictures(void **state)
{
    data_write_image(*state, "set/train/a.png", 10, 8, 3, 1);
    data_write_image(*state, "set/test/a.png", 10, 8, 3, 2);
    write_json(*state, "set/train/_annotations.coco.json", IMAGE(5, "a.png"), BOTH);
    write_json(*state, "set/test/_annotations.coco.json", IMAGE(5, "a.png"), BOTH);
    data_import_run(&result, *state, "set", NULL, false);
    expect_import(2);
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(f->part[0], EH_PART_TEST);
    assert_int_equal(f->part[1], EH_PART_TRAIN);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void pictures_that_do_not_fit_are_listed_with_the_reason(void **state)
{
    data_write_image(*state, "set/a.png", 10, 8, 3, 1);
    data_write_image(*state, "set/size.png", 11, 8, 3, 2);
    data_write_image(*state, "set/box.png", 10, 8, 3, 3);
    data_write_image(*state, "set/stray.png", 10, 8, 3, 4);
    data_write_image(*state, "set/giant.png", 10, 8, 3, 5);
    write_json(*state, "set/annotations.json",
               IMAGE(1, "a.png") "," IMAGE(2, "size.png") "," IMAGE(3, "box.png") "," IMAGE(
                   4, "missing.png") "," IMAGE(6,
                                               "stray.png") ","
                                                            "{\"id\":7,\"file_name\":\"giant.png\",\"width\":"
                                                            "60000,\"height\":60000}," IMAGE(8, "../out.png"),
               OBJECT(1, 1, 7, SMALL, "") "," OBJECT(2, 3, 7, "[]", "") "," OBJECT(3, 6, 99, SMALL,
                                                                                   "") "," OBJECT(4, 77, 7,
                                                                                                  SMALL, ""));
    data_import_run(&result, *state, "set", NULL, false);
    expect_import(1);
    assert_int_equal(result.report.rows_without_image, 1);
    expect_skipped(*state,
                   "size.png: the mask annotations.json#2: it has 10 x 8 pixels, but the image 11 x 8");
    expect_skipped(*state, "box.png: image 3: annotation 2: it has no outline (only a box)");
    expect_skipped(*state, "stray.png: image 6: annotation 3: its category_id is none");
    expect_skipped(*state, "missing.png: image 4: there is no such file");
    expect_skipped(*state, "giant.png: image 7: ");
    expect_skipped(*state, "60000 x 60000 pixels");
    expect_skipped(*state, "../out.png: the path leads out");
    assert_non_null(strstr(result.warnings, "1 annotations belong to images that it does not list"));
}

static void damaged_files_are_refused(void **state)
{
    static const struct {
        const char *images, *objects, *part;
    } bad[] = {
        { IMAGE(5, "a.png") "," IMAGE(5, "b.png"), "", "two images have the id 5" },
        { "{\"id\":5,\"width\":10,\"height\":8}", "", "no file_name" },
        { "{\"id\":\"5\",\"file_name\":\"a.png\",\"width\":10,\"height\":8}", "",
          "no whole number as its id" },
        { IMAGE(5, "a.png"), "{\"id\":1,\"category_id\":7}", "no whole number as its image_id" },
        { IMAGE(5, "a.png"), "{\"id\":1,\"image_id\":5", "bracket" },
        { IMAGE(5, "a.png"), "{\"id\":1} {\"id\":2}", "comma" },
        { IMAGE(5, "a.png"), "5", "an object" },
    };
    data_write_image(*state, "set/a.png", 10, 8, 3, 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_json(*state, "set/annotations.json", bad[i].images, bad[i].objects);
        data_import_run(&result, *state, "set", NULL, false);
        expect_error(EH_ERR_INPUT, bad[i].part);
    }
    data_write_text(*state, "set/annotations.json", "{\"images\": [{\"id\": 1, \"file");
    data_import_run(&result, *state, "set", NULL, false);
    expect_error(EH_ERR_INPUT, "no end");
    data_write_text(*state, "set/annotations.json", "[1]");
    data_import_run(&result, *state, "set", "coco", false);
    expect_error(EH_ERR_INPUT, "holds no JSON file");
}

static void more_categories_than_a_mask_can_tell_apart_are_refused(void **state)
{
    eh_str text = { 0 };
    data_write_image(*state, "set/a.png", 10, 8, 3, 1);
    eh_str_append(&text, "{\"images\":[" IMAGE(1, "a.png") "],\"annotations\":[],\"categories\":[");
    for (int i = 0; i < 300; i++)
        eh_str_appendf(&text, "%s{\"id\":%d,\"name\":\"c%d\"}", i ? "," : "", i, i);
    eh_str_append(&text, "]}");
    data_write_text(*state, "set/annotations.json", eh_str_text(&text));
    eh_str_clear(&text);
    data_import_run(&result, *state, "set", NULL, false);
    expect_error(EH_ERR_LIMIT, "choose with --format coco:categories");
    data_import_run(&result, *state, "set", "coco:categories=c299", false);
    expect_import(1);
    expect_classes(*state, "background,c299");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        T(outlines_become_masks_with_the_smaller_object_in_front),
        T(crowds_and_unlabelled_pixels_are_not_judged),
        T(some_categories_can_be_chosen),
        T(the_folders_of_coco_give_parts_and_archives_are_read_in_place),
        T(each_part_may_have_its_file_beside_its_pictures),
        T(pictures_that_do_not_fit_are_listed_with_the_reason),
        T(damaged_files_are_refused),
        T(more_categories_than_a_mask_can_tell_apart_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
