/* test_codec_pnm.c - PBM, PGM, PPM: text and binary, 8 and 16 bit, cut and spoilt files, limits. */
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
    codec_expect_goldens("pnm", 9);
}

static void a_file_cut_anywhere_is_refused_with_a_reason(void **state)
{
    (void)state;
    codec_expect_cut("bits.pbm", 0);
    codec_expect_cut("bits_text.pbm", 1);
    codec_expect_cut("grey_text.pgm",
                     3); /* the last number stands before a line end, and "23" is a number as "230" is */
    codec_expect_cut("rgb.ppm", 0);
    codec_expect_cut("grey_16.pgm", 0);
}

static void sizes_that_the_file_cannot_hold_ask_for_no_memory(void **state)
{
    (void)state;
    codec_expect_limits("grey.pgm");
    codec_expect_refused("P5 60000 60000 255 x", 20, EH_ERR_LIMIT, "60000 x 60000", 0);
    codec_expect_refused("P5 8000 8000 255 x", 18, EH_ERR_INPUT, "truncated PNM", 0);
    codec_expect_refused("P2 8000 8000 255 1", 18, EH_ERR_INPUT, "truncated PNM", 0);
    codec_expect_refused("P4 8000 8000 x", 14, EH_ERR_INPUT, "truncated PNM", 0);
}

static void what_makes_no_sense_is_said(void **state)
{
    (void)state;
    codec_expect_refused("P5 2 2 0 abcd", 13, EH_ERR_INPUT, "largest value is 0", 0);
    codec_expect_refused("P5 2 2 65536 abcd", 17, EH_ERR_INPUT, "largest value is 65536", 0);
    codec_expect_refused("P5 2 2 9 abcd", 13, EH_ERR_INPUT, "exceeds the largest one, 9", 64);
    codec_expect_refused("P2 2 2 9 1 2 x 4", 16, EH_ERR_INPUT, "no number stands", 64);
    codec_expect_refused("P2 2 2 9 1 2 # comment", 22, EH_ERR_INPUT, "truncated", 64);
    codec_expect_refused("P5 2 12345678901 9 x", 20, EH_ERR_INPUT, "no number", 0);
    codec_expect_refused("P5 2 2 9x", 9, EH_ERR_INPUT, "no number", 0);
    codec_expect_refused("P5 0 2 9 x", 10, EH_ERR_INPUT, "0 x 2", 0);
}

static void spoilt_files_are_survived(void **state)
{
    (void)state;
    codec_expect_survives("bits_text.pbm", 1);
    codec_expect_survives("grey_text.pgm", 3);
    codec_expect_survives("grey_16.pgm", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pixels_are_those_that_pillow_reads),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_with_a_reason),
        cmocka_unit_test(sizes_that_the_file_cannot_hold_ask_for_no_memory),
        cmocka_unit_test(what_makes_no_sense_is_said),
        cmocka_unit_test(spoilt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
