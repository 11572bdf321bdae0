/* test_format_idx.c - importing IDX files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"

#include "evenhand/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static data_import result;
static uint8_t bytes[1 << 16];

static void expect_error(eh_status status, const char *part)
{
    assert_int_equal(result.status, status);
    if (!strstr(result.error.message, part))
        fail_msg("'%s' is not in: %s", part, result.error.message);
}

/* An IDX file in `bytes`: value k is (k * 7) mod 251; returns its size. */
static size_t make_idx(int dimensions, const uint32_t *size)
{
    size_t values = 1, used = 4;
    memset(bytes, 0, 4);
    bytes[2] = 8;
    bytes[3] = (uint8_t)dimensions;
    for (int i = 0; i < dimensions; i++) {
        for (int k = 0; k < 4; k++)
            bytes[used++] = (uint8_t)(size[i] >> (24 - 8 * k));
        values *= size[i];
    }
    for (size_t k = 0; k < values && used < sizeof bytes; k++)
        bytes[used++] = (uint8_t)(k * 7 % 251);
    return used;
}

static void write_gz(void *folder, const char *name, size_t size)
{
    gzFile f = gzopen(data_path(folder, "%s", name), "wb");
    assert_non_null(f);
    assert_int_equal(gzwrite(f, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(f), Z_OK);
}

static void write_labels(void *folder, const char *name, const uint8_t *label, uint32_t count)
{
    make_idx(1, &count);
    memcpy(bytes + 8, label, count);
    data_write(folder, name, bytes, 8 + count);
}

static void pairs_become_parts_with_labels(void **state)
{
    data_write_text(*state, "set/readme.md", "");
    size_t size = make_idx(3, (const uint32_t[]){ 3, 4, 5 });
    write_gz(*state, "set/train-images-idx3-ubyte.gz", size);
    write_labels(*state, "set/train-labels-idx1-ubyte", (const uint8_t[]){ 9, 2, 9 }, 3);
    size = make_idx(3, (const uint32_t[]){ 2, 4, 5 });
    data_write(*state, "set/t10k-images.idx3-ubyte", bytes, size);
    write_labels(*state, "set/t10k-labels.idx1-ubyte", (const uint8_t[]){ 2, 0 }, 2);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_string_equal(result.report.format, "idx");
    assert_int_equal(result.report.images, 5);
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(f->column[0].classes, 3);
    assert_string_equal(f->column[0].class_name[2], "9");
    const int32_t cls[] = { 2, 1, 2, 1, 0 };
    assert_memory_equal(f->column[0].cls, cls, sizeof cls);
    const uint8_t part[] = { 1, 1, 1, 3, 3 };
    assert_memory_equal(f->part, part, sizeof part);
    char name[100];
    assert_int_equal(eh_catalog_image_name(c, 2, name, sizeof name, NULL), EH_OK);
    assert_string_equal(name, "train-images-idx3-ubyte.gz#1");
    eh_image image;
    eh_decode_opts grey = { .channels = 1 };
    assert_int_equal(eh_catalog_read_image(c, 2, &grey, &image, NULL), EH_OK);
    assert_int_equal(image.width, 5);
    assert_int_equal(image.height, 4);
    for (int i = 0; i < 20; i++)
        assert_int_equal(image.data[i], (20 + i) * 7 % 251);
    eh_image_clear(&image);
    assert_int_equal(eh_catalog_read_image(c, 2, NULL, &image, NULL), EH_OK);
    assert_int_equal(image.channels, 3);
    eh_image_clear(&image);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void classes_can_be_named(void **state)
{
    size_t size = make_idx(3, (const uint32_t[]){ 2, 3, 3 });
    data_write(*state, "train-images-idx3-ubyte", bytes, size);
    write_labels(*state, "train-labels-idx1-ubyte", (const uint8_t[]){ 1, 0 }, 2);
    data_import_run(&result, *state, "train-images-idx3-ubyte", "idx:label=animal,classes=cat\\,dog\\,eel",
                    false);
    assert_int_equal(result.status, EH_OK);
    eh_catalog *c = data_open(*state);
    assert_string_equal(eh_catalog_column(c, 0).name, "animal");
    assert_int_equal(eh_catalog_column(c, 0).classes, 3);
    assert_string_equal(eh_catalog_column(c, 0).class_name[1], "dog");
    eh_catalog_close(c);
    data_import_run(&result, *state, "train-images-idx3-ubyte", "idx:classes=cat", false);
    expect_error(EH_ERR_USAGE, "the label 1 occurs, but only 1 classes");
}

static void four_dimensions_are_colour_in_either_order(void **state)
{
    const uint32_t shapes[2][4] = { { 2, 4, 5, 3 }, { 2, 3, 4, 5 } };
    for (int k = 0; k < 2; k++) {
        size_t size = make_idx(4, shapes[k]);
        data_write(*state, "images-idx4-ubyte", bytes, size);
        data_import_run(&result, *state, "images-idx4-ubyte", NULL, false);
        assert_int_equal(result.status, EH_OK);
        assert_non_null(strstr(result.warnings, "without labels"));
        eh_catalog *c = data_open(*state);
        eh_image image;
        assert_int_equal(eh_catalog_read_image(c, 2, NULL, &image, NULL), EH_OK);
        assert_int_equal(image.width, 5);
        assert_int_equal(image.height, 4);
        for (int p = 0; p < 20; p++)
            for (int ch = 0; ch < 3; ch++)
                assert_int_equal(image.data[3 * p + ch],
                                 (k == 0 ? 60 + 3 * p + ch : 60 + 20 * ch + p) * 7 % 251);
        eh_image_clear(&image);
        eh_catalog_close(c);
    }
}

static void a_short_file_is_an_error_before_any_large_allocation(void **state)
{
    make_idx(3, (const uint32_t[]){ 4000000000u, 28, 28 });
    data_write(*state, "train-images-idx3-ubyte", bytes, 5000);
    uint64_t before = eh_alloc_live_bytes();
    data_import_run(&result, *state, "train-images-idx3-ubyte", NULL, false);
    expect_error(EH_ERR_INPUT, "says it holds 4000000000 items");
    assert_int_equal(eh_alloc_live_bytes(), before);
    write_gz(*state, "train-images-idx3-ubyte.gz", 5000);
    data_import_run(&result, *state, "train-images-idx3-ubyte.gz", NULL, false);
    expect_error(EH_ERR_INPUT, "cannot hold");
}

static void more_items_claimed_than_there_are_is_an_error(void **state)
{
    size_t size = make_idx(3, (const uint32_t[]){ 10, 4, 4 });
    data_write(*state, "a-images-idx3-ubyte", bytes, size - 1);
    data_import_run(&result, *state, "a-images-idx3-ubyte", NULL, false);
    expect_error(EH_ERR_INPUT, "ends after 159 bytes");
    write_gz(*state, "b-images-idx3-ubyte.gz", size - 1);
    data_import_run(&result, *state, "b-images-idx3-ubyte.gz", NULL, false);
    expect_error(EH_ERR_INPUT, "ends after 159 bytes");
    data_write(*state, "a-images-idx3-ubyte", bytes, size + 2);
    data_import_run(&result, *state, "a-images-idx3-ubyte", NULL, false);
    expect_error(EH_ERR_INPUT, "2 bytes more");
    write_gz(*state, "b-images-idx3-ubyte.gz", size + 2);
    data_import_run(&result, *state, "b-images-idx3-ubyte.gz", NULL, false);
    expect_error(EH_ERR_INPUT, "has more bytes");
}

static void a_truncated_or_damaged_gzip_is_an_error(void **state)
{
    static uint8_t packed[1 << 16];
    size_t size = make_idx(3, (const uint32_t[]){ 40, 9, 9 });
    write_gz(*state, "x-images-idx3-ubyte.gz", size);
    FILE *f = fopen(data_path(*state, "x-images-idx3-ubyte.gz"), "rb");
    assert_non_null(f);
    size_t whole = fread(packed, 1, sizeof packed, f);
    fclose(f);
    for (size_t cut = 12; cut < whole; cut += 7) {
        data_write(*state, "x-images-idx3-ubyte.gz", packed, cut);
        data_import_run(&result, *state, "x-images-idx3-ubyte.gz", "idx", false);
        assert_int_equal(result.status, EH_ERR_INPUT);
    }
    packed[whole / 2] ^= 0x40;
    data_write(*state, "x-images-idx3-ubyte.gz", packed, whole);
    data_import_run(&result, *state, "x-images-idx3-ubyte.gz", "idx", false);
    assert_int_equal(result.status, EH_ERR_INPUT);
}

static void files_that_do_not_belong_together_are_named(void **state)
{
    size_t size = make_idx(3, (const uint32_t[]){ 2, 3, 3 });
    data_write(*state, "train-images-idx3-ubyte", bytes, size);
    write_labels(*state, "train-labels-idx1-ubyte", (const uint8_t[]){ 1, 0, 1 }, 3);
    data_import_run(&result, *state, "train-images-idx3-ubyte", NULL, false);
    expect_error(EH_ERR_INPUT, "2 images");
    expect_error(EH_ERR_INPUT, "3 labels");
    data_import_run(&result, *state, "train-labels-idx1-ubyte", "idx", false);
    expect_error(EH_ERR_INPUT, "are they its labels?");
}

static void other_types_and_other_files_are_refused(void **state)
{
    size_t size = make_idx(3, (const uint32_t[]){ 2, 3, 3 });
    bytes[2] = 0x0d;
    data_write(*state, "f-images-idx3-ubyte", bytes, size);
    data_import_run(&result, *state, "f-images-idx3-ubyte", "idx", false);
    expect_error(EH_ERR_INPUT, "0x0d");
    data_write_text(*state, "t-images-idx3-ubyte", "text");
    data_import_run(&result, *state, "t-images-idx3-ubyte", "idx", false);
    expect_error(EH_ERR_INPUT, "not an IDX file");
    data_write(*state, "e-images-idx3-ubyte", "\0\0\10\3\0", 5);
    data_import_run(&result, *state, "e-images-idx3-ubyte", "idx", false);
    expect_error(EH_ERR_INPUT, "ends inside its header");
}

static void fashion_mnist_is_imported_as_it_is(void **state)
{
    const char *real = data_real("fashion-mnist");
    if (!real)
        skip();
    eh_import_report report;
    eh_error err = { 0 };
    if (eh_catalog_import(data_path(*state, "data.eh"), real, NULL, &report, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(report.images, 70000);
    assert_int_equal(report.skipped, 0);
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    uint64_t count[4][10] = { { 0 } };
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    for (size_t i = 0; i < f->rows; i++)
        count[f->part[i]][f->column[0].cls[i]]++;
    for (int k = 0; k < 10; k++) {
        assert_int_equal(count[EH_PART_TRAIN][k], 6000);
        assert_int_equal(count[EH_PART_TEST][k], 1000);
    }
    eh_frame_free(f);
    eh_catalog_close(c);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(pairs_become_parts_with_labels),
        ROW(classes_can_be_named),
        ROW(four_dimensions_are_colour_in_either_order),
        ROW(a_short_file_is_an_error_before_any_large_allocation),
        ROW(more_items_claimed_than_there_are_is_an_error),
        ROW(a_truncated_or_damaged_gzip_is_an_error),
        ROW(files_that_do_not_belong_together_are_named),
        ROW(other_types_and_other_files_are_refused),
        ROW(fashion_mnist_is_imported_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
