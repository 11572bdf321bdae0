/* test_codec_webp.c - WebP: pixels as libwebp's other users see them, cut and spoilt files, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/codec_cases.h"

#include "evenhand/memory.h"

#include <string.h>

static void the_pixels_are_those_that_pillow_reads(void **state)
{
    (void)state;
    codec_expect_goldens("webp", 6);
}

static void a_file_cut_anywhere_is_refused_with_a_reason(void **state)
{
    (void)state;
    codec_expect_cut("lossless_rgb.webp", 0);
    codec_expect_cut("lossy_rgb.webp", 0);
    codec_expect_cut("lossy_rgba.webp", 0);
}

static void limits_are_looked_at_before_memory_is_asked_for(void **state)
{
    uint8_t *bytes;
    size_t size;
    (void)state;
    codec_expect_limits("lossy_rgb.webp");
    codec_expect_limits("animated.webp");
    codec_file(&bytes, &size, "animated.webp"); /* its canvas is 24-bit numbers, minus one */
    memcpy(bytes + 24, (uint8_t[]){ 0xff, 0xef, 0, 0xff, 0xef, 0 }, 6);
    codec_expect_refused(bytes, size, EH_ERR_LIMIT, "61440 x 61440", 4096);
    eh_free(bytes);
}

static void spoilt_files_are_survived(void **state)
{
    (void)state;
    codec_expect_survives("lossless_rgba.webp", 1);
    codec_expect_survives("lossy_rgba.webp", 1);
    codec_expect_survives("animated.webp", 2);
    codec_expect_survives("turned.webp", 1);
}

static void a_lossy_format_is_no_place_for_masks(void **state)
{
    uint8_t *bytes;
    size_t size;
    eh_image image;
    eh_error err = { 0 };
    (void)state;
    codec_file(&bytes, &size, "lossless_rgb.webp");
    assert_int_equal(eh_image_decode(&image, bytes, size, &(eh_decode_opts){ .indices = 1 }, &err),
                     EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "save masks as PNG"));
    eh_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pixels_are_those_that_pillow_reads),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_with_a_reason),
        cmocka_unit_test(limits_are_looked_at_before_memory_is_asked_for),
        cmocka_unit_test(spoilt_files_are_survived),
        cmocka_unit_test(a_lossy_format_is_no_place_for_masks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
