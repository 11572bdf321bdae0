/* test_format_metadata.c - importing images with a metadata.csv or metadata.jsonl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/archive_files.h"
#include "support/data_files.h"

#include "evenhand/dataset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static data_import result;

/* Six pictures i0.png .. i5.png below `folder`. */
static void write_pictures(void *folder, const char *below)
{
    for (int i = 0; i < 6; i++) {
        char name[160];
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

static void expect_warning(const char *part)
{
    if (!strstr(result.warnings, part))
        fail_msg("'%s' is not in: %s", part, result.warnings);
}

static void expect_import(const char *format, uint64_t images)
{
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    assert_string_equal(result.report.format, format);
    assert_int_equal(result.report.images, images);
}

static eh_column_info column_named(eh_catalog *c, const char *name)
{
    for (size_t i = 0; i < eh_catalog_columns(c); i++)
        if (strcmp(eh_catalog_column(c, i).name, name) == 0)
            return eh_catalog_column(c, i);
    fail_msg("there is no column '%s'", name);
    return (eh_column_info){ 0 };
}

static eh_frame *load(eh_catalog *c)
{
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    return f;
}

#define WATERBIRDS                                       \
    "img_id,img_filename,y,split,place,place_filename\n" \
    "1,001.A/i0.png,0,0,1,/o/ocean/1.jpg\n"              \
    "2,001.A/i1.png,1,1,0,/b/bamboo/2.jpg\n"             \
    "3,001.A/i2.png,0,2,0,/b/bamboo/3.jpg\n"             \
    "4,001.A/i3.png,1,0,1,/l/lake/4.jpg\n"

static void the_table_of_waterbirds_gives_classes_and_splits(void **state)
{
    write_pictures(*state, "birds/001.A/");
    data_write_text(*state, "birds/metadata.csv", WATERBIRDS);
    data_import_run(&result, *state, "birds", NULL, false);
    expect_import("metadata", 4);
    assert_int_equal(result.report.images_without_row, 2);
    eh_catalog *c = data_open(*state);
    assert_int_equal(column_named(c, "img_id").kind, EH_COLUMN_TEXT);
    assert_int_equal(column_named(c, "y").kind, EH_COLUMN_CLASS);
    assert_int_equal(column_named(c, "place").classes, 2);
    assert_int_equal(column_named(c, "place_filename").kind, EH_COLUMN_TEXT);
    assert_int_equal(eh_catalog_columns(c), 4);
    eh_frame *f = load(c);
    const uint8_t part[] = { EH_PART_TRAIN, EH_PART_VALID, EH_PART_TEST, EH_PART_TRAIN };
    assert_memory_equal(f->part, part, sizeof part);
    const int32_t y[] = { 0, 1, 0, 1 };
    assert_memory_equal(f->column[1].cls, y, sizeof y);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void images_may_lie_in_a_folder_below_the_table(void **state)
{
    write_pictures(*state, "waterbirds/waterbird_complete95/001.A/");
    data_write_image(*state, "waterbirds/other/x.png", 6, 5, 3, 9);
    data_write_text(*state, "waterbirds/metadata_waterbirds.csv",
                    "id,filename,split,y,a\n10,001.A/i0.png,0,0,1\n11,001.A/i1.png,1,1,0\n"
                    "12,001.A/i2.png,2,1,0\n");
    data_import_run(&result, *state, "waterbirds", NULL, false);
    expect_import("metadata", 3);
    assert_int_equal(result.report.rows_without_image, 0);
    data_import_run(&result, *state, "waterbirds/metadata_waterbirds.csv", NULL, false);
    expect_import("metadata", 3);
    data_import_run(&result, *state, "waterbirds/metadata_waterbirds.csv", "metadata:images=other", false);
    expect_error(EH_ERR_INPUT, "there is no such file");
}

static void json_lines_keep_types_and_missing_values(void **state)
{
    write_pictures(*state, "set/");
    data_write_text(*state, "set/metadata.jsonl",
                    "{\"file_name\": \"i0.png\", \"hair\": \"blond\", \"age\": 31.5, \"glasses\": true}\n"
                    "\n"
                    "{\"file_name\": \"i1.png\", \"hair\": null, \"age\": 1e-3, \"glasses\": false}\r\n"
                    "{\"file_name\": \"i2.png\", \"hair\": \"dark\", \"box\": [1, 2], \"glasses\": true}\n"
                    "{\"file_name\": \"i3.png\", \"hair\": \"dark\", \"age\": 40}");
    data_import_run(&result, *state, "set", NULL, false);
    expect_import("metadata", 4);
    expect_warning("1 columns hold lists or objects");
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_columns(c), 3);
    assert_string_equal(column_named(c, "glasses").class_name[1], "true");
    eh_frame *f = load(c);
    const int32_t hair[] = { 0, -1, 1, 1 }, glasses[] = { 1, 0, 1, -1 };
    assert_memory_equal(f->column[0].cls, hair, sizeof hair);
    assert_memory_equal(f->column[2].cls, glasses, sizeof glasses);
    assert_float_equal(f->column[1].number[0], 31.5, 0);
    assert_float_equal(f->column[1].number[1], 1e-3f, 0);
    assert_true(isnan(f->column[1].number[2]));
    assert_float_equal(f->column[1].number[3], 40, 0);
    eh_frame_free(f);
    eh_catalog_close(c);
}

/* Writes what Hugging Face calls an ImageFolder with a file for each split. */
static void write_folders(void *folder, const char *root)
{
    char name[96];
    static const char *const parts[] = { "train", "validation", "test" };
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s/", root, parts[i]);
        write_pictures(folder, name);
    }
    snprintf(name, sizeof name, "%strain/metadata.csv", root);
    data_write_text(folder, name, "file_name,hair\ni0.png,blond\ni1.png,dark\ni2.png,dark\n");
    snprintf(name, sizeof name, "%svalidation/metadata.jsonl", root);
    data_write_text(folder, name, "{\"file_name\":\"i0.png\",\"age\":5,\"hair\":\"dark\"}\n");
    snprintf(name, sizeof name, "%stest/metadata.csv", root);
    data_write_text(folder, name, "hair,file_name\nblond,i5.png\n");
}

static void expect_folders(void **state)
{
    expect_import("metadata", 5);
    eh_catalog *c = data_open(*state);
    eh_frame *f = load(c);
    assert_int_equal(f->rows, 5);
    /* folders by name: test, train, validation */
    const uint8_t part[] = { EH_PART_TEST, EH_PART_TRAIN, EH_PART_TRAIN, EH_PART_TRAIN, EH_PART_VALID };
    const int32_t hair[] = { 0, 0, 1, 1, 1 };
    assert_memory_equal(f->part, part, sizeof part);
    assert_memory_equal(f->column[0].cls, hair, sizeof hair);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void a_file_in_each_folder_says_the_part(void **state)
{
    write_folders(*state, "hf/");
    data_import_run(&result, *state, "hf", NULL, false);
    expect_folders(state);
    write_folders(*state, "card/data/");
    data_write_text(*state, "card/README.md", "# a data set card\n");
    data_import_run(&result, *state, "card", NULL, false);
    expect_folders(state);
}

static void archives_are_read_in_place(void **state)
{
    write_folders(*state, "hf/");
    archive_pack(*state, "hf.zip", "zip", NULL, "hf", "");
    data_import_run(&result, *state, "hf.zip", NULL, false);
    expect_folders(state);
    archive_pack(*state, "hf.tar", "ustar", NULL, "hf", "outer/hf/");
    data_import_run(&result, *state, "hf.tar", NULL, false);
    expect_folders(state);
}

static void one_file_above_folders_of_parts_says_them_too(void **state)
{
    write_pictures(*state, "hf/train/");
    write_pictures(*state, "hf/test/");
    data_write_text(*state, "hf/metadata.csv",
                    "file_name,hair\ntrain/i0.png,a\ntest/i0.png,b\ntrain/i1.png,b\n");
    data_import_run(&result, *state, "hf", NULL, false);
    expect_import("metadata", 3);
    eh_catalog *c = data_open(*state);
    eh_frame *f = load(c);
    const uint8_t part[] = { EH_PART_TRAIN, EH_PART_TEST, EH_PART_TRAIN };
    assert_memory_equal(f->part, part, sizeof part);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void what_is_wrong_in_json_lines_is_said_with_its_line(void **state)
{
    write_pictures(*state, "");
    data_write_text(*state, "metadata.jsonl", "{\"file_name\": \"i0.png\"}\n{\"file_name\": \"i1.png\"\n");
    data_import_run(&result, *state, "metadata.jsonl", NULL, false);
    expect_error(EH_ERR_INPUT, "metadata.jsonl:2:");
    data_write_text(*state, "metadata.jsonl", "{\"file_name\": \"i0.png\"}\n[1]\n");
    data_import_run(&result, *state, "metadata.jsonl", NULL, false);
    expect_error(EH_ERR_INPUT, "metadata.jsonl:2: a line has to be one object");
    data_write_text(*state, "metadata.jsonl", "{\"file_name\": \"i0.png\", \"file_name\": \"i1.png\"}\n");
    data_import_run(&result, *state, "metadata.jsonl", "metadata", false);
    expect_error(EH_ERR_INPUT, "duplicate");
    data_write_text(*state, "metadata.jsonl", "{\"hair\": \"dark\"}\n");
    data_import_run(&result, *state, "metadata.jsonl", "metadata", false);
    expect_error(EH_ERR_INPUT, "no column that is called file");
    data_write_text(*state, "metadata.jsonl", "\n\n");
    data_import_run(&result, *state, "metadata.jsonl", "metadata", false);
    expect_error(EH_ERR_INPUT, "no rows");
}

static void labels_in_parquet_are_not_lost_in_silence(void **state)
{
    write_pictures(*state, "hf/train/");
    data_write_text(*state, "hf/train/metadata.parquet", "PAR1");
    data_import_run(&result, *state, "hf", NULL, false);
    expect_error(EH_ERR_INPUT, "train/metadata.parquet is Parquet");
    data_import_run(&result, *state, "hf", "folder", false);
    expect_import("folder", 6);
}

static void files_that_are_not_there_or_outside_are_listed(void **state)
{
    write_pictures(*state, "set/");
    data_write_image(*state, "secret.png", 6, 5, 3, 9);
    data_write_text(*state, "set/metadata.csv",
                    "file_name,hair\ni0.png,a\nmissing.png,a\n../secret.png,b\ni0.png,b\ni1.png,b\n");
    data_import_run(&result, *state, "set", NULL, false);
    expect_import("metadata", 2);
    assert_int_equal(result.report.skipped, 3);
    assert_int_equal(result.report.rows_without_image, 1);
}

static void several_tables_in_one_folder_are_not_guessed_among(void **state)
{
    write_pictures(*state, "set/");
    data_write_text(*state, "set/metadata_a.csv", "file,y\ni0.png,1\n");
    data_write_text(*state, "set/metadata_b.csv", "file,y\ni0.png,0\n");
    data_import_run(&result, *state, "set", "metadata", false);
    expect_error(EH_ERR_INPUT, "several files of metadata");
    data_import_run(&result, *state, "set/metadata_b.csv", NULL, false);
    expect_import("metadata", 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        T(the_table_of_waterbirds_gives_classes_and_splits),
        T(images_may_lie_in_a_folder_below_the_table),
        T(json_lines_keep_types_and_missing_values),
        T(a_file_in_each_folder_says_the_part),
        T(archives_are_read_in_place),
        T(one_file_above_folders_of_parts_says_them_too),
        T(what_is_wrong_in_json_lines_is_said_with_its_line),
        T(labels_in_parquet_are_not_lost_in_silence),
        T(files_that_are_not_there_or_outside_are_listed),
        T(several_tables_in_one_folder_are_not_guessed_among),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
