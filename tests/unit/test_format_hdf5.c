/* test_format_hdf5.c - importing HDF5: layouts and types written by the library itself, files that are cut, spoilt or hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/archive_files.h"
#include "support/data_files.h"

#include "base/file.h"
#include "evenhand/dataset.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static data_import result;

static int make_folder(void **state)
{
    int code = data_folder_make(state);
    return code ? code : setenv("EVENHAND_CACHE", data_path(*state, "cache"), 1);
}

static void expect_error(eh_status status, const char *part)
{
    if (result.status != status || !strstr(result.error.message, part))
        fail_msg("status %d, '%s' instead of %d, '%s'", result.status, result.error.message, status, part);
}

/* ---------------------------------------------------------------- writing */

static hid_t create_file(void *folder, const char *name)
{
    hid_t file = H5Fcreate(data_path(folder, "%s", name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

/* A data set of `type`, chunked and compressed when `chunk` is not 0 (rows of a chunk). */
static void write_set(hid_t file, const char *name, hid_t type, int dimensions, const hsize_t *size,
                      const void *values, hsize_t chunk)
{
    hid_t space = H5Screate_simple(dimensions, size, NULL), how = H5Pcreate(H5P_DATASET_CREATE);
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    if (chunk) {
        hsize_t piece[4];
        memcpy(piece, size, (size_t)dimensions * sizeof *size);
        piece[0] = chunk;
        H5Pset_chunk(how, dimensions, piece);
        H5Pset_shuffle(how);
        H5Pset_deflate(how, 6);
    }
    hid_t set = H5Dcreate2(file, name, type, space, links, how, H5P_DEFAULT);
    assert_true(set >= 0);
    assert_true(H5Dwrite(set,
                         H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) == 4 ? H5T_NATIVE_FLOAT : type,
                         H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Pclose(links);
    H5Pclose(how);
    H5Sclose(space);
}

static uint8_t pixels[8 * 64 * 64 * 3];

static void fill(void)
{
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 7 % 251);
}

/* The DB-VAE lab's layout with `count` images. */
static void write_lab(void *folder, const char *name, hsize_t count, hsize_t chunk)
{
    static const float labels[8] = { 1, 0, 1, 1, 0, 0, 1, 0 };
    fill();
    hid_t file = create_file(folder, name);
    write_set(file, "images", H5T_NATIVE_UINT8, 4, (hsize_t[]){ count, 64, 64, 3 }, pixels, chunk);
    write_set(file, "labels", H5T_IEEE_F32LE, 2, (hsize_t[]){ count, 1 }, labels, 0);
    H5Fclose(file);
}

/* ---------------------------------------------------------------- reading */

static void expect_lab(void *folder, bool bgr)
{
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    assert_string_equal(result.report.format, "hdf5");
    eh_catalog *c = data_open(folder);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(f->rows, 8);
    assert_string_equal(f->column[0].name, "label");
    const int32_t cls[] = { 1, 0, 1, 1, 0, 0, 1, 0 };
    assert_memory_equal(f->column[0].cls, cls, sizeof cls);
    eh_image image;
    assert_int_equal(eh_catalog_read_image(c, 3, NULL, &image, NULL), EH_OK);
    for (size_t i = 0; i < 64 * 64; i++)
        for (size_t ch = 0; ch < 3; ch++)
            assert_int_equal(image.data[3 * i + ch], pixels[2 * 12288 + 3 * i + (bgr ? 2 - ch : ch)]);
    eh_image_clear(&image);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void the_lab_s_layout_is_read_with_its_colours_in_order(void **state)
{
    write_lab(*state, "faces.h5", 8, 0);
    data_import_run(&result, *state, "faces.h5", NULL, false);
    expect_lab(*state, true);
    assert_non_null(strstr(result.warnings, "layout of the DB-VAE lab"));
    data_import_run(&result, *state, "faces.h5", "hdf5:order=rgb", false);
    expect_lab(*state, false);
    assert_null(strstr(result.warnings, "DB-VAE"));
}

static void chunked_and_compressed_sets_and_archives_give_the_same(void **state)
{
    assert_int_equal(mkdir(data_path(*state, "set"), 0777), 0);
    write_lab(*state, "set/faces.hdf5", 8, 3);
    data_import_run(&result, *state, "set", NULL, false);
    expect_lab(*state, true);
    archive_pack(*state, "x.zip", "zip", NULL, "set", "inner/");
    data_import_run(&result, *state, "x.zip", NULL, false);
    expect_lab(*state, true);
    assert_int_equal(data_count_entries(data_path(*state, "cache/arrays")), 1); /* the same content */
}

static void named_sets_in_groups_and_several_labels_are_read(void **state)
{
    static const int32_t age[4] = { 20, 31, 45, 70 };
    static const double tags[8] = { 0, 1, 1, 0, 0, 0, 1, 1 };
    fill();
    hid_t file = create_file(*state, "x.h5");
    write_set(file, "train/grey", H5T_NATIVE_UINT8, 3, (hsize_t[]){ 4, 6, 5 }, pixels, 0);
    write_set(file, "train/age", H5T_STD_I32BE, 1, (hsize_t[]){ 4 }, age, 2);
    write_set(file, "tags", H5T_NATIVE_DOUBLE, 2, (hsize_t[]){ 4, 2 }, tags, 0);
    H5Fclose(file);
    data_import_run(&result, *state, "x.h5", "hdf5:images=train/grey,labels=train/age\\,tags", false);
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    eh_catalog *c = data_open(*state);
    assert_int_equal(eh_catalog_columns(c), 3);
    assert_string_equal(eh_catalog_column(c, 0).name, "age");
    assert_string_equal(eh_catalog_column(c, 2).name, "tags_1");
    eh_image image;
    assert_int_equal(eh_catalog_read_image(c, 2, &(eh_decode_opts){ .channels = 1 }, &image, NULL), EH_OK);
    assert_int_equal(image.width, 5);
    assert_memory_equal(image.data, pixels + 30, 30);
    eh_image_clear(&image);
    eh_catalog_close(c);
    data_import_run(&result, *state, "x.h5", "hdf5:images=train/none", false);
    expect_error(EH_ERR_INPUT, "no data set 'train/none'");
    data_import_run(&result, *state, "x.h5", "hdf5:images=train/grey,labels=none", false);
    expect_error(EH_ERR_INPUT, "no data set 'none' of numbers");
    data_import_run(&result, *state, "x.h5", "hdf5", false);
    expect_error(EH_ERR_INPUT, "name one with images=NAME");
}

static void wrong_types_and_shapes_are_sentences(void **state)
{
    static const double wide[4 * 4 * 4] = { 0.5 };
    static const int16_t shorts[4 * 4 * 4] = { 0 };
    static const struct {
        const char *name, *part;
    } cases[] = {
        { "floats", "no integers" },
        { "shorts", "not unsigned bytes" },
        { "signed", "not unsigned bytes" },
        { "flat", "3 or 4 dimensions" },
        { "text", "no integers" },
        { "group", "no data set 'group'" },
        { "odd", "one of the sizes must be 1, 3 or 4" },
    };
    hid_t file = create_file(*state, "x.h5"), text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 4);
    hsize_t cube[] = { 4, 4, 4, 1 };
    write_set(file, "floats", H5T_NATIVE_DOUBLE, 3, cube, wide, 0);
    write_set(file, "shorts", H5T_NATIVE_INT16, 3, cube, shorts, 0);
    write_set(file, "signed", H5T_NATIVE_INT8, 3, cube, pixels, 0);
    write_set(file, "flat", H5T_NATIVE_UINT8, 2, cube, pixels, 0);
    write_set(file, "text", text, 3, cube, pixels, 0);
    write_set(file, "odd", H5T_NATIVE_UINT8, 4, (hsize_t[]){ 2, 2, 2, 2 }, pixels, 0);
    H5Gclose(H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Tclose(text);
    H5Fclose(file);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char format[64];
        snprintf(format, sizeof format, "hdf5:images=%s", cases[i].name);
        data_import_run(&result, *state, "x.h5", format, false);
        expect_error(EH_ERR_INPUT, cases[i].part);
    }
    file = create_file(*state,
                       "y.h5"); /* labels of another length, and of text: not taken, or refused when named */
    write_set(file, "images", H5T_NATIVE_UINT8, 3, cube, pixels, 0);
    write_set(file, "labels", H5T_NATIVE_DOUBLE, 1, (hsize_t[]){ 3 }, wide, 0);
    H5Fclose(file);
    data_import_run(&result, *state, "y.h5", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_non_null(strstr(result.warnings, "no labels"));
    data_import_run(&result, *state, "y.h5", "hdf5:labels=labels", false);
    expect_error(EH_ERR_INPUT, "one row for each of its 4 images");
}

static void a_cut_file_is_refused_wherever_it_is_cut(void **state)
{
    uint8_t *bytes;
    size_t size;
    write_lab(*state, "faces.h5", 2, 1);
    assert_int_equal(eh_file_read(&bytes, &size, data_path(*state, "faces.h5"), 0, NULL), EH_OK);
    for (size_t cut = 0; cut < size; cut += size / 40 + 1) {
        data_write(*state, "x.h5", bytes, cut);
        data_import_run(&result, *state, "x.h5", "hdf5", false);
        assert_int_equal(result.status, EH_ERR_INPUT);
        assert_true(result.error.message[0] != 0);
    }
    assert_int_equal(data_count_entries(data_path(*state, "cache/arrays")), 0); /* nothing half is kept */
    eh_free(bytes);
}

static void spoilt_files_end_at_worst_the_child(void **state)
{
    uint8_t *bytes;
    size_t size;
    write_lab(*state, "faces.h5", 1, 1);
    assert_int_equal(eh_file_read(&bytes, &size, data_path(*state, "faces.h5"), 0, NULL), EH_OK);
    for (size_t at = 8; at < size; at += at < 4096 ? 41 : 997) {
        uint8_t old = bytes[at];
        bytes[at] = at % 3 ? 0xff : (uint8_t)(old ^ 1);
        data_write(*state, "x.h5", bytes, size);
        data_import_run(&result, *state, "x.h5", "hdf5", false);
        assert_true(result.status == EH_OK || result.error.message[0] != 0);
        bytes[at] = old;
    }
    eh_free(bytes);
}

static void a_file_cannot_lead_to_other_files(void **state)
{
    /* Images whose bytes are said to lie in another file, and a link into another HDF5 file. */
    data_write(*state, "secret.bin", "this must not come out; this must not come out; this must not come out",
               64);
    write_lab(*state, "other.h5", 2, 0);
    hid_t file = create_file(*state, "x.h5"), how = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t size[] = { 1, 8, 8 };
    hid_t space = H5Screate_simple(3, size, NULL);
    H5Pset_external(how, data_path(*state, "secret.bin"), 0, 64);
    hid_t set = H5Dcreate2(file, "outside", H5T_NATIVE_UINT8, space, H5P_DEFAULT, how, H5P_DEFAULT);
    assert_true(set >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(how);
    assert_true(H5Lcreate_external(data_path(*state, "other.h5"), "/images", file, "linked", H5P_DEFAULT,
                                   H5P_DEFAULT) >= 0);
    H5Fclose(file);
    data_import_run(&result, *state, "x.h5", "hdf5:images=outside", false);
    expect_error(EH_ERR_INPUT, "cannot be read");
    data_import_run(&result, *state, "x.h5", "hdf5:images=linked", false);
    expect_error(EH_ERR_INPUT, "no data set 'linked'");
}

static void sizes_beyond_the_limit_are_refused(void **state)
{
    hid_t file = create_file(*state, "x.h5"), how = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t size[] = { 2000000, 1000, 1000 }, chunk[] = { 1, 1000, 1000 };
    hid_t space = H5Screate_simple(3, size, NULL);
    H5Pset_chunk(how, 3, chunk);
    H5Dclose(H5Dcreate2(file, "images", H5T_NATIVE_UINT8, space, H5P_DEFAULT, how,
                        H5P_DEFAULT)); /* two terabytes of nothing */
    H5Sclose(space);
    H5Pclose(how);
    H5Fclose(file);
    data_import_run(&result, *state, "x.h5", NULL, false);
    expect_error(EH_ERR_LIMIT, "--max-unpacked");
}

static void faces_64_is_read_as_it_is(void **state)
{
    const char *real = data_real("faces-64.h5");
    if (!real)
        skip();
    eh_import_report report;
    eh_error err = { 0 };
    if (eh_catalog_import(data_path(*state, "data.eh"), real, NULL, &report, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(report.images, 600);
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    uint64_t faces = 0, red = 0, blue = 0;
    for (size_t i = 0; i < f->rows; i++) {
        if (f->column[0].cls[i] != 1)
            continue;
        eh_image image;
        assert_int_equal(eh_catalog_read_image(c, f->image[i], NULL, &image, NULL), EH_OK);
        for (size_t p = 0; p < 64 * 64; p++) {
            red += image.data[3 * p];
            blue += image.data[3 * p + 2];
        }
        eh_image_clear(&image);
        faces++;
    }
    assert_int_equal(faces, 300);
    assert_true(red > blue + blue / 8); /* skin is redder than blue */
    eh_frame_free(f);
    eh_catalog_close(c);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, make_folder, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(the_lab_s_layout_is_read_with_its_colours_in_order),
        ROW(chunked_and_compressed_sets_and_archives_give_the_same),
        ROW(named_sets_in_groups_and_several_labels_are_read),
        ROW(wrong_types_and_shapes_are_sentences),
        ROW(a_cut_file_is_refused_wherever_it_is_cut),
        ROW(spoilt_files_end_at_worst_the_child),
        ROW(a_file_cannot_lead_to_other_files),
        ROW(sizes_beyond_the_limit_are_refused),
        ROW(faces_64_is_read_as_it_is),
    };
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
