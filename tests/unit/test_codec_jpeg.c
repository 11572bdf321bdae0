/* test_codec_jpeg.c - JPEG: round trips, damaged files, scaled decoding, scans, CMYK, EXIF orientation. */
#include "evenhand/image.h"

#include "base/file.h"
#include "support/real_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>

/* A smooth picture, which JPEG keeps nearly as it is. */
static eh_image picture(int width, int height, int channels)
{
    eh_image image;
    assert_int_equal(eh_image_alloc(&image, width, height, channels, NULL), EH_OK);
    uint8_t *to = image.data;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                *to++ = (uint8_t)(c == 3 ? 255 : 40 + x * 150 / width + y * 50 / height + c * 7);
    return image;
}

static double mean_difference(const eh_image *a, const eh_image *b)
{
    double sum = 0;
    size_t samples = (size_t)a->width * (size_t)a->height * (size_t)a->channels;
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->channels, b->channels);
    for (size_t i = 0; i < samples; i++)
        sum += abs(a->data[i] - b->data[i]);
    return sum / (double)samples;
}

/* Encodes with libjpeg directly, for what eh_image_encode_jpeg does not make. The buffer is malloc's. */
static unsigned char *encode_raw(unsigned long *size, const uint8_t *samples, int width, int height,
                                 int channels, J_COLOR_SPACE space, const jpeg_scan_info *scans,
                                 int scan_count)
{
    struct jpeg_compress_struct writer;
    struct jpeg_error_mgr manager;
    unsigned char *bytes = NULL;
    *size = 0;
    writer.err = jpeg_std_error(&manager);
    jpeg_create_compress(&writer);
    jpeg_mem_dest(&writer, &bytes, size);
    writer.image_width = (JDIMENSION)width;
    writer.image_height = (JDIMENSION)height;
    writer.input_components = channels;
    writer.in_color_space = space;
    jpeg_set_defaults(&writer);
    jpeg_set_quality(&writer, 95, TRUE);
    writer.scan_info = scans;
    writer.num_scans = scan_count;
    jpeg_start_compress(&writer, TRUE);
    for (int y = 0; y < height; y++) {
        JSAMPROW line = (JSAMPROW)(uintptr_t)(samples + (size_t)y * (size_t)width * (size_t)channels);
        jpeg_write_scanlines(&writer, &line, 1);
    }
    jpeg_finish_compress(&writer);
    jpeg_destroy_compress(&writer);
    return bytes;
}

static void grey_rgb_and_rgba_come_back_nearly_as_they_were(void **state)
{
    (void)state;
    const int all[] = { 1, 3, 4 };
    for (size_t k = 0; k < 3; k++) {
        eh_image in = picture(50, 37, all[k]), out;
        uint8_t *bytes;
        size_t size;
        eh_image_info info;
        eh_decode_opts opts = { .channels = all[k] };
        assert_int_equal(eh_image_encode_jpeg(&bytes, &size, &in, 95, NULL), EH_OK);
        assert_int_equal(eh_image_probe(&info, bytes, size, NULL), EH_OK);
        assert_string_equal(info.format, "jpeg");
        assert_int_equal(info.width, 50);
        assert_int_equal(info.height, 37);
        assert_int_equal(info.channels, all[k] == 1 ? 1 : 3);
        assert_int_equal(eh_image_decode(&out, bytes, size, &opts, NULL), EH_OK);
        assert_true(mean_difference(&in, &out) < 1.5);
        eh_free(bytes);
        eh_image_clear(&in);
        eh_image_clear(&out);
    }
}

static void a_lower_quality_makes_a_smaller_file(void **state)
{
    (void)state;
    eh_image in = picture(64, 64, 3);
    uint8_t *low, *high;
    size_t low_size, high_size;
    assert_int_equal(eh_image_encode_jpeg(&low, &low_size, &in, 20, NULL), EH_OK);
    assert_int_equal(eh_image_encode_jpeg(&high, &high_size, &in, 100, NULL), EH_OK);
    assert_true(low_size < high_size);
    eh_free(low);
    eh_free(high);
    assert_int_equal(eh_image_encode_jpeg(&low, &low_size, &in, 0, NULL), EH_ERR_USAGE);
    assert_null(low);
    eh_image_clear(&in);
}

static void a_file_cut_anywhere_is_refused_with_a_reason(void **state)
{
    (void)state;
    eh_image in = picture(40, 40, 3), out;
    uint8_t *bytes;
    size_t size, truncated = 0;
    assert_int_equal(eh_image_encode_jpeg(&bytes, &size, &in, 92, NULL), EH_OK);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *part = eh_alloc_raw(cut, 1); /* of exactly this size, so that reading beyond is seen */
        eh_error err = { 0 };
        assert_non_null(part);
        memcpy(part, bytes, cut);
        assert_int_equal(eh_image_decode(&out, part, cut, NULL, &err), EH_ERR_INPUT);
        assert_null(out.data);
        assert_true(strlen(err.message) > 12);
        truncated += strstr(err.message, "truncated JPEG") != NULL;
        eh_free(part);
    }
    assert_true(truncated > size / 2);
    eh_free(bytes);
    eh_image_clear(&in);
}

static void a_progressive_file_cut_between_its_scans_is_refused(void **state)
{
    (void)state;
    eh_image in = picture(40, 40, 1), out;
    static const jpeg_scan_info scans[] = { { 1, { 0 }, 0, 0, 0, 0 },
                                            { 1, { 0 }, 1, 5, 0, 0 },
                                            { 1, { 0 }, 6, 63, 0, 0 } };
    unsigned long size;
    unsigned char *bytes = encode_raw(&size, in.data, 40, 40, 1, JCS_GRAYSCALE, scans, 3);
    assert_int_equal(eh_image_decode(&out, bytes, size, NULL, NULL), EH_OK);
    eh_image_clear(&out);
    for (unsigned long cut = 20; cut < size; cut++) {
        assert_int_equal(eh_image_decode(&out, bytes, cut, NULL, NULL), EH_ERR_INPUT);
        assert_null(out.data);
    }
    free(bytes);
    eh_image_clear(&in);
}

static void wrong_bytes_never_crash(void **state)
{
    (void)state;
    eh_image in = picture(40, 40, 3), out;
    uint8_t *bytes;
    size_t size, refused = 0;
    assert_int_equal(eh_image_encode_jpeg(&bytes, &size, &in, 92, NULL), EH_OK);
    for (size_t at = 0; at < size; at++) {
        eh_error err = { 0 };
        uint8_t was = bytes[at];
        bytes[at] ^= 0x55;
        if (eh_image_decode(&out, bytes, size, NULL, &err) != EH_OK) {
            assert_true(strlen(err.message) > 12);
            assert_null(out.data);
            refused++;
        }
        eh_image_clear(&out);
        bytes[at] = was;
    }
    assert_true(refused > 50);
    eh_free(bytes);
    eh_image_clear(&in);
}

static void empty_files_and_garbage_are_no_pictures(void **state)
{
    (void)state;
    eh_image out;
    eh_image_info info;
    eh_error err = { 0 };
    assert_int_equal(eh_image_decode(&out, "", 0, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "empty"));
    assert_int_equal(eh_image_decode(&out, "<!DOCTYPE html>", 15, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "not a picture"));
    assert_int_equal(eh_image_probe(&info, "GIF89a", 6, &err), EH_ERR_INPUT);
}

static void scaled_decoding_keeps_the_shorter_side_long_enough(void **state)
{
    (void)state;
    eh_image in = picture(400, 300, 3), out, small;
    uint8_t *bytes;
    size_t size;
    const int wanted[] = { 300, 151, 150, 76, 75, 38, 37, 1 },
              width[] = { 400, 400, 200, 200, 100, 50, 50, 50 };
    assert_int_equal(eh_image_encode_jpeg(&bytes, &size, &in, 92, NULL), EH_OK);
    for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++) {
        eh_decode_opts opts = { .min_side = wanted[k] };
        assert_int_equal(eh_image_decode(&out, bytes, size, &opts, NULL), EH_OK);
        assert_int_equal(out.width, width[k]);
        assert_true(out.height >= wanted[k]);
        assert_int_equal(eh_image_resize(&small, &in, out.width, out.height, EH_RESIZE_AREA, NULL), EH_OK);
        assert_true(mean_difference(&small, &out) < 2);
        eh_image_clear(&small);
        eh_image_clear(&out);
    }
    eh_free(bytes);
    eh_image_clear(&in);
}

static void too_many_scans_are_refused(void **state)
{
    (void)state;
    enum { SCANS = 63 };
    eh_image in = picture(32, 32, 1), out;
    jpeg_scan_info scans[SCANS + 1] = { { .comps_in_scan = 1 } };
    for (int k = 1; k <= SCANS; k++)
        scans[k] = (jpeg_scan_info){ .comps_in_scan = 1, .Ss = k, .Se = k };
    unsigned long size;
    unsigned char *bytes = encode_raw(&size, in.data, 32, 32, 1, JCS_GRAYSCALE, scans, SCANS + 1);
    eh_decode_opts few = { .limits = { .max_scans = 40 } }, many = { .limits = { .max_scans = 64 } };
    eh_error err = { 0 };
    assert_int_equal(eh_image_decode(&out, bytes, size, &few, &err), EH_ERR_LIMIT);
    assert_non_null(strstr(err.message, "40 scans"));
    assert_null(out.data);
    assert_int_equal(eh_image_decode(&out, bytes, size, &many, NULL), EH_OK);
    eh_image_clear(&out);
    free(bytes);
    eh_image_clear(&in);
}

static void a_picture_beyond_the_limits_is_refused_before_anything_is_allocated(void **state)
{
    (void)state;
    eh_image in = picture(300, 20, 3), out;
    uint8_t *bytes;
    size_t size;
    eh_decode_opts opts = { .limits = { .max_side = 299 } };
    assert_int_equal(eh_image_encode_jpeg(&bytes, &size, &in, 92, NULL), EH_OK);
    uint64_t count = eh_alloc_count();
    assert_int_equal(eh_image_decode(&out, bytes, size, &opts, NULL), EH_ERR_LIMIT);
    assert_int_equal(eh_alloc_count(), count);
    eh_free(bytes);
    eh_image_clear(&in);
}

static void cmyk_and_ycck_become_rgb(void **state)
{
    (void)state;
    enum { SIDE = 16 };
    uint8_t cmyk[SIDE * SIDE * 4];
    for (size_t i = 0; i < sizeof cmyk; i += 4) /* as Adobe's files hold it: inverted; no black, half cyan */
        memcpy(cmyk + i, (uint8_t[]){ 128, 255, 255, 255 }, 4);
    const uint8_t expected[] = { 128, 255, 255 };
    eh_image out;
    unsigned long size;
    unsigned char *bytes = encode_raw(&size, cmyk, SIDE, SIDE, 4, JCS_CMYK, NULL, 0);
    assert_int_equal(eh_image_decode(&out, bytes, size, NULL, NULL), EH_OK);
    assert_int_equal(out.channels, 3);
    for (size_t i = 0; i < SIDE * SIDE * 3; i++)
        assert_in_range(abs(out.data[i] - expected[i % 3]), 0, 3);
    eh_image_clear(&out);
    eh_decode_opts grey = { .channels = 1 };
    assert_int_equal(eh_image_decode(&out, bytes, size, &grey, NULL), EH_OK);
    assert_int_equal(out.channels, 1);
    eh_image_clear(&out);
    free(bytes);
}

static void all_eight_orientations_show_the_same_picture(void **state)
{
    (void)state;
    char path[1024], name[64];
    if (!real_data_path(path, sizeof path, "exif-orientation"))
        skip();
    for (int set = 0; set < 2; set++) {
        eh_image first = { 0 };
        for (int n = 0; n < 8; n++) {
            int orientation = (n + 1) % 8 + 1; /* 2 to 8, then 1 */
            uint8_t *bytes;
            size_t size;
            eh_image full, out;
            eh_image_info info;
            snprintf(name, sizeof name, "exif-orientation/%s_%d.jpg", set ? "portrait" : "landscape",
                     orientation);
            assert_true(real_data_path(path, sizeof path, name));
            assert_int_equal(eh_file_read(&bytes, &size, path, 0, NULL), EH_OK);
            assert_int_equal(eh_image_probe(&info, bytes, size, NULL), EH_OK);
            assert_int_equal(info.orientation, orientation);
            assert_int_equal(eh_image_decode(&full, bytes, size, NULL, NULL), EH_OK);
            assert_int_equal(full.width, info.width);
            assert_int_equal(full.height, info.height);
            assert_int_equal(eh_image_resize(&out, &full, set ? 12 : 16, set ? 16 : 12, EH_RESIZE_AREA, NULL),
                             EH_OK);
            if (n == 0) {
                first = out;
            } else { /* each bears its own number; the first of each set has another contrast */
                double as_is = mean_difference(&first, &out);
                assert_true(as_is < (orientation == 1 ? 20 : 6));
                eh_image_flip(&out);
                assert_true(as_is < mean_difference(&first, &out) / 1.8);
                eh_image_clear(&out);
            }
            eh_image_clear(&full);
            eh_free(bytes);
        }
        eh_image_clear(&first);
    }
}

static int fail_number(void *user, uint64_t count, size_t bytes)
{
    (void)bytes;
    return count == *(const uint64_t *)user;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    eh_image in = picture(17, 12, 3), out;
    uint8_t *bytes;
    size_t size;
    uint64_t live = eh_alloc_live_bytes(), n = 0;
    for (;; n++) { /* four channels pass through a conversion */
        eh_decode_opts opts = { .channels = 4 };
        bytes = NULL;
        eh_alloc_set_hook(fail_number, &n);
        eh_status status = eh_image_encode_jpeg(&bytes, &size, &in, 80, NULL);
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
        cmocka_unit_test(grey_rgb_and_rgba_come_back_nearly_as_they_were),
        cmocka_unit_test(a_lower_quality_makes_a_smaller_file),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_with_a_reason),
        cmocka_unit_test(a_progressive_file_cut_between_its_scans_is_refused),
        cmocka_unit_test(wrong_bytes_never_crash),
        cmocka_unit_test(empty_files_and_garbage_are_no_pictures),
        cmocka_unit_test(scaled_decoding_keeps_the_shorter_side_long_enough),
        cmocka_unit_test(too_many_scans_are_refused),
        cmocka_unit_test(a_picture_beyond_the_limits_is_refused_before_anything_is_allocated),
        cmocka_unit_test(cmyk_and_ycck_become_rgb),
        cmocka_unit_test(all_eight_orientations_show_the_same_picture),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
