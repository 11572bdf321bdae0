/* test_codec_gif.c - GIF: the first frame, interlaced and transparent, cut and spoilt files, limits. */
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
    codec_expect_goldens("gif", 5);
}

static void a_file_cut_anywhere_is_refused_with_a_reason(void **state)
{
    (void)state;
    codec_expect_cut("plain.gif", 0);
    codec_expect_cut("interlaced.gif", 0);
    codec_expect_cut("full_table.gif", 0);
}

/* A screen of 5 x 4 with a frame of 2 x 1 at (2, 1): indices 1 and 0 of a palette red, green. */
static const uint8_t small[] = {
    'G', 'I',  'F', '8', '9', 'a', 5, 0, 4, 0, 0x80, 0, 0, 255,  0,    0, 0,    255,
    0,   0x2c, 2,   0,   1,   0,   2, 0, 1, 0, 0,    2, 2, 0x0c, 0x0a, 0, 0x3b,
};

static void a_frame_smaller_than_the_screen_leaves_the_rest_transparent(void **state)
{
    eh_image image;
    eh_error err = { 0 };
    uint8_t expected[5 * 4 * 4] = { 0 };
    (void)state;
    memcpy(expected + (5 + 2) * 4, (uint8_t[]){ 0, 255, 0, 255, 255, 0, 0, 255 }, 8);
    if (eh_image_decode(&image, small, sizeof small, &(eh_decode_opts){ .channels = 4 }, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(image.width, 5);
    assert_int_equal(image.height, 4);
    assert_memory_equal(image.data, expected, sizeof expected);
    eh_image_clear(&image);
}

static void a_frame_beyond_the_screen_makes_it_larger(void **state)
{
    uint8_t bytes[sizeof small];
    eh_image image;
    (void)state;
    memcpy(bytes, small, sizeof small);
    bytes[20] = 4; /* left */
    bytes[22] = 6; /* top */
    assert_int_equal(eh_image_decode(&image, bytes, sizeof bytes, &(eh_decode_opts){ .indices = 1 }, NULL),
                     EH_OK);
    assert_int_equal(image.width, 6);
    assert_int_equal(image.height, 7);
    assert_int_equal(image.data[6 * 6 + 4], 1);
    assert_int_equal(image.data[6 * 6 + 5], 0);
    eh_image_clear(&image);
}

static void what_makes_no_sense_is_said(void **state)
{
    uint8_t bytes[sizeof small];
    (void)state;
    codec_expect_limits("plain.gif");
    memcpy(bytes, small, sizeof small);
    bytes[7] = bytes[9] = 0xea;
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_LIMIT, "59909 x 59908", 0);
    memcpy(bytes, small, sizeof small);
    bytes[19] = 0x3b;
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "no frame", 0);
    bytes[19] = 7;
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "no block begins at byte 19", 0);
    memcpy(bytes, small, sizeof small);
    bytes[10] = 0; /* no palette: its bytes are then no block */
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "no block", 0);
    memcpy(bytes, small, sizeof small);
    bytes[29] = 12;
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "first frame makes no sense", 0);
    memcpy(bytes, small, sizeof small);
    bytes[31] = 0x3c; /* the first code is none of the table */
    codec_expect_refused(bytes, sizeof bytes, EH_ERR_INPUT, "a code of its first frame", 64);
}

static void spoilt_files_are_survived(void **state)
{
    (void)state;
    codec_expect_survives("transparent.gif", 1);
    codec_expect_survives("interlaced.gif", 1);
    codec_expect_survives("full_table.gif", 17);
    codec_expect_survives("animated.gif", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pixels_are_those_that_pillow_reads),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_with_a_reason),
        cmocka_unit_test(a_frame_smaller_than_the_screen_leaves_the_rest_transparent),
        cmocka_unit_test(a_frame_beyond_the_screen_makes_it_larger),
        cmocka_unit_test(what_makes_no_sense_is_said),
        cmocka_unit_test(spoilt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
