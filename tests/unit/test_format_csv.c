/* test_format_csv.c - importing a table of images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"

#include "evenhand/dataset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static data_import result;

/* Eight pictures i0.png .. i7.png in `images`. */
static void write_pictures(void *folder, const char *below)
{
    for (int i = 0; i < 8; i++) {
        char name[64];
        snprintf(name, sizeof name, "%si%d.png", below, i);
        data_write_image(folder, name, 6, 5, 3, i);
    }
}

static void expect_error(eh_status status, const char *part)
{
    assert_int_equal(result.status, status);
    if (!strstr(result.error.message, part))
        fail_msg("'%s' is not in: %s", part, result.error.message);
}

static void expect_column(eh_catalog *c, size_t i, const char *name, eh_column_kind kind, size_t classes)
{
    eh_column_info info = eh_catalog_column(c, i);
    assert_string_equal(info.name, name);
    assert_int_equal(info.kind, kind);
    assert_int_equal(info.classes, classes);
}

static void columns_are_found_by_name_and_value(void **state)
{
    write_pictures(*state, "images/");
    data_write_text(*state, "labels.csv",
                    "filename,hair,age,person_id,split,note\n"
                    "images/i0.png,blond,31.5,p1,train,a\n"
                    "images/i1.png,dark,20,p1,train,b\n"
                    "images/i2.png,dark,,p2,val,c\n"
                    "images/i3.png,,44.25,p3,test,d\n");
    data_import_run(&result, *state, "labels.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_string_equal(result.report.format, "csv");
    assert_int_equal(result.report.images, 4);
    assert_int_equal(result.report.skipped, 0);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_columns(c), 4);
    expect_column(c, 0, "hair", EH_COLUMN_CLASS, 2);
    expect_column(c, 1, "age", EH_COLUMN_NUMBER, 0);
    expect_column(c, 2, "person_id", EH_COLUMN_TEXT, 0);
    expect_column(c, 3, "note", EH_COLUMN_TEXT, 0);
    assert_string_equal(eh_catalog_column(c, 0).class_name[0], "blond");
    assert_string_equal(eh_catalog_column(c, 0).class_name[1], "dark");
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(f->rows, 4);
    const int32_t hair[] = { 0, 1, 1, -1 };
    const uint8_t part[] = { EH_PART_TRAIN, EH_PART_TRAIN, EH_PART_VALID, EH_PART_TEST };
    assert_memory_equal(f->column[0].cls, hair, sizeof hair);
    assert_memory_equal(f->part, part, sizeof part);
    assert_float_equal(f->column[1].number[3], 44.25f, 0);
    assert_true(isnan(f->column[1].number[2]));
    assert_string_equal(f->column[2].text[2], "p2");
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void a_folder_with_one_table_is_read_as_that_table(void **state)
{
    write_pictures(*state, "set/images/");
    data_write_text(*state, "set/faces.csv", "file,y\nimages/i0.png,1\nimages/i1.png,0\n");
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_string_equal(result.report.format, "csv");
    assert_int_equal(result.report.images, 2);
    assert_int_equal(result.report.images_without_row, 6);
}

static void among_several_tables_the_one_with_a_usual_name_counts(void **state)
{
    write_pictures(*state, "set/");
    data_write_text(*state, "set/planted.csv", "file,kind\ni0.png,copy\n");
    data_write_text(*state, "set/values.csv", "a,b\n1,2\n");
    data_write_text(*state, "set/faces.csv", "file,blond,age\ni0.png,yes,20\ni1.png,no,30\n");
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 2);
    data_write_text(*state, "set/labels.csv", "file,kind\ni0.png,copy\n");
    data_import_run(&result, *state, "set", NULL, false);
    expect_error(EH_ERR_INPUT, "3 CSV files with a column of files");
}

static void options_name_the_columns(void **state)
{
    write_pictures(*state, "pics/");
    data_write_text(*state, "labels.csv", "a,b,c,d,e\ni0,1,2.5,x,0\ni1,0,3.5,y,2\ni2,1,4,x,1\n");
    data_import_run(&result, *state, "labels.csv",
                    "csv:file=a,label=b,numbers=c,identity=d,split=e,images=pics,suffix=.png", false);
    assert_int_equal(result.status, EH_OK);
    eh_catalog *c = data_open(*state);
    expect_column(c, 0, "b", EH_COLUMN_CLASS, 2);
    expect_column(c, 1, "c", EH_COLUMN_NUMBER, 0);
    expect_column(c, 2, "d", EH_COLUMN_TEXT, 0);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    const uint8_t part[] = { EH_PART_TRAIN, EH_PART_TEST, EH_PART_VALID };
    assert_memory_equal(f->part, part, sizeof part);
    eh_frame_free(f);
    eh_catalog_close(c);
    assert_int_equal(result.report.images_without_row, 5);
}

static void an_index_that_pandas_wrote_is_left_out(void **state)
{
    write_pictures(*state, "");
    data_write_text(*state, "labels.csv", ",file,y\n0,i0.png,a\n1,i1.png,b\n2,i2.png,a\n");
    data_import_run(&result, *state, "labels.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_non_null(strstr(result.warnings, "only counts the rows"));
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_columns(c), 1);
    expect_column(c, 0, "y", EH_COLUMN_CLASS, 2);
    eh_catalog_close(c);
    data_write_text(*state, "labels.csv", ",file,\n5,i0.png,a\n7,i1.png,b\n9,i2.png,a\n");
    data_import_run(&result, *state, "labels.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_non_null(strstr(result.warnings, "called by its place"));
    c = data_open(*state);
    assert_int_equal(eh_catalog_columns(c), 2);
    expect_column(c, 0, "column_1", EH_COLUMN_NUMBER, 0);
    expect_column(c, 1, "column_3", EH_COLUMN_CLASS, 2);
    eh_catalog_close(c);
}

static void a_missing_column_is_named_with_the_nearest_and_the_list(void **state)
{
    write_pictures(*state, "");
    data_write_text(*state, "labels.csv", "file,gender\ni0.png,f\n");
    data_import_run(&result, *state, "labels.csv", "csv:label=gendr", false);
    expect_error(EH_ERR_INPUT, "labels.csv");
    expect_error(EH_ERR_INPUT, "gendr");
    expect_error(EH_ERR_INPUT, "gender");
    expect_error(EH_ERR_INPUT, "file");
    assert_int_equal(access(data_path(*state, "data.eh"), F_OK), -1);
}

static void a_table_without_a_column_of_files_says_so(void **state)
{
    data_write_text(*state, "labels.csv", "gender,age\nf,3\n");
    data_import_run(&result, *state, "labels.csv", NULL, false);
    expect_error(EH_ERR_INPUT, "file=COLUMN");
    expect_error(EH_ERR_INPUT, "gender, age");
}

static void quotes_byte_order_mark_and_carriage_returns_are_read(void **state)
{
    write_pictures(*state, "");
    data_write_text(*state, "labels.csv",
                    "\xef\xbb\xbf\"file\",\"label\"\r\"i0.png\",\"a, \"\"b\"\"\"\ri1.png,c\ri2.png,c\r");
    data_import_run(&result, *state, "labels.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 3);
    eh_catalog *c = data_open(*state);
    assert_string_equal(eh_catalog_column(c, 0).class_name[0], "a, \"b\"");
    eh_catalog_close(c);
}

static int collect(void *user, const char *item, const char *reason)
{
    char *list = user;
    size_t used = strlen(list);
    snprintf(list + used, 4096 - used, "%s: %s\n", item, reason);
    return 0;
}

static void rows_without_file_outside_paths_and_repeated_files_are_listed(void **state)
{
    write_pictures(*state, "set/");
    data_write_image(*state, "outside.png", 4, 4, 3, 1);
    data_write_text(*state, "set/labels.csv",
                    "file,label\ni0.png,a\n./i0.png,b\nnone.png,a\n../outside.png,a\n/etc/hostname,b\n,b\nx/"
                    "../i1.png,b\n.,a\n");
    data_import_run(&result, *state, "set/labels.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 2);
    assert_int_equal(result.report.skipped, 6);
    assert_int_equal(result.report.rows_without_image, 3);
    char list[4096] = "";
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_each_skipped(c, collect, list, NULL), EH_OK);
    eh_catalog_close(c);
    assert_non_null(strstr(list, "i0.png: is named by more than one row"));
    assert_non_null(strstr(list, "none.png: line 4: there is no such file"));
    assert_non_null(strstr(list, "../outside.png: line 5: the path leads out"));
    assert_non_null(strstr(list, "/etc/hostname: line 6: the path leads out"));
    assert_non_null(strstr(list, "line 7: the column 'file' is empty"));
    assert_non_null(strstr(result.warnings, "6 items were not taken"));
}

static void outside_paths_are_taken_when_allowed(void **state)
{
    data_write_image(*state, "outside.png", 4, 4, 3, 1);
    data_write_text(*state, "set/labels.csv", "file,label\n../outside.png,a\n");
    data_import_run(&result, *state, "set/labels.csv", "csv:outside=yes", false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 1);
    eh_catalog *c = data_open(*state);
    eh_image image;
    assert_int_equal(eh_catalog_read_image(c, 1, NULL, &image, NULL), EH_OK);
    assert_int_equal(image.width, 4);
    eh_image_clear(&image);
    eh_catalog_close(c);
}

static void a_label_seen_only_in_test_is_warned_about(void **state)
{
    write_pictures(*state, "");
    data_write_text(*state, "labels.csv",
                    "file,label,split\ni0.png,a,train\ni1.png,a,test\ni2.png,rare,test\n");
    data_import_run(&result, *state, "labels.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_non_null(strstr(result.warnings,
                           "the class 'rare' of column 'label' occurs in 1 images for validation or test"));
}

static void a_wrong_part_or_number_names_its_line(void **state)
{
    write_pictures(*state, "");
    data_write_text(*state, "labels.csv", "file,when,v\ni0.png,train,1\ni1.png,later,x\n");
    data_import_run(&result, *state, "labels.csv", "csv:split=when", false);
    expect_error(EH_ERR_INPUT, "labels.csv:3");
    expect_error(EH_ERR_INPUT, "later");
    data_import_run(&result, *state, "labels.csv", "csv:numbers=v", false);
    expect_error(EH_ERR_INPUT, "labels.csv:3");
    expect_error(EH_ERR_INPUT, "'x'");
}

static void one_column_for_two_purposes_is_refused(void **state)
{
    write_pictures(*state, "");
    data_write_text(*state, "labels.csv", "file,v\ni0.png,1\n");
    data_import_run(&result, *state, "labels.csv", "csv:numbers=v,label=v", false);
    expect_error(EH_ERR_USAGE, "two purposes");
}

static void a_table_whose_images_are_all_missing_fails_and_leaves_nothing(void **state)
{
    data_write_text(*state, "labels.csv", "file,v\na.png,1\nb.png,0\n");
    data_import_run(&result, *state, "labels.csv", NULL, false);
    expect_error(EH_ERR_INPUT, "not one image could be taken");
    expect_error(EH_ERR_INPUT, "a.png");
    assert_int_equal(data_count_entries(*state), 1);
}

static void windows_separators_are_understood(void **state)
{
    write_pictures(*state, "images/");
    data_write_text(*state, "labels.csv", "file,v\nimages\\i0.png,1\n");
    data_import_run(&result, *state, "labels.csv", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 1);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(columns_are_found_by_name_and_value),
        ROW(a_folder_with_one_table_is_read_as_that_table),
        ROW(among_several_tables_the_one_with_a_usual_name_counts),
        ROW(options_name_the_columns),
        ROW(an_index_that_pandas_wrote_is_left_out),
        ROW(a_missing_column_is_named_with_the_nearest_and_the_list),
        ROW(a_table_without_a_column_of_files_says_so),
        ROW(quotes_byte_order_mark_and_carriage_returns_are_read),
        ROW(rows_without_file_outside_paths_and_repeated_files_are_listed),
        ROW(outside_paths_are_taken_when_allowed),
        ROW(a_label_seen_only_in_test_is_warned_about),
        ROW(a_wrong_part_or_number_names_its_line),
        ROW(one_column_for_two_purposes_is_refused),
        ROW(a_table_whose_images_are_all_missing_fails_and_leaves_nothing),
        ROW(windows_separators_are_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
