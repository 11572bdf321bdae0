/* test_format_masks.c - importing pictures with masks. */
#include "support/cmocka_all.h"

#include "data/mask.h"
#include "evenhand/dataset.h"
#include "support/data_files.h"
#include "support/mask_files.h"

#include <stdio.h>
#include <string.h>

static data_import result;
static const uint8_t three[] = { 0, 1, 2 }, with_void[] = { 0, 1, 255 }, binary[] = { 0, 255 };

static void expect_ok(void)
{
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
}

static int collect(void *user, const char *item, const char *reason)
{
    char *text = user;
    size_t used = strlen(text);
    snprintf(text + used, 4096 - used, "%s: %s\n", item, reason);
    return 0;
}

static const char *skipped(void *folder)
{
    static char text[4096];
    text[0] = '\0';
    eh_catalog *c = data_open(folder);
    assert_int_equal(eh_catalog_each_skipped(c, collect, text, NULL), EH_OK);
    eh_catalog_close(c);
    return text;
}

/* Classes of the only column, "a,b,c". */
static void expect_classes(void *folder, const char *expected)
{
    char text[512] = "";
    eh_catalog *c = data_open(folder);
    eh_column_info info = eh_catalog_column(c, 0);
    assert_int_equal(info.kind, EH_COLUMN_MASK);
    for (size_t k = 0; k < info.classes; k++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", k ? "," : "", info.class_name[k]);
    assert_string_equal(text, expected);
    eh_catalog_close(c);
}

/* The mask of the image at `row` has the classes value[(x + y) % values]. */
static void expect_mask(void *folder, size_t row, const uint8_t *value, int values)
{
    eh_catalog *c = data_open(folder);
    eh_frame *f;
    eh_image mask;
    eh_error err = { 0 };
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_true(row < f->rows);
    if (eh_catalog_read_mask(c, f->image[row], 0, &mask, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(mask.channels, 1);
    for (int y = 0; y < mask.height; y++)
        for (int x = 0; x < mask.width; x++)
            assert_int_equal(mask.data[y * mask.width + x], value[(x + y) % values]);
    eh_image_clear(&mask);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void folders_of_pictures_and_masks_become_pairs(void **state)
{
    data_write_image(*state, "set/images/train/a.jpg", 12, 8, 3, 1);
    data_write_image(*state, "set/images/train/b.jpg", 12, 8, 3, 2);
    data_write_image(*state, "set/images/test/a.jpg", 12, 8, 3, 3);
    mask_write(*state, "set/masks/train/a.png", 12, 8, three, 3);
    mask_write(*state, "set/masks/train/b.png", 12, 8, with_void, 3);
    mask_write(*state, "set/masks/test/a.png", 12, 8, three, 2);
    data_write_text(*state, "set/classes.txt", "sky\nroad\ncar\nunlabelled\n");
    data_import_run(&result, *state, "set", NULL, false);
    expect_ok();
    assert_string_equal(result.report.format, "masks");
    assert_int_equal(result.report.images, 3);
    assert_int_equal(result.report.skipped, 0);
    expect_classes(*state, "sky,road,car");
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_string_equal(f->column[0].name, "mask");
    assert_int_equal(f->column[0].kind, EH_COLUMN_MASK);
    assert_string_equal(f->column[0].text[0], "masks/test/a.png");
    assert_int_equal(f->part[0], EH_PART_TEST);
    assert_int_equal(f->part[1], EH_PART_TRAIN);
    eh_frame_free(f);
    eh_catalog_close(c);
    expect_mask(*state, 0, three, 2);
    expect_mask(*state, 1, three, 3);
    const uint8_t ignored[] = { 0, 1, EH_MASK_IGNORE };
    expect_mask(*state, 2, ignored, 3);
}

static void other_usual_layouts_are_found(void **state)
{
    static const char *const layouts[][2] = {
        { "train/images/a.png", "train/masks/a.png" },
        { "train/a.png", "trainannot/a.png" },
        { "JPEGImages/a.jpg", "SegmentationClass/a.png" },
        { "leftImg8bit/train/aachen/a_leftImg8bit.png", "gtFine/train/aachen/a_gtFine_labelIds.png" },
        { "images/a.jpg", "labels/a_P.png" },
        { "images/a.jpg", "annotations/trimaps/a.png" },
    };
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        char path[2][128], set[16];
        snprintf(set, sizeof set, "set%zu", i);
        for (int k = 0; k < 2; k++)
            snprintf(path[k], sizeof path[k], "%s/%s", set, layouts[i][k]);
        data_write_image(*state, path[0], 6, 6, 3, 1);
        mask_write(*state, path[1], 6, 6, three, 3);
        data_import_run(&result, *state, set, NULL, false);
        expect_ok();
        assert_string_equal(result.report.format, "masks");
        assert_int_equal(result.report.images, 1);
        expect_mask(*state, 0, three, 3);
    }
}

static void pictures_and_masks_side_by_side_are_told_apart_when_named(void **state)
{
    data_write_image(*state, "set/a.jpg", 6, 6, 3, 1);
    mask_write(*state, "set/a_mask.png", 6, 6, three, 3);
    data_write_image(*state, "set/b.jpg", 6, 6, 3, 1);
    mask_write(*state, "set/b_mask.png", 6, 6, three, 3);
    data_import_run(&result, *state, "set", "masks", false);
    expect_ok();
    assert_int_equal(result.report.images, 2);
    expect_mask(*state, 1, three, 3);
    data_import_run(&result, *state, "set", "masks:suffix=_truth", false);
    assert_int_equal(result.status, EH_ERR_INPUT);
    assert_non_null(strstr(result.error.message, "no mask belongs to any of the 4 pictures"));
}

static void folders_and_suffix_can_be_named(void **state)
{
    data_write_image(*state, "set/raw/a.jpg", 6, 6, 3, 1);
    mask_write(*state, "set/truth/a_x.png", 6, 6, three, 3);
    data_import_run(&result, *state, "set", "masks:images=raw,masks=truth,suffix=_x,label=scene", false);
    expect_ok();
    assert_int_equal(result.report.images, 1);
    eh_catalog *c = data_open(*state);
    assert_string_equal(eh_catalog_column(c, 0).name, "scene");
    eh_catalog_close(c);
}

static void colours_of_a_list_are_classes(void **state)
{
    static const uint32_t colours[] = { 0x808080, 0x804080, 0x000000 };
    data_write_image(*state, "set/images/a.jpg", 6, 6, 3, 1);
    mask_write_colours(*state, "set/masks/a_L.png", 6, 6, colours, 3);
    data_write_text(*state, "set/label_colors.txt", "128 128 128\tSky\n0 0 0\tVoid\n128 64 128\tRoad\n");
    data_import_run(&result, *state, "set", NULL, false);
    expect_ok();
    expect_classes(*state, "Sky,Road");
    const uint8_t expected[] = { 0, 1, EH_MASK_IGNORE };
    expect_mask(*state, 0, expected, 3);
}

static void without_a_list_the_values_are_the_classes(void **state)
{
    static const uint8_t gaps[] = { 2, 7, 255 };
    static const uint32_t colours[] = { 0x0000ff, 0x112233 };
    data_write_image(*state, "set/images/a.jpg", 6, 6, 3, 1);
    mask_write(*state, "set/masks/a.png", 6, 6, gaps, 3);
    data_import_run(&result, *state, "set", NULL, false);
    expect_ok();
    expect_classes(*state, "2,7");
    assert_non_null(strstr(result.warnings, "no list of classes"));
    const uint8_t classes[] = { 0, 1, EH_MASK_IGNORE };
    expect_mask(*state, 0, classes, 3);
    mask_write(*state, "set/masks/a.png", 6, 6, binary, 2);
    data_import_run(&result, *state, "set", NULL, false);
    expect_ok();
    expect_classes(*state, "background,foreground");
    const uint8_t two[] = { 0, 1 };
    expect_mask(*state, 0, two, 2);
    mask_write_colours(*state, "set/masks/a.png", 6, 6, colours, 2);
    data_import_run(&result, *state, "set", NULL, false);
    expect_ok();
    expect_classes(*state, "#0000ff,#112233");
}

static void what_counts_for_nothing_can_be_named(void **state)
{
    data_write_image(*state, "set/images/a.jpg", 6, 6, 3, 1);
    mask_write(*state, "set/masks/a.png", 6, 6, three, 3);
    data_write_text(*state, "set/classes.txt", "void\nroad\ncar\n");
    data_import_run(&result, *state, "set", "masks:ignore=road", false);
    expect_ok();
    expect_classes(*state, "void,car");
    const uint8_t expected[] = { 0, EH_MASK_IGNORE, 1 };
    expect_mask(*state, 0, expected, 3);
    data_import_run(&result, *state, "set", "masks:ignore=none", false);
    expect_ok();
    expect_classes(*state, "void,road,car");
    data_import_run(&result, *state, "set", "masks:ignore=bridge", false);
    assert_int_equal(result.status, EH_ERR_USAGE);
    assert_non_null(strstr(result.error.message, "ignore=bridge is no class"));
    data_import_run(&result, *state, "set", "masks:ignore=void\\,road\\,car", false);
    assert_int_equal(result.status, EH_ERR_INPUT);
    assert_non_null(strstr(result.error.message, "every class counts for nothing"));
}

static void masks_that_do_not_fit_are_listed_with_the_reason(void **state)
{
    static const char *const names[] = { "good", "size", "value", "cut", "photo" };
    for (int i = 0; i < 5; i++) {
        char path[64];
        snprintf(path, sizeof path, "set/images/%s.png", names[i]);
        data_write_image(*state, path, 12, 8, 3, i);
    }
    mask_write(*state, "set/masks/good.png", 12, 8, three, 3);
    mask_write(*state, "set/masks/size.png", 8, 12, three, 3);
    static const uint8_t seventeen[] = { 0, 17 };
    mask_write(*state, "set/masks/value.png", 12, 8, seventeen, 2);
    data_write(*state, "set/masks/cut.png", "\x89PNG\r\n\x1a\n", 8);
    data_write_image(*state, "set/masks/photo.jpg", 12, 8, 3, 1);
    data_write_text(*state, "set/classes.txt", "sky\nroad\ncar\n");
    data_import_run(&result, *state, "set", NULL, false);
    expect_ok();
    assert_int_equal(result.report.images, 1);
    assert_int_equal(result.report.skipped, 4);
    const char *list = skipped(*state);
    assert_non_null(
        strstr(list, "images/size.png: the mask masks/size.png: it has 8 x 12 pixels, but the image 12 x 8"));
    assert_non_null(strstr(list, "images/value.png: the mask masks/value.png: 48 pixels have a value without "
                                 "a class, first 17 at (1, 0)"));
    assert_non_null(strstr(list, "images/cut.png: the mask masks/cut.png: truncated PNG"));
    assert_non_null(
        strstr(list, "images/photo.png: the mask masks/photo.jpg: a jpeg is no place for numbers"));
    data_import_run(&result, *state, "set", NULL, true);
    assert_int_equal(result.status, EH_ERR_INPUT);
    assert_non_null(strstr(result.error.message, "nothing was written"));
}

static void what_has_no_partner_is_counted(void **state)
{
    data_write_image(*state, "set/images/a.png", 6, 6, 3, 1);
    data_write_image(*state, "set/images/alone.png", 6, 6, 3, 2);
    data_write_image(*state, "set/preview.png", 6, 6, 3, 2);
    mask_write(*state, "set/masks/a.png", 6, 6, three, 3);
    mask_write(*state, "set/masks/a_mask.png", 6, 6, three, 3);
    mask_write(*state, "set/masks/nobody.png", 6, 6, three, 3);
    data_import_run(&result, *state, "set", NULL, false);
    expect_ok();
    assert_int_equal(result.report.images, 1);
    assert_int_equal(result.report.images_without_row, 1);
    assert_int_equal(result.report.rows_without_image, 1);
    assert_int_equal(result.report.skipped, 1);
    assert_non_null(
        strstr(skipped(*state),
               "masks/a_mask.png: is a second mask for images/a.png; only masks/a.png was taken"));
    data_import_run(&result, *state, "set", "masks:keep-unmasked=yes", false);
    expect_ok();
    assert_int_equal(result.report.images, 2);
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    eh_image mask;
    eh_error err = { 0 };
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_null(f->column[0].text[1]);
    assert_int_equal(eh_catalog_read_mask(c, f->image[1], 0, &mask, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "has no mask in the column 'mask'"));
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void lists_of_names_say_the_parts(void **state)
{
    static const char *const names[] = { "a", "b", "c" };
    for (int i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "set/images/%s.png", names[i]);
        data_write_image(*state, path, 6, 6, 3, i);
        snprintf(path, sizeof path, "set/labels/%s_P.png", names[i]);
        mask_write(*state, path, 6, 6, three, 3);
    }
    data_write_text(*state, "set/valid.txt", "b.png\n");
    data_write_text(*state, "set/codes.txt", "sky\nroad\ncar\n");
    data_import_run(&result, *state, "set", NULL, false);
    expect_ok();
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    const uint8_t parts[] = { EH_PART_TRAIN, EH_PART_VALID, EH_PART_TRAIN };
    assert_memory_equal(f->part, parts, 3);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void a_mask_changed_after_the_import_is_noticed(void **state)
{
    data_write_image(*state, "set/images/a.png", 6, 6, 3, 1);
    mask_write(*state, "set/masks/a.png", 6, 6, three, 3);
    data_import_run(&result, *state, "set", NULL, false);
    expect_ok();
    mask_write(*state, "set/masks/a.png", 5, 6, three, 3);
    eh_catalog *c = data_open(*state);
    eh_image mask;
    eh_error err = { 0 };
    assert_int_equal(eh_catalog_read_mask(c, 1, 0, &mask, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "changed after the import"));
    assert_int_equal(eh_catalog_read_mask(c, 1, 7, &mask, &err), EH_ERR_USAGE);
    assert_int_equal(eh_catalog_read_mask(c, 99, 0, &mask, &err), EH_ERR_USAGE);
    eh_catalog_close(c);
}

static void the_hash_is_of_the_masks_and_not_of_their_paths(void **state)
{
    char hash[3][65];
    for (int i = 0; i < 3; i++) {
        char image[48], mask[48], set[16];
        snprintf(set, sizeof set, "set%d", i);
        snprintf(image, sizeof image, "set%d/images/%c.png", i, 'a' + i);
        snprintf(mask, sizeof mask, "set%d/masks/%c.png", i, 'a' + i);
        data_write_image(*state, image, 6, 6, 3, 1);
        mask_write(*state, mask, 6, 6, three, i == 2 ? 2 : 3);
        char classes[32];
        snprintf(classes, sizeof classes, "set%d/classes.txt", i);
        data_write_text(*state, classes, "sky\nroad\ncar\n");
        data_import_run(&result, *state, set, NULL, false);
        expect_ok();
        eh_catalog *c = data_open(*state);
        assert_int_equal(eh_catalog_hash(hash[i], c, NULL), EH_OK);
        eh_catalog_close(c);
    }
    assert_string_equal(hash[0], hash[1]);
    assert_string_not_equal(hash[0], hash[2]);
}

/* The counts are those of the README of the data: 367 / 101 / 233 scenes, masks 0..11, 11 = unlabelled. */
static void camvid_is_read_from_its_archive(void **state)
{
    const char *real = data_real("camvid-240x180.tar.gz");
    if (!real)
        skip();
    eh_import_opts opts = { .check_pixels = true, .overwrite = true };
    eh_import_report report;
    eh_error err = { 0 };
    if (eh_catalog_import(data_path(*state, "data.eh"), real, &opts, &report, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_string_equal(report.format, "masks");
    assert_int_equal(report.images, 701);
    assert_int_equal(report.skipped, 0);
    expect_classes(*state, "sky,building,pole,road,pavement,tree,sign_symbol,fence,car,pedestrian,bicyclist");
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    uint64_t part[4] = { 0 }, pixels[256] = { 0 };
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    for (size_t i = 0; i < f->rows; i++) {
        part[f->part[i]]++;
        eh_image mask;
        assert_int_equal(eh_catalog_read_mask(c, f->image[i], 0, &mask, NULL), EH_OK);
        assert_int_equal(mask.width, 240);
        assert_int_equal(mask.height, 180);
        for (int p = 0; p < 240 * 180; p++)
            pixels[mask.data[p]]++;
        eh_image_clear(&mask);
    }
    assert_int_equal(part[EH_PART_TRAIN], 367);
    assert_int_equal(part[EH_PART_VALID], 101);
    assert_int_equal(part[EH_PART_TEST], 233);
    for (int k = 0; k < 255; k++)
        assert_true((pixels[k] > 0) == (k < 11));
    assert_true(pixels[EH_MASK_IGNORE] > 0);
    assert_true(pixels[3] > pixels[2]); /* more road than poles */
    eh_frame_free(f);
    eh_catalog_close(c);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(folders_of_pictures_and_masks_become_pairs),
        ROW(other_usual_layouts_are_found),
        ROW(pictures_and_masks_side_by_side_are_told_apart_when_named),
        ROW(folders_and_suffix_can_be_named),
        ROW(colours_of_a_list_are_classes),
        ROW(without_a_list_the_values_are_the_classes),
        ROW(what_counts_for_nothing_can_be_named),
        ROW(masks_that_do_not_fit_are_listed_with_the_reason),
        ROW(what_has_no_partner_is_counted),
        ROW(lists_of_names_say_the_parts),
        ROW(a_mask_changed_after_the_import_is_noticed),
        ROW(the_hash_is_of_the_masks_and_not_of_their_paths),
        ROW(camvid_is_read_from_its_archive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
