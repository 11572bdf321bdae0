/* test_format_utkface.c - importing UTKFace: labels from names, and every kind of defect in them. */
#include "support/cmocka_all.h"

#include "evenhand/dataset.h"
#include "support/data_files.h"

#include <stdio.h>
#include <string.h>

static data_import result;

static int collect(void *user, const char *item, const char *reason)
{
    char *text = user;
    size_t used = strlen(text);
    snprintf(text + used, 8192 - used, "%s: %s\n", item, reason);
    return 0;
}

static const char *skipped(void *folder)
{
    static char text[8192];
    text[0] = '\0';
    eh_catalog *c = data_open(folder);
    assert_int_equal(eh_catalog_each_skipped(c, collect, text, NULL), EH_OK);
    eh_catalog_close(c);
    return text;
}

static void face(void *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "faces/%s", name);
    data_write_image(folder, path, 8, 8, 3, 1);
}

static void labels_are_read_from_names(void **state)
{
    face(*state, "26_0_1_20170117195838909.jpg.chip.jpg");
    face(*state, "1_1_4_20170117195838910.jpg");
    face(*state, "116_0_0_20170117195838911.png");
    data_write_text(*state, "faces/readme.txt", "x");
    data_import_run(&result, *state, "faces", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_string_equal(result.report.format, "utkface");
    assert_int_equal(result.report.images, 3);
    assert_int_equal(result.report.skipped, 0);
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_string_equal(f->column[0].name, "age");
    assert_string_equal(f->column[1].name, "gender");
    assert_string_equal(f->column[2].name, "ethnicity");
    const float age[] = { 116, 1, 26 }; /* in the order of the names */
    const int32_t gender[] = { 0, 1, 0 }, ethnicity[] = { 0, 4, 1 };
    assert_memory_equal(f->column[0].number, age, sizeof age);
    assert_memory_equal(f->column[1].cls, gender, sizeof gender);
    assert_memory_equal(f->column[2].cls, ethnicity, sizeof ethnicity);
    assert_string_equal(f->column[2].class_name[1], "Black");
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void every_kind_of_defect_is_listed_and_nothing_is_guessed(void **state)
{
    static const char *const cases[][2] = {
        { "61_1_20170109150557335.jpg",
          "the name has 2 labels before the time, but age, gender and ethnicity are three" },
        { "61_20170109150557335.jpg", "the name has 1 label before the time" },
        { "14_0_0_2017011022340900.jpg", "the time has 16 digits, but yyyymmddHHMMSSmmm has 17" },
        { "28_1_2_201701161846515488.jpg", "the time has 18 digits" },
        { "55_0_0_20170116232725357jpg.chip.jpg", "the time is followed by 'jpg' before the ending" },
        { "24_0_1_20170116220224657 .jpg", "the time is followed by ' ' before the ending" },
        { "117_0_1_20170116220224657.jpg", "the age is 117, but ages go from 0 to 116" },
        { "99999999999_0_1_20170116220224657.jpg", "the age is 99999999999" },
        { "24_2_1_20170116220224657.jpg", "the gender is 2, but there are 0 and 1" },
        { "24_0_5_20170116220224657.jpg", "the ethnicity is 5, but there are 0 to 4" },
        { "24_0_1.jpg", "the name has no time after its 3 labels" },
        { "-4_0_1_20170116220224657.jpg", "does not begin with age_gender_ethnicity_time" },
        { "holiday.jpg", "does not begin with age_gender_ethnicity_time" },
    };
    enum { CASES = sizeof cases / sizeof *cases };
    face(*state, "26_0_1_20170117195838909.jpg");
    for (int i = 0; i < CASES; i++)
        face(*state, cases[i][0]);
    data_import_run(&result, *state, "faces", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 1);
    assert_int_equal(result.report.skipped, CASES);
    const char *list = skipped(*state);
    for (int i = 0; i < CASES; i++) {
        char line[300];
        snprintf(line, sizeof line, "%s: ", cases[i][0]);
        const char *at = strstr(list, line);
        assert_non_null(at);
        const char *end = strchr(at, '\n'), *why = strstr(at, cases[i][1]);
        if (!why || why > end)
            fail_msg("%.*s lacks '%s'", (int)(end - at), at, cases[i][1]);
    }
    assert_non_null(
        strstr(result.warnings,
               "13 names are malformed, and nothing was guessed: 2 without labels, 2 with too few labels"));
}

static void names_with_labels_in_order_are_taken_on_request(void **state)
{
    face(*state, "26_0_1_20170117195838909.jpg");
    face(*state, "14_0_0_2017011022340900.jpg");
    face(*state, "55_0_0_20170116232725357jpg.chip.jpg");
    face(*state, "61_1_20170109150557335.jpg");
    face(*state, "24_0_1.jpg");
    data_import_run(&result, *state, "faces", "utkface:any-time=yes", false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 3);
    assert_int_equal(result.report.skipped, 2);
}

static void folders_named_as_parts_are_parts(void **state)
{
    face(*state, "train/26_0_1_20170117195838909.jpg");
    face(*state, "test/27_0_1_20170117195838909.jpg");
    data_import_run(&result, *state, "faces", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_string_equal(result.report.format, "utkface");
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(f->part[0], EH_PART_TEST);
    assert_int_equal(f->part[1], EH_PART_TRAIN);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void other_pictures_are_not_taken_for_utkface(void **state)
{
    face(*state, "a/1.jpg");
    data_import_run(&result, *state, "faces", NULL, false);
    assert_string_equal(result.report.format, "folder");
    data_import_run(&result, *state, "faces", "utkface", false);
    assert_int_equal(result.status, EH_ERR_INPUT);
    assert_non_null(strstr(result.error.message, "not one image could be taken"));
}

/* 12,000 images, 8 malformed names: three with two labels, three with a time of 16 or 18 digits, two with other characters in it. */
static void utkface_12k_lists_its_eight_malformed_names(void **state)
{
    const char *real = data_real("utkface-12k.tar.gz");
    if (!real)
        skip();
    const eh_import_opts opts = { .check_pixels = false, .overwrite = true };
    eh_import_report report;
    eh_error err = { 0 };
    if (eh_catalog_import(data_path(*state, "data.eh"), real, &opts, &report, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_string_equal(report.format, "utkface");
    assert_int_equal(report.images, 11992);
    assert_int_equal(report.skipped, 8);
    static const char *const expected[] = {
        "14_0_0_2017011022340900.jpg.chip.jpg: the time has 16 digits",
        "28_1_2_201701161846515488.jpg.chip.jpg: the time has 18 digits",
        "38_0_1_201701162330572788.jpg.chip.jpg: the time has 18 digits",
        "61_1_20170109150557335.jpg.chip.jpg: the name has 2 labels",
        "61_1_20170109142408075.jpg.chip.jpg: the name has 2 labels",
        "39_1_20170116174525125.jpg.chip.jpg: the name has 2 labels",
        "55_0_0_20170116232725357jpg.chip.jpg: the time is followed by 'jpg'",
        "24_0_1_20170116220224657 .jpg.chip.jpg: the time is followed by ' '",
    };
    const char *list = skipped(*state);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        if (!strstr(list, expected[i]))
            fail_msg("the list lacks '%s':\n%s", expected[i], list);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(labels_are_read_from_names),
        ROW(every_kind_of_defect_is_listed_and_nothing_is_guessed),
        ROW(names_with_labels_in_order_are_taken_on_request),
        ROW(folders_named_as_parts_are_parts),
        ROW(other_pictures_are_not_taken_for_utkface),
        ROW(utkface_12k_lists_its_eight_malformed_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
