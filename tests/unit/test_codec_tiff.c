/* test_codec_tiff.c - TIFF: layouts and compressions, 16 bits, orientation, cut and spoilt files, limits. */
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
    codec_expect_goldens("tiff", 9);
}

static void a_file_cut_anywhere_is_refused_with_a_reason(void **state)
{
    (void)state;
    codec_expect_cut("grey.tif", 0);
    codec_expect_cut("rgba_deflate.tif", 0);
    codec_expect_cut("palette_lzw.tif", 0);
    codec_expect_cut("grey_packbits.tif", 4); /* the place of a second page, which is not read */
}

static void limits_are_looked_at_before_memory_is_asked_for(void **state)
{
    uint8_t *bytes;
    size_t size;
    (void)state;
    codec_expect_limits("rgb.tif");
    codec_file(&bytes, &size, "rgb.tif");
    /* Width and height are the first two entries of the directory, 12 bytes each, the value in the last 4. */
    size_t directory = (size_t)bytes[4] | (size_t)bytes[5] << 8;
    memcpy(bytes + directory + 2 + 8, (uint8_t[]){ 0x60, 0xea, 0, 0 }, 4);
    memcpy(bytes + directory + 14 + 8, (uint8_t[]){ 0x60, 0xea, 0, 0 }, 4);
    codec_expect_refused(bytes, size, EH_ERR_LIMIT, "pixels", 0);
    eh_free(bytes);
}

static void spoilt_files_are_survived(void **state)
{
    (void)state;
    codec_expect_survives("grey.tif", 1);
    codec_expect_survives("rgba_deflate.tif", 1);
    codec_expect_survives("palette_lzw.tif", 3);
    codec_expect_survives("bits_group4.tif", 1);
    codec_expect_survives("numbers_16.tif", 1);
    codec_expect_survives("turned.tif", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pixels_are_those_that_pillow_reads),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_with_a_reason),
        cmocka_unit_test(limits_are_looked_at_before_memory_is_asked_for),
        cmocka_unit_test(spoilt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
