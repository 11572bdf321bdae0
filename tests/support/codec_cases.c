/* codec_cases.c - see codec_cases.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/codec_cases.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "tests/golden/codec/"

void codec_file(uint8_t **bytes, size_t *size, const char *file)
{
    char path[256];
    uint8_t *read;
    snprintf(path, sizeof path, FOLDER "%s", file);
    assert_int_equal(eh_file_read(&read, size, path, 0, NULL), EH_OK);
    *bytes = eh_alloc_raw(*size, 1); /* eh_file_read leaves a byte behind the end */
    assert_non_null(*bytes);
    memcpy(*bytes, read, *size);
    eh_free(read);
}

static void expect_hash(const eh_image *image, const char *expected, const char *file, const char *what)
{
    uint8_t hash[32];
    char hex[65];
    eh_sha256(hash, image->data, (size_t)image->width * (size_t)image->height * (size_t)image->channels);
    eh_hex(hex, hash, sizeof hash);
    if (strcmp(hex, expected) != 0)
        fail_msg("%s: other %s than Pillow", file, what);
}

static void expect_golden(const char *file, const char *const *cell, const uint8_t *bytes, size_t size,
                          const eh_image_info *info)
{
    eh_image image;
    eh_error err = { 0 };
    eh_decode_opts rgba = { .channels = 4 }, numbers = { .indices = 1 };
    if (eh_image_decode(&image, bytes, size, &rgba, &err) != EH_OK)
        fail_msg("%s: %s", file, err.message);
    assert_int_equal(image.width, strtol(cell[1], NULL, 10));
    assert_int_equal(image.height, strtol(cell[2], NULL, 10));
    assert_int_equal(info->width, image.width);
    assert_int_equal(info->height, image.height);
    expect_hash(&image, cell[3], file, "pixels");
    eh_image_clear(&image);
    if (cell[4][0]) {
        if (eh_image_decode(&image, bytes, size, &numbers, &err) != EH_OK)
            fail_msg("%s: %s", file, err.message);
        assert_int_equal(image.channels, 1);
        expect_hash(&image, cell[4], file, "numbers per pixel");
        eh_image_clear(&image);
    } else if (eh_image_decode(&image, bytes, size, &numbers, &err) == EH_OK) {
        eh_image_clear(&image); /* grey files whose numbers the table does not hold */
        assert_int_equal(info->channels == 1 || strcmp(info->format, "gif") == 0, 1);
    } else {
        assert_non_null(strstr(err.message, "number"));
    }
}

void codec_expect_goldens(const char *format, int least)
{
    eh_arena *arena = eh_arena_new();
    eh_csv csv;
    int found = 0;
    assert_int_equal(eh_csv_read(&csv, arena, FOLDER "pixels.csv", NULL), EH_OK);
    for (size_t row = 0; row < csv.rows; row++) {
        const char *const *cell = csv.cell + row * csv.columns;
        uint8_t *bytes;
        size_t size;
        eh_image_info info;
        eh_error err = { 0 };
        codec_file(&bytes, &size, cell[0]);
        if (eh_image_probe(&info, bytes, size, &err) != EH_OK)
            fail_msg("%s: %s", cell[0], err.message);
        if (strcmp(info.format, format) == 0) {
            expect_golden(cell[0], cell, bytes, size, &info);
            found++;
        }
        eh_free(bytes);
    }
    assert_true(found >= least);
    eh_arena_free(arena);
}

void codec_expect_cut(const char *file, size_t spare)
{
    uint8_t *bytes;
    size_t size;
    codec_file(&bytes, &size, file);
    for (size_t cut = 0; cut < size - spare; cut++) {
        uint8_t *part = eh_alloc_raw(cut, 1);
        eh_image image;
        eh_image_info info;
        eh_error err = { 0 };
        uint64_t live = eh_alloc_live_bytes();
        assert_non_null(part);
        memcpy(part, bytes, cut);
        (void)eh_image_probe(&info, part, cut, NULL);
        for (int indices = 0; indices < 2; indices++) {
            eh_decode_opts opts = { .indices = indices };
            eh_status status = eh_image_decode(&image, part, cut, &opts, &err);
            if (status != EH_ERR_INPUT)
                fail_msg("%s cut to %zu of %zu bytes gives status %d: %s", file, cut, size, status,
                         err.message);
            assert_null(image.data);
            assert_true(err.message[0] != 0);
        }
        assert_int_equal(eh_alloc_live_bytes(), live);
        eh_free(part);
    }
    eh_free(bytes);
}

void codec_expect_limits(const char *file)
{
    uint8_t *bytes;
    size_t size;
    eh_image_info info;
    eh_image image;
    codec_file(&bytes, &size, file);
    assert_int_equal(eh_image_probe(&info, bytes, size, NULL), EH_OK);
    int longer = info.width > info.height ? info.width : info.height, pixels = info.width * info.height;
    eh_decode_opts enough = { .limits = { .max_side = longer, .max_pixels = pixels } };
    eh_decode_opts side = { .limits = { .max_side = longer - 1 } },
                   area = { .limits = { .max_pixels = pixels - 1 } };
    assert_int_equal(eh_image_decode(&image, bytes, size, &side, NULL), EH_ERR_LIMIT);
    assert_int_equal(eh_image_decode(&image, bytes, size, &area, NULL), EH_ERR_LIMIT);
    assert_int_equal(eh_image_decode(&image, bytes, size, &enough, NULL), EH_OK);
    eh_image_clear(&image);
    eh_free(bytes);
}

void codec_expect_survives(const char *file, size_t step)
{
    uint8_t *bytes;
    size_t size;
    codec_file(&bytes, &size, file);
    for (size_t at = 0; at < size; at += step)
        for (int bit = 0; bit < 8; bit++) {
            eh_decode_opts opts = { .limits = { .max_pixels = 1 << 16 }, .indices = bit & 1 };
            eh_image image;
            eh_error err = { 0 };
            bytes[at] ^= (uint8_t)(1u << bit);
            if (eh_image_decode(&image, bytes, size, &opts, &err) != EH_OK)
                assert_true(err.message[0] != 0 && !image.data);
            eh_image_clear(&image);
            bytes[at] ^= (uint8_t)(1u << bit);
        }
    eh_free(bytes);
}

static int note_largest(void *user, uint64_t number, size_t bytes)
{
    size_t *largest = user;
    (void)number;
    if (bytes > *largest)
        *largest = bytes;
    return 0;
}

void codec_expect_refused(const void *bytes, size_t size, eh_status status, const char *part, size_t most)
{
    eh_image image;
    eh_error err = { 0 };
    size_t largest = 0;
    eh_alloc_set_hook(note_largest, &largest);
    eh_status got = eh_image_decode(&image, bytes, size, NULL, &err);
    eh_alloc_set_hook(NULL, NULL);
    if (got != status)
        fail_msg("status %d instead of %d: %s", got, status, err.message);
    if (!strstr(err.message, part))
        fail_msg("'%s' is not in: %s", part, err.message);
    assert_null(image.data);
    assert_true(largest <= most);
}
