/* test_codec_bmp.c - bitmaps: every depth and coding, cut and spoilt files, limits. */
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
    codec_expect_goldens("bmp", 13);
}

static void a_file_cut_anywhere_is_refused_with_a_reason(void **state)
{
    (void)state;
    codec_expect_cut("palette_1.bmp", 1); /* the last row need not be filled up to four bytes */
    codec_expect_cut("palette_4.bmp", 0);
    codec_expect_cut("bgr_24.bmp", 3);
    codec_expect_cut("fields_565.bmp", 2);
    codec_expect_cut("runs_4.bmp", 0);
    codec_expect_cut("runs_8.bmp", 0);
    codec_expect_cut("os2.bmp", 0);
}

/* A header of 40 bytes and nothing behind it. */
static void make_header(uint8_t bytes[54], uint32_t width, uint32_t height, uint8_t bits, uint8_t coding)
{
    memset(bytes, 0, 54);
    memcpy(bytes, "BM", 2);
    bytes[10] = 54;
    bytes[14] = 40;
    for (int i = 0; i < 4; i++) {
        bytes[18 + i] = (uint8_t)(width >> (8 * i));
        bytes[22 + i] = (uint8_t)(height >> (8 * i));
    }
    bytes[28] = bits;
    bytes[30] = coding;
}

static void sizes_that_the_file_cannot_hold_ask_for_no_memory(void **state)
{
    uint8_t bytes[54];
    (void)state;
    codec_expect_limits("bgr_24.bmp");
    make_header(bytes, 60000, 60000, 24, 0);
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_LIMIT, "60000 x 60000", 0);
    make_header(bytes, 8000, 8000, 24, 0);
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "truncated BMP", 0);
    make_header(bytes, 1, 0x80000000u, 24, 0);
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "size makes no sense", 0);
    make_header(bytes, 0xffffffffu, 1, 24, 0);
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "size makes no sense", 0);
}

static void what_is_not_read_is_said(void **state)
{
    uint8_t bytes[54];
    (void)state;
    make_header(bytes, 4, 4, 7, 0);
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "7 bits", 0);
    make_header(bytes, 4, 4, 24, 4);
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "coding 4", 0);
    make_header(bytes, 4, (uint32_t)-4, 8, 1);
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "coding 1", 0);
}

static void runs_that_leave_their_row_are_refused(void **state)
{
    (void)state;
    static const uint8_t runs[][4] = { { 5, 0, 0, 1 }, { 0, 5, 1, 2 }, { 0, 2, 9, 0 }, { 0, 2, 0, 9 } };
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        uint8_t bytes[54 + 8] = { 0 };
        make_header(bytes, 4, 4, 8, 1);
        memcpy(bytes + 54, runs[i], 4);
        codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "leaves", 1 << 16);
    }
}

static void spoilt_files_are_survived(void **state)
{
    (void)state;
    codec_expect_survives("palette_8.bmp", 3);
    codec_expect_survives("runs_8.bmp", 1);
    codec_expect_survives("runs_4.bmp", 1);
    codec_expect_survives("fields_565.bmp", 1);
    codec_expect_survives("alpha_32.bmp", 1);
    codec_expect_survives("os2.bmp", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pixels_are_those_that_pillow_reads),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_with_a_reason),
        cmocka_unit_test(sizes_that_the_file_cannot_hold_ask_for_no_memory),
        cmocka_unit_test(what_is_not_read_is_said),
        cmocka_unit_test(runs_that_leave_their_row_are_refused),
        cmocka_unit_test(spoilt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
