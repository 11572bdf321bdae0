/* test_format_cifar.c - importing CIFAR's binary batches, in folders and in the archives as distributed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/archive_files.h"
#include "support/data_files.h"

#include "evenhand/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static data_import result;
static uint8_t bytes[16 * 3074];

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

static uint8_t sample(int seed, int i)
{
    return (uint8_t)((seed * 31 + i * 7) % 251);
}

/* `count` records: labels of record k are (first + k) mod 10 (CIFAR-10), or coarse (first + k) mod 20 and fine (first + 3 k) mod 100. */
static size_t make_batch(int labels, int count, int first)
{
    uint8_t *at = bytes;
    for (int k = 0; k < count; k++) {
        if (labels == 2)
            *at++ = (uint8_t)((first + k) % 20);
        *at++ = (uint8_t)(labels == 2 ? (first + 3 * k) % 100 : (first + k) % 10);
        for (int i = 0; i < 3072; i++)
            *at++ = sample(first + k, i);
    }
    return (size_t)(at - bytes);
}

static void write_ten(void *folder, const char *below)
{
    char name[128];
    for (int batch = 1; batch <= 6; batch++) {
        size_t size = make_batch(1, 2, 2 * batch);
        snprintf(name, sizeof name, batch < 6 ? "%sdata_batch_%d.bin" : "%stest_batch.bin", below, batch);
        data_write(folder, name, bytes, size);
    }
    snprintf(name, sizeof name, "%sbatches.meta.txt", below);
    data_write_text(folder, name, "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
    snprintf(name, sizeof name, "%sreadme.html", below);
    data_write_text(folder, name, "<html>");
}

static void expect_ten(void *folder)
{
    if (result.status != EH_OK)
        fail_msg("%s", result.error.message);
    assert_string_equal(result.report.format, "cifar");
    assert_int_equal(result.report.images, 12);
    eh_catalog *c = data_open(folder);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(f->column[0].classes, 10);
    assert_string_equal(f->column[0].class_name[4], "deer");
    assert_int_equal(f->column[0].cls[0], 2);
    assert_int_equal(f->part[0], EH_PART_TRAIN);
    assert_int_equal(f->part[11], EH_PART_TEST);
    eh_image image;
    assert_int_equal(eh_catalog_read_image(c, 4, NULL, &image, NULL), EH_OK); /* the second of data_batch_2 */
    assert_int_equal(image.width, 32);
    assert_int_equal(image.channels, 3);
    for (int ch = 0; ch < 3; ch++)
        for (int p = 0; p < 1024; p += 37)
            assert_int_equal(image.data[3 * p + ch], sample(5, 1024 * ch + p));
    eh_image_clear(&image);
    char name[64];
    assert_int_equal(eh_catalog_image_name(c, 4, name, sizeof name, NULL), EH_OK);
    assert_string_equal(name, "data_batch_2.bin#1");
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void cifar_10_is_read_from_folder_and_archive_alike(void **state)
{
    write_ten(*state, "set/");
    data_import_run(&result, *state, "set", NULL, false);
    expect_ten(*state);
    archive_pack(*state, "cifar-10-binary.tar.gz", "gnutar", "gzip", "set", "cifar-10-batches-bin/");
    data_import_run(&result, *state, "cifar-10-binary.tar.gz", NULL, false);
    expect_ten(*state);
    archive_pack(*state, "cifar.zip", "zip", NULL, "set", "");
    data_import_run(&result, *state, "cifar.zip", NULL, false);
    expect_ten(*state);
}

static void cifar_100_has_fine_and_coarse_classes(void **state)
{
    data_write(*state, "set/train.bin", bytes, make_batch(2, 3, 17));
    data_write(*state, "set/test.bin", bytes, make_batch(2, 1, 97));
    char fine[2000] = "", coarse[400] = "";
    for (int i = 0; i < 100; i++)
        snprintf(fine + strlen(fine), sizeof fine - strlen(fine), "fine%d\n", i);
    for (int i = 0; i < 20; i++)
        snprintf(coarse + strlen(coarse), sizeof coarse - strlen(coarse), "coarse%d\r\n", i);
    data_write_text(*state, "set/fine_label_names.txt", fine);
    data_write_text(*state, "set/coarse_label_names.txt", coarse);
    data_import_run(&result, *state, "set", "cifar:label=thing", false);
    assert_int_equal(result.status, EH_OK);
    eh_catalog *c = data_open(*state);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_string_equal(f->column[0].name, "thing");
    assert_int_equal(f->column[0].classes, 100);
    assert_string_equal(f->column[1].name, "coarse");
    assert_string_equal(f->column[1].class_name[19], "coarse19");
    const int32_t things[] = { 17, 20, 23, 97 }, groups[] = { 17, 18, 19, 17 };
    assert_memory_equal(f->column[0].cls, things, sizeof things);
    assert_memory_equal(f->column[1].cls, groups, sizeof groups);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void one_batch_alone_has_numbers_for_names(void **state)
{
    data_write(*state, "test_batch.bin", bytes, make_batch(1, 2, 3));
    data_import_run(&result, *state, "test_batch.bin", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_non_null(strstr(result.warnings, "called by their numbers"));
    eh_catalog *c = data_open(*state);
    assert_string_equal(eh_catalog_column(c, 0).class_name[9], "9");
    eh_catalog_close(c);
}

static void cut_batches_and_labels_out_of_range_are_told(void **state)
{
    size_t size = make_batch(1, 3, 0);
    data_write(*state, "set/data_batch_1.bin", bytes, size - 1);
    data_import_run(&result, *state, "set", NULL, false);
    expect_error(EH_ERR_INPUT, "no whole number of records");
    data_write(*state, "set/data_batch_1.bin", bytes, 0);
    data_import_run(&result, *state, "set", NULL, false);
    expect_error(EH_ERR_INPUT, "no whole number of records");
    bytes[3073] = 10;
    data_write(*state, "set/data_batch_1.bin", bytes, size);
    data_import_run(&result, *state, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    assert_int_equal(result.report.images, 2);
    assert_int_equal(result.report.skipped, 1);
    data_write(*state, "set/train.bin", bytes, make_batch(2, 1, 0));
    data_import_run(&result, *state, "set", NULL, false);
    expect_error(EH_ERR_INPUT, "of CIFAR-10 and of CIFAR-100");
    data_write_text(*state, "other/x.txt", "");
    data_import_run(&result, *state, "other", "cifar", false);
    expect_error(EH_ERR_INPUT, "holds no batch of CIFAR");
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, make_folder, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(cifar_10_is_read_from_folder_and_archive_alike),
        ROW(cifar_100_has_fine_and_coarse_classes),
        ROW(one_batch_alone_has_numbers_for_names),
        ROW(cut_batches_and_labels_out_of_range_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
