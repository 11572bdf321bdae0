/* test_format_fairface.c - importing FairFace's lists, sound ones and those that went through a spreadsheet program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/archive_files.h"
#include "support/data_files.h"

#include "evenhand/dataset.h"

#include <stdio.h>
#include <string.h>

static data_import result;

static const char *const ranges[] = { "0-2",   "3-9",   "10-19", "20-29",       "30-39",
                                      "40-49", "50-59", "60-69", "more than 70" };

/* train/1.jpg .. train/9.jpg and val/1.jpg, with every range once, in the order of no sorting. */
static void write_faces(void *folder, const char *root)
{
    static const int order[] = { 8, 2, 1, 0, 5, 3, 7, 4, 6 };
    char name[128], rows[2048] = "file,age,gender,race,service_test\n";
    for (int i = 0; i < 9; i++) {
        snprintf(name, sizeof name, "%strain/%d.jpg", root, i + 1);
        data_write_image(folder, name, 16, 16, 3, i);
        snprintf(rows + strlen(rows), sizeof rows - strlen(rows), "train/%d.jpg,%s,%s,%s,%s\n", i + 1,
                 ranges[order[i]], i % 2 ? "Male" : "Female", i % 3 ? "East Asian" : "Latino_Hispanic",
                 i % 2 ? "True" : "False");
    }
    snprintf(name, sizeof name, "%sval/1.jpg", root);
    data_write_image(folder, name, 16, 16, 3, 10);
    snprintf(name, sizeof name, "%sfairface_label_train.csv", root);
    data_write_text(folder, name, rows);
    snprintf(name, sizeof name, "%sfairface_label_val.csv", root);
    data_write_text(folder, name, "file,age,gender,race,service_test\nval/1.jpg,3-9,Male,White,False\n");
}

static void expect_faces(void *folder)
{
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    assert_string_equal(result.report.format, "fairface");
    assert_int_equal(result.report.images, 10);
    assert_int_equal(result.report.skipped, 0);
    eh_catalog *c = data_open(folder);
    assert_int_equal(eh_catalog_columns(c), 4);
    eh_column_info age = eh_catalog_column(c, 0);
    assert_string_equal(age.name, "age");
    assert_int_equal(age.classes, 9);
    for (int i = 0; i < 9; i++)
        assert_string_equal(age.class_name[i], ranges[i]);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    const int32_t cls[] = { 8, 2, 1, 0, 5, 3, 7, 4, 6, 1 };
    assert_memory_equal(f->column[0].cls, cls, sizeof cls);
    assert_int_equal(f->part[0], EH_PART_TRAIN);
    assert_int_equal(f->part[9], EH_PART_VALID);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void both_lists_become_one_catalog_with_ages_in_their_order(void **state)
{
    write_faces(*state, "ff/");
    data_import_run(&result, *state, "ff", NULL, false);
    expect_faces(*state);
    archive_pack(*state, "ff.zip", "zip", NULL, "ff", "");
    data_import_run(&result, *state, "ff.zip", NULL, false);
    expect_faces(*state);
}

static void one_list_can_be_named_and_its_images_lie_below(void **state)
{
    write_faces(*state, "ff/fairface-img-margin025-trainval/");
    data_write_text(*state, "ff/fairface_label_val.csv",
                    "file,age,gender,race,service_test\nval/1.jpg,more than 70,Male,White,False\n");
    data_import_run(&result, *state, "ff/fairface_label_val.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_string_equal(result.report.format, "fairface");
    assert_int_equal(result.report.images, 1);
    data_import_run(&result, *state, "ff/fairface_label_val.csv",
                    "fairface:images=fairface-img-margin025-trainval", false);
    assert_int_equal(result.status, EH_OK);
}

/* One age as it stands in a list, and the range that it was; NULL: that cannot be told. */
static const struct {
    const char *age, *range;
} dates[] = {
    { "3-Sep", "3-9" },        { "9-Mar", "3-9" },        { "Sep-03", "3-9" },
    { "Mar-09", "3-9" },       { "2003-09-03", "3-9" },   { "2024-03-09", "3-9" },
    { "9/3/2022", "3-9" },     { "03.09.2022", "3-9" },   { "2009-03-01 00:00:00", "3-9" },
    { "03-sep", "3-9" },       { "Oct-19", "10-19" },     { "19-Oct", "10-19" },
    { "10-Oct", "10-19" },     { "10/19/2021", "10-19" }, { "2019-10-01", "10-19" },
    { "1-Oct-2019", "10-19" }, { "3-Mar-09", "3-9" },     { "5-May", NULL },
    { "2022-12-24", NULL },    { "Sep-22", NULL },        { "10-Mar", NULL },
    { "Oct-20", NULL },
};
enum { DATES = sizeof dates / sizeof *dates };

static void write_dates(void *folder)
{
    char name[64], rows[4096] = "file,age,gender,race\n";
    for (int i = 0; i < DATES; i++) {
        snprintf(name, sizeof name, "train/%d.png", i);
        data_write_image(folder, name, 4, 4, 3, i);
        snprintf(rows + strlen(rows), sizeof rows - strlen(rows), "%s,%s,Male,White\n", name, dates[i].age);
    }
    data_write_text(folder, "fairface_label_train.csv", rows);
}

static void dates_are_told_and_missing_until_a_repair_is_asked_for(void **state)
{
    eh_frame *f;
    write_dates(*state);
    data_import_run(&result, *state, "fairface_label_train.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_non_null(strstr(result.warnings, "has turned 17 ages into dates"));
    assert_non_null(strstr(result.warnings, "'3-Sep': 3-9 (1 row)"));
    assert_non_null(strstr(result.warnings, "5 ages are none of FairFace's nine ranges"));
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_column(c, 0).classes, 0);
    eh_catalog_close(c);
    data_import_run(&result, *state, "fairface_label_train.csv", "fairface:repair-ages=yes", false);
    assert_int_equal(result.status, EH_OK);
    assert_non_null(strstr(result.warnings, "they were repaired"));
    c = data_open(*state);
    eh_column_info age = eh_catalog_column(c, 0);
    assert_int_equal(age.classes, 2);
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(f->rows, DATES);
    for (size_t i = 0; i < DATES; i++) {
        int32_t cls = f->column[0].cls[i];
        if ((cls < 0) != (dates[i].range == NULL) ||
            (dates[i].range && strcmp(age.class_name[cls], dates[i].range) != 0))
            fail_msg("'%s' became %s", dates[i].age, cls < 0 ? "missing" : age.class_name[cls]);
    }
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void unknown_ages_and_missing_columns_are_said(void **state)
{
    data_write_image(*state, "train/1.png", 4, 4, 3, 1);
    data_write_text(*state, "fairface_label_train.csv", "file,age,gender,race\ntrain/1.png,old,Male,White\n");
    data_import_run(&result, *state, "fairface_label_train.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_non_null(
        strstr(result.warnings, "1 ages are none of FairFace's nine ranges, and are missing: 'old'"));
    data_write_text(*state, "fairface_label_train.csv", "file,age,gender\ntrain/1.png,0-2,Male\n");
    data_import_run(&result, *state, "fairface_label_train.csv", "fairface", false);
    assert_int_equal(result.status, EH_ERR_INPUT);
    assert_non_null(strstr(result.error.message, "race"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        T(both_lists_become_one_catalog_with_ages_in_their_order),
        T(one_list_can_be_named_and_its_images_lie_below),
        T(dates_are_told_and_missing_until_a_repair_is_asked_for),
        T(unknown_ages_and_missing_columns_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
