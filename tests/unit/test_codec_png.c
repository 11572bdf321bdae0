/* test_codec_png.c - PNG: every colour type and depth, damaged files, limits, round trips. */
#include "evenhand/image.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"
#include "support/codec_cases.h"
#include "support/real_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static eh_image picture(int width, int height, int channels)
{
    eh_image image;
    assert_int_equal(eh_image_alloc(&image, width, height, channels, NULL), EH_OK);
    for (int i = 0; i < width * height * channels; i++)
        image.data[i] = (uint8_t)(i * i % 251 + i % 5);
    return image;
}

/* A PNG of these pixels with `extra` bytes (whole chunks) put behind the header chunk. */
static uint8_t *png_with(const uint8_t *extra, size_t extra_size, size_t *size)
{
    eh_image image = picture(6, 4, 3);
    uint8_t *bytes, *longer;
    enum { BEHIND_HEADER = 8 + 25 };
    assert_int_equal(eh_image_encode_png(&bytes, size, &image, NULL), EH_OK);
    longer = eh_alloc(*size + extra_size, 1);
    assert_non_null(longer);
    memcpy(longer, bytes, BEHIND_HEADER);
    memcpy(longer + BEHIND_HEADER, extra, extra_size);
    memcpy(longer + BEHIND_HEADER + extra_size, bytes + BEHIND_HEADER, *size - BEHIND_HEADER);
    *size += extra_size;
    eh_free(bytes);
    eh_image_clear(&image);
    return longer;
}

static void grey_rgb_and_rgba_come_back_as_they_were(void **state)
{
    (void)state;
    const int all[] = { 1, 3, 4 };
    for (size_t k = 0; k < 3; k++) {
        eh_image in = picture(33, 17, all[k]), out;
        uint8_t *bytes;
        size_t size;
        eh_decode_opts opts = { .channels = all[k] };
        eh_image_info info;
        assert_int_equal(eh_image_encode_png(&bytes, &size, &in, NULL), EH_OK);
        assert_int_equal(eh_image_probe(&info, bytes, size, NULL), EH_OK);
        assert_string_equal(info.format, "png");
        assert_int_equal(info.width, 33);
        assert_int_equal(info.height, 17);
        assert_int_equal(info.channels, all[k]);
        assert_int_equal(info.orientation, 1);
        assert_int_equal(eh_image_decode(&out, bytes, size, &opts, NULL), EH_OK);
        assert_int_equal(out.channels, all[k]);
        assert_memory_equal(out.data, in.data, (size_t)33 * 17 * (size_t)all[k]);
        eh_free(bytes);
        eh_image_clear(&in);
        eh_image_clear(&out);
    }
}

static void a_file_cut_anywhere_is_refused_with_a_reason(void **state)
{
    (void)state;
    eh_image in = picture(20, 20, 3), out;
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_image_encode_png(&bytes, &size, &in, NULL), EH_OK);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *part = eh_alloc_raw(cut, 1); /* of exactly this size, so that reading beyond is seen */
        eh_error err = { 0 };
        assert_non_null(part);
        memcpy(part, bytes, cut);
        assert_int_equal(eh_image_decode(&out, part, cut, NULL, &err), EH_ERR_INPUT);
        assert_null(out.data);
        assert_non_null(strstr(err.message, cut < 8 ? "not a picture" : "truncated PNG"));
        eh_free(part);
    }
    eh_free(bytes);
    eh_image_clear(&in);
}

static void a_wrong_byte_in_the_pixels_is_refused_with_a_reason(void **state)
{
    (void)state;
    eh_image in = picture(20, 20, 3), out;
    uint8_t *bytes;
    size_t size;
    eh_error err = { 0 };
    assert_int_equal(eh_image_encode_png(&bytes, &size, &in, NULL), EH_OK);
    bytes[size / 2] ^= 0x10;
    assert_int_equal(eh_image_decode(&out, bytes, size, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "damaged PNG"));
    eh_free(bytes);
    eh_image_clear(&in);
}

static void a_header_of_60000_by_60000_is_refused_before_anything_is_allocated(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 0x89, 'P',  'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0,    0,
                                     13,   'I',  'H', 'D', 'R',  0,    0,    0xea, 0x60, 0,    0,
                                     0xea, 0x60, 8,   2,   0,    0,    0,    0xb1, 0x67, 0xd7, 0xa3 };
    uint8_t header[sizeof bytes];
    eh_image out;
    eh_error err = { 0 };
    memcpy(header, bytes, sizeof bytes);
    uint32_t crc = 0xffffffffu; /* of the chunk's type and body */
    for (size_t i = 12; i < 29; i++) {
        crc ^= header[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    for (int i = 0; i < 4; i++)
        header[29 + i] = (uint8_t)(~crc >> (24 - 8 * i));
    uint64_t count = eh_alloc_count();
    assert_int_equal(eh_image_decode(&out, header, sizeof header, NULL, &err), EH_ERR_LIMIT);
    assert_int_equal(eh_alloc_count(), count);
    assert_non_null(strstr(err.message, "60000 x 60000"));
    assert_null(out.data);
}

static void sides_and_pixels_have_their_own_limits(void **state)
{
    (void)state;
    eh_image in = picture(30, 20, 3), out;
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_image_encode_png(&bytes, &size, &in, NULL), EH_OK);
    eh_decode_opts side = { .limits = { .max_side = 29 } }, pixels = { .limits = { .max_pixels = 599 } },
                   enough = { .limits = { 600, 30, 0 } };
    assert_int_equal(eh_image_decode(&out, bytes, size, &side, NULL), EH_ERR_LIMIT);
    assert_int_equal(eh_image_decode(&out, bytes, size, &pixels, NULL), EH_ERR_LIMIT);
    assert_int_equal(eh_image_decode(&out, bytes, size, &enough, NULL), EH_OK);
    eh_image_clear(&out);
    eh_image_clear(&in);
    eh_free(bytes);
}

static void transparency_is_composited_on_white(void **state)
{
    (void)state;
    eh_image in, out;
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_image_alloc(&in, 3, 1, 4, NULL), EH_OK);
    memcpy(in.data, (uint8_t[]){ 10, 20, 30, 0, 10, 20, 30, 255, 0, 100, 255, 51 }, 12);
    assert_int_equal(eh_image_encode_png(&bytes, &size, &in, NULL), EH_OK);
    assert_int_equal(eh_image_decode(&out, bytes, size, NULL, NULL), EH_OK);
    const uint8_t expected[] = { 255, 255, 255, 10, 20, 30, 204, 224, 255 };
    assert_memory_equal(out.data, expected, 9);
    eh_image_clear(&out);
    eh_image_clear(&in);
    eh_free(bytes);
}

static void an_exif_chunk_turns_the_picture(void **state)
{
    (void)state;
    static const uint8_t chunk[] = { 0, 0, 0, 26, 'e', 'X',  'I',  'f', 'M',  'M',  0,    42,  0,
                                     0, 0, 8, 0,  1,   0x01, 0x12, 0,   3,    0,    0,    0,   1,
                                     0, 6, 0, 0,  0,   0,    0,    0,   0xde, 0xad, 0xbe, 0xef };
    size_t size;
    uint8_t *bytes = png_with(chunk, sizeof chunk, &size);
    eh_image_info info;
    eh_image upright, stored;
    eh_decode_opts as_stored = { .ignore_orientation = 1 };
    assert_int_equal(eh_image_probe(&info, bytes, size, NULL), EH_OK);
    assert_int_equal(info.orientation, 6);
    assert_int_equal(info.width, 4);
    assert_int_equal(info.height, 6);
    assert_int_equal(eh_image_decode(&upright, bytes, size, NULL, NULL), EH_OK);
    assert_int_equal(eh_image_decode(&stored, bytes, size, &as_stored, NULL), EH_OK);
    assert_int_equal(upright.width, 4);
    assert_int_equal(stored.width, 6);
    assert_memory_equal(upright.data + 3 * 3, stored.data,
                        3); /* the stored top left corner is now top right */
    eh_image_clear(&upright);
    eh_image_clear(&stored);
    eh_free(bytes);
}

static void masks_are_read_as_the_numbers_that_they_hold(void **state)
{
    (void)state;
    codec_expect_goldens("png", 11);
    codec_expect_cut("palette_2.png", 0);
    codec_expect_cut("grey_16.png", 0);
    codec_expect_survives("palette_4.png", 1);
    codec_expect_survives("grey_2.png", 1);
}

static void colours_and_large_numbers_are_no_mask(void **state)
{
    (void)state;
    const int all[] = { 3, 4 };
    eh_decode_opts numbers = { .indices = 1 };
    eh_image out;
    eh_error err = { 0 };
    uint8_t *bytes;
    size_t size;
    for (size_t k = 0; k < 2; k++) {
        eh_image in = picture(5, 4, all[k]);
        assert_int_equal(eh_image_encode_png(&bytes, &size, &in, NULL), EH_OK);
        assert_int_equal(eh_image_decode(&out, bytes, size, &numbers, &err), EH_ERR_INPUT);
        assert_non_null(strstr(err.message, "holds colours, where one number"));
        eh_free(bytes);
        eh_image_clear(&in);
    }
    codec_file(&bytes, &size, "deep_16.png");
    assert_int_equal(eh_image_decode(&out, bytes, size, &numbers, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "16-bit numbers beyond 255"));
    numbers.channels = 3;
    assert_int_equal(eh_image_decode(&out, bytes, size, &numbers, &err), EH_ERR_USAGE);
    eh_free(bytes);
}

/* Decodes every PNG below `name` and returns how many were refused; every refusal has a reason. */
static size_t refused_below(const char *name, size_t *count)
{
    char folder[1024], path[2048];
    eh_arena *arena = eh_arena_new();
    const char **files;
    size_t refused = 0;
    assert_true(real_data_path(folder, sizeof folder, name));
    assert_int_equal(eh_list_files(arena, &files, count, folder, NULL), EH_OK);
    size_t pictures = 0;
    for (size_t i = 0; i < *count; i++) {
        uint8_t *bytes;
        size_t size;
        eh_image out;
        eh_error err = { 0 };
        if (!eh_ends_with(files[i], ".png"))
            continue;
        pictures++;
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        assert_int_equal(eh_file_read(&bytes, &size, path, 0, NULL), EH_OK);
        eh_status status = eh_image_decode(&out, bytes, size, NULL, &err);
        if (status != EH_OK) {
            assert_true(status == EH_ERR_INPUT || status == EH_ERR_LIMIT);
            assert_true(strlen(err.message) > 12);
            refused++;
        }
        eh_image_clear(&out);
        eh_free(bytes);
    }
    eh_arena_free(arena);
    *count = pictures;
    return refused;
}

static void every_valid_picture_of_png_suite_has_pillows_pixels(void **state)
{
    (void)state;
    char folder[1024], path[2048];
    if (!real_data_path(folder, sizeof folder, "png-suite"))
        skip();
    real_data_path(folder, sizeof folder, ".");
    eh_arena *arena = eh_arena_new();
    eh_csv csv;
    assert_int_equal(eh_csv_read(&csv, arena, "tests/golden/png_pixels.csv", NULL), EH_OK);
    assert_true(csv.rows > 100);
    for (size_t row = 0; row < csv.rows; row++) {
        const char *const *cell = csv.cell + row * csv.columns;
        uint8_t *bytes, hash[32];
        size_t size;
        char hex[65];
        eh_image out;
        eh_decode_opts opts = { .channels = 4 };
        snprintf(path, sizeof path, "%s/%s", folder, cell[0]);
        assert_int_equal(eh_file_read(&bytes, &size, path, 0, NULL), EH_OK);
        assert_int_equal(eh_image_decode(&out, bytes, size, &opts, NULL), EH_OK);
        eh_sha256(hash, out.data, (size_t)out.width * (size_t)out.height * 4);
        eh_hex(hex, hash, 32);
        if (strcmp(hex, cell[3]) != 0)
            fail_msg("%s differs from Pillow's pixels", cell[0]);
        eh_image_clear(&out);
        eh_free(bytes);
    }
    eh_arena_free(arena);
}

static void png_suite_decodes_and_its_broken_files_give_reasons(void **state)
{
    (void)state;
    char folder[1024];
    size_t count;
    if (!real_data_path(folder, sizeof folder, "png-suite"))
        skip();
    assert_int_equal(refused_below("png-suite/pngsuite", &count), 0);
    assert_int_equal(count, 60);
    assert_int_equal(refused_below("png-suite/testpngs/badpal", &count), 0);
    refused_below("png-suite/testpngs/crashers", &count);
    assert_int_equal(count, 23);
}

static int fail_number(void *user, uint64_t count, size_t bytes)
{
    (void)bytes;
    return count == *(const uint64_t *)user;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    eh_image in = picture(17, 12, 4), out;
    uint8_t *bytes;
    size_t size;
    uint64_t live = eh_alloc_live_bytes(), n = 0;
    for (;; n++) { /* decoding to grey passes through a conversion */
        eh_decode_opts opts = { .channels = 1 };
        bytes = NULL;
        eh_alloc_set_hook(fail_number, &n);
        eh_status status = eh_image_encode_png(&bytes, &size, &in, NULL);
        if (status == EH_OK)
            status = eh_image_decode(&out, bytes, size, &opts, NULL);
        eh_alloc_set_hook(NULL, NULL);
        eh_free(bytes);
        if (status == EH_OK)
            break;
        assert_int_equal(status, EH_ERR_MEMORY);
        assert_int_equal(eh_alloc_live_bytes(), live);
    }
    assert_true(n >= 3);
    eh_image_clear(&in);
    eh_image_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grey_rgb_and_rgba_come_back_as_they_were),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_with_a_reason),
        cmocka_unit_test(a_wrong_byte_in_the_pixels_is_refused_with_a_reason),
        cmocka_unit_test(a_header_of_60000_by_60000_is_refused_before_anything_is_allocated),
        cmocka_unit_test(sides_and_pixels_have_their_own_limits),
        cmocka_unit_test(transparency_is_composited_on_white),
        cmocka_unit_test(masks_are_read_as_the_numbers_that_they_hold),
        cmocka_unit_test(colours_and_large_numbers_are_no_mask),
        cmocka_unit_test(an_exif_chunk_turns_the_picture),
        cmocka_unit_test(every_valid_picture_of_png_suite_has_pillows_pixels),
        cmocka_unit_test(png_suite_decodes_and_its_broken_files_give_reasons),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
