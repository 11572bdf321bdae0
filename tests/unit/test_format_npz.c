/* test_format_npz.c - importing NumPy's arrays, as NumPy wrote them (tests/tools/make_npz_goldens.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/archive_files.h"
#include "support/data_files.h"

#include "base/file.h"
#include "evenhand/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static data_import result;

static int make_folder(void **state)
{
    int code = data_folder_make(state);
    return code ? code : setenv("EVENHAND_CACHE", data_path(*state, "cache"), 1);
}

static void expect_error(eh_status status, const char *part)
{
    assert_int_equal(result.status, status);
    if (!strstr(result.error.message, part))
        fail_msg("'%s' is not in: %s", part, result.error.message);
}

/* Copies tests/golden/npz/<name> into the folder and imports it. */
static void import_golden(void *folder, const char *name, const char *format)
{
    char path[128];
    uint8_t *bytes;
    size_t size;
    snprintf(path, sizeof path, "tests/golden/npz/%s", name);
    assert_int_equal(eh_file_read(&bytes, &size, path, 0, NULL), EH_OK);
    data_write(folder, name, bytes, size);
    eh_free(bytes);
    data_import_run(&result, folder, name, format, false);
}

static eh_frame *load(void *folder, eh_catalog **catalog)
{
    eh_frame *f;
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    *catalog = data_open(folder);
    assert_int_equal(eh_frame_load(&f, *catalog, NULL, 0, NULL), EH_OK);
    return f;
}

static void arrays_named_after_parts_become_parts(void **state)
{
    import_golden(*state, "keras.npz", NULL);
    eh_catalog *c;
    eh_frame *f = load(*state, &c);
    assert_string_equal(result.report.format, "npz");
    assert_null(strstr(result.warnings, "left out"));
    assert_int_equal(f->rows, 5);
    assert_int_equal(f->columns, 1);
    assert_string_equal(f->column[0].name, "label");
    assert_int_equal(f->column[0].classes, 3);
    assert_string_equal(f->column[0].class_name[1], "7");
    const int32_t cls[] = { 1, 0, 1, 0, 2 };
    const uint8_t part[] = { 1, 1, 1, 3, 3 };
    assert_memory_equal(f->column[0].cls, cls, sizeof cls);
    assert_memory_equal(f->part, part, sizeof part);
    eh_image image;
    assert_int_equal(eh_catalog_read_image(c, 5, &(eh_decode_opts){ .channels = 1 }, &image, NULL), EH_OK);
    assert_int_equal(image.width, 5);
    for (int i = 0; i < 20; i++)
        assert_int_equal(image.data[i], ((20 + i) * 7 + 9) % 251);
    eh_image_clear(&image);
    char name[64];
    assert_int_equal(eh_catalog_image_name(c, 5, name, sizeof name, NULL), EH_OK);
    assert_string_equal(name, "x_test.npy#1");
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void compressed_arrays_and_labels_in_a_column_are_read(void **state)
{
    import_golden(*state, "medmnist.npz", NULL);
    eh_catalog *c;
    eh_frame *f = load(*state, &c);
    const int32_t cls[] = { 1, 0, 1, 0, 1 };
    const uint8_t part[] = { 1, 1, 1, 2, 3 };
    assert_int_equal(f->columns, 1);
    assert_memory_equal(f->column[0].cls, cls, sizeof cls);
    assert_memory_equal(f->part, part, sizeof part);
    eh_image image;
    assert_int_equal(eh_catalog_read_image(c, 2, NULL, &image, NULL), EH_OK);
    for (int i = 0; i < 48; i++)
        assert_int_equal(image.data[i], (48 + i) * 7 % 251);
    eh_image_clear(&image);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void planes_numbers_and_rows_of_labels_are_read(void **state)
{
    import_golden(*state, "planes.npz", NULL);
    eh_catalog *c;
    eh_frame *f = load(*state, &c);
    assert_non_null(strstr(result.warnings, "the array other fits no array of images"));
    assert_int_equal(f->columns, 3);
    assert_string_equal(f->column[0].name, "age");
    assert_int_equal(f->column[0].kind, EH_COLUMN_NUMBER);
    assert_float_equal(f->column[0].number[3], 44.25f, 0);
    assert_true(isnan(f->column[0].number[2]));
    assert_string_equal(f->column[1].name, "tags_0");
    assert_string_equal(f->column[2].name, "tags_1");
    const int32_t second[] = { 0, 1, 1, 0 };
    assert_memory_equal(f->column[2].cls, second, sizeof second);
    eh_image image;
    assert_int_equal(eh_catalog_read_image(c, 1, NULL, &image, NULL), EH_OK);
    assert_int_equal(image.width, 6);
    assert_int_equal(image.height, 5);
    for (int ch = 0; ch < 3; ch++)
        for (int p = 0; p < 30; p++)
            assert_int_equal(image.data[3 * p + ch], (30 * ch + p) * 7 % 251);
    eh_image_clear(&image);
    eh_frame_free(f);
    eh_catalog_close(c);
    import_golden(*state, "planes.npz", "npz:images=data,labels=age");
    f = load(*state, &c);
    assert_int_equal(f->columns, 1);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void other_types_are_refused_with_how_to_convert_them(void **state)
{
    import_golden(*state, "floats.npz", "npz");
    expect_error(EH_ERR_INPUT, "32 bits (float)");
    expect_error(EH_ERR_INPUT, ".astype('uint8')");
    import_golden(*state, "floats.npz", NULL); /* found by the shape, so that the message is the same */
    expect_error(EH_ERR_INPUT, "32 bits (float)");
    import_golden(*state, "keras.npz", "npz:images=y_train");
    expect_error(EH_ERR_INPUT, "1 dimension");
}

static void a_folder_with_one_npz_and_npy_files_alone_are_read_too(void **state)
{
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_file_read(&bytes, &size, "tests/golden/npz/keras.npz", 0, NULL), EH_OK);
    data_write(*state, "set/data.npz", bytes, size);
    data_write_text(*state, "set/readme.txt", "");
    data_import_run(&result, *state, "set", NULL, false);
    eh_catalog *c;
    eh_frame *f = load(*state, &c);
    assert_int_equal(f->rows, 5);
    eh_image image;
    assert_int_equal(eh_catalog_read_image(c, 1, NULL, &image, NULL), EH_OK);
    eh_image_clear(&image);
    eh_frame_free(f);
    eh_catalog_close(c);
    /* The same arrays as loose files. */
    static const char head[] =
        "\x93NUMPY\1\0\x3e\0{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 2), }\n";
    uint8_t npy[sizeof head - 1 + 8] = { 0 };
    memcpy(npy, head, sizeof head - 1);
    npy[8] = (uint8_t)(sizeof head - 1 - 10);
    data_write(*state, "loose/images.npy", npy, sizeof npy);
    data_import_run(&result, *state, "loose", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 2);
    assert_non_null(strstr(result.warnings, "no labels"));
    data_write(*state, "loose/images.npy", npy, sizeof npy - 1);
    data_import_run(&result, *state, "loose", NULL, false);
    expect_error(EH_ERR_INPUT, "cut off");
    /* Beside pictures they are not taken for the data set. */
    data_write(*state, "loose/images.npy", npy, sizeof npy);
    data_write_image(*state, "loose/a/x.png", 4, 4, 3, 1);
    data_import_run(&result, *state, "loose", NULL, false);
    assert_string_equal(result.report.format, "folder");
    eh_free(bytes);
}

static void cut_and_spoilt_files_are_survived(void **state)
{
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_file_read(&bytes, &size, "tests/golden/npz/keras.npz", 0, NULL), EH_OK);
    for (size_t cut = 0; cut < size; cut += 29) {
        data_write(*state, "x.npz", bytes, cut);
        data_import_run(&result, *state, "x.npz", "npz", false);
        assert_int_not_equal(result.status, EH_OK);
        assert_true(result.error.message[0] != 0);
    }
    for (size_t at = 0; at < size; at += 13) {
        bytes[at] ^= (uint8_t)(1u << (at % 8));
        data_write(*state, "x.npz", bytes, size);
        data_import_run(&result, *state, "x.npz", "npz", false);
        bytes[at] ^= (uint8_t)(1u << (at % 8));
    }
    eh_free(bytes);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, make_folder, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(arrays_named_after_parts_become_parts),
        ROW(compressed_arrays_and_labels_in_a_column_are_read),
        ROW(planes_numbers_and_rows_of_labels_are_read),
        ROW(other_types_are_refused_with_how_to_convert_them),
        ROW(a_folder_with_one_npz_and_npy_files_alone_are_read_too),
        ROW(cut_and_spoilt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
