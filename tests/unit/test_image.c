/* test_image.c - pictures in memory: cutting, mirroring, turning, contact sheets, the EXIF reader, the list of codecs. */
#include "evenhand/image.h"

#include "evenhand/memory.h"
#include "image/codec.h"
#include "image/contact_sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Grey, numbered 0, 1, 2 .. row by row. */
static eh_image numbered(int width, int height)
{
    eh_image image;
    assert_int_equal(eh_image_alloc(&image, width, height, 1, NULL), EH_OK);
    for (int i = 0; i < width * height; i++)
        image.data[i] = (uint8_t)i;
    return image;
}

static void a_picture_starts_black_and_impossible_sizes_are_refused(void **state)
{
    (void)state;
    eh_image image = numbered(5, 3);
    eh_image_clear(&image);
    assert_null(image.data);
    eh_image_clear(&image);
    eh_image_clear(NULL);
    assert_int_equal(eh_image_alloc(&image, 2, 2, 3, NULL), EH_OK);
    for (int i = 0; i < 12; i++)
        assert_int_equal(image.data[i], 0);
    eh_image_clear(&image);
    assert_int_equal(eh_image_alloc(&image, 0, 3, 3, NULL), EH_ERR_USAGE);
    assert_int_equal(eh_image_alloc(&image, 3, 3, 2, NULL), EH_ERR_USAGE);
    assert_int_equal(eh_image_alloc(&image, INT32_MAX, INT32_MAX, 4, NULL), EH_ERR_MEMORY);
}

static void a_cut_takes_the_rectangle(void **state)
{
    (void)state;
    eh_image in = numbered(5, 4), out;
    assert_int_equal(eh_image_crop(&out, &in, 1, 2, 3, 2, NULL), EH_OK);
    assert_memory_equal(out.data, ((uint8_t[]){ 11, 12, 13, 16, 17, 18 }), 6);
    eh_image_clear(&out);
    assert_int_equal(eh_image_crop(&out, &in, 3, 0, 3, 1, NULL), EH_ERR_USAGE);
    assert_int_equal(eh_image_crop(&out, &in, -1, 0, 3, 1, NULL), EH_ERR_USAGE);
    assert_int_equal(eh_image_crop(&out, &in, 0, 0, INT32_MAX, 1, NULL), EH_ERR_USAGE);
    assert_null(out.data);
    eh_image_clear(&in);
}

static void mirroring_turns_each_line_around(void **state)
{
    (void)state;
    eh_image grey = numbered(5, 2), color;
    eh_image_flip(&grey);
    assert_memory_equal(grey.data, ((uint8_t[]){ 4, 3, 2, 1, 0, 9, 8, 7, 6, 5 }), 10);
    eh_image_clear(&grey);
    assert_int_equal(eh_image_alloc(&color, 2, 1, 3, NULL), EH_OK);
    memcpy(color.data, (uint8_t[]){ 1, 2, 3, 4, 5, 6 }, 6);
    eh_image_flip(&color);
    assert_memory_equal(color.data, ((uint8_t[]){ 4, 5, 6, 1, 2, 3 }), 6);
    eh_image_clear(&color);
}

static void the_eight_orientations_are_those_of_exif(void **state)
{
    (void)state;
    /* Stored:  0 1 2   Exif: where the first row and the first column of the stored picture lie in the upright one. */
    /*          3 4 5                                                                                                */
    static const uint8_t expected[9][6] = { { 0 },
                                            { 0, 1, 2, 3, 4, 5 },   /* row top, column left */
                                            { 2, 1, 0, 5, 4, 3 },   /* row top, column right */
                                            { 5, 4, 3, 2, 1, 0 },   /* row bottom, column right */
                                            { 3, 4, 5, 0, 1, 2 },   /* row bottom, column left */
                                            { 0, 3, 1, 4, 2, 5 },   /* row left, column top */
                                            { 3, 0, 4, 1, 5, 2 },   /* row right, column top */
                                            { 5, 2, 4, 1, 3, 0 },   /* row right, column bottom */
                                            { 2, 5, 1, 4, 0, 3 } }; /* row left, column bottom */
    eh_image in = numbered(3, 2), out;
    for (int orientation = 1; orientation <= 8; orientation++) {
        assert_int_equal(eh_image_orient(&out, &in, orientation, NULL), EH_OK);
        assert_int_equal(out.width, orientation < 5 ? 3 : 2);
        assert_memory_equal(out.data, expected[orientation], 6);
        eh_image_clear(&out);
    }
    assert_int_equal(eh_image_orient(&out, &in, 9, NULL), EH_ERR_USAGE);
    eh_image_clear(&in);
}

static void the_exif_reader_stays_inside_its_bytes_and_takes_both_byte_orders(void **state)
{
    (void)state;
    static const uint8_t little[] = { 'I', 'I', 42,  0,   8, 0,    0,    0, 2, 0, 0x0f, 0x01, 2, 0, 4, 0, 0,
                                      0,   'a', 'b', 'c', 0, 0x12, 0x01, 3, 0, 1, 0,    0,    0, 8, 0, 0, 0 };
    static const uint8_t big[] = {
        'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 3, 0, 0
    };
    assert_int_equal(eh_exif_orientation(little, sizeof little), 8);
    assert_int_equal(eh_exif_orientation(big, sizeof big), 3);
    for (size_t cut = 0; cut < sizeof little; cut++) {
        uint8_t *part = eh_alloc_raw(cut, 1); /* of exactly this size, so that reading beyond is seen */
        assert_non_null(part);
        memcpy(part, little, cut);
        int got = eh_exif_orientation(part, cut);
        assert_true(got == 1 || cut >= sizeof little - 2);
        eh_free(part);
    }
    uint8_t far[sizeof big];
    memcpy(far, big, sizeof big);
    memset(far + 4, 0xff, 4); /* a directory at the end of the address space */
    assert_int_equal(eh_exif_orientation(far, sizeof far), 1);
    memcpy(far, big, sizeof big);
    far[sizeof far - 3] = 9; /* no such orientation */
    assert_int_equal(eh_exif_orientation(far, sizeof far), 1);
}

static void every_codec_says_what_it_is(void **state)
{
    (void)state;
    size_t count = 0;
    for (const eh_entry *const *row = eh_codec_list; *row; row++, count++) {
        const eh_codec *codec = (const eh_codec *)*row;
        assert_true(strlen(codec->entry.name) > 0 && strlen(codec->entry.summary) > 0 &&
                    strlen(codec->entry.source) > 0);
        assert_non_null(codec->match);
        assert_non_null(codec->probe);
        assert_non_null(codec->decode);
        assert_false(codec->match((const uint8_t *)"", 0));
    }
    assert_true(count >= 2);
}

static void a_contact_sheet_puts_pictures_in_the_middle_of_their_cells(void **state)
{
    (void)state;
    eh_image images[3] = { numbered(2, 2), { 0 }, numbered(1, 1) }, sheet;
    images[2].data[0] = 77;
    assert_int_equal(eh_contact_sheet(&sheet, images, 3, 2, 1, (const uint8_t[]){ 9, 8, 7 }, NULL), EH_OK);
    assert_int_equal(sheet.width, 7);
    assert_int_equal(sheet.height, 7);
    assert_memory_equal(sheet.data, ((uint8_t[]){ 9, 8, 7 }), 3);
    assert_memory_equal(sheet.data + (7 + 1) * 3, ((uint8_t[]){ 0, 0, 0, 1, 1, 1, 9, 8, 7 }), 9);
    assert_memory_equal(sheet.data + (4 * 7 + 1) * 3, ((uint8_t[]){ 77, 77, 77, 9, 8, 7 }), 6);
    eh_image_clear(&sheet);
    assert_int_equal(eh_contact_sheet(&sheet, images, 0, 2, 1, (const uint8_t[]){ 0, 0, 0 }, NULL),
                     EH_ERR_USAGE);
    eh_image_clear(&images[0]);
    eh_image_clear(&images[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_starts_black_and_impossible_sizes_are_refused),
        cmocka_unit_test(a_cut_takes_the_rectangle),
        cmocka_unit_test(mirroring_turns_each_line_around),
        cmocka_unit_test(the_eight_orientations_are_those_of_exif),
        cmocka_unit_test(the_exif_reader_stays_inside_its_bytes_and_takes_both_byte_orders),
        cmocka_unit_test(every_codec_says_what_it_is),
        cmocka_unit_test(a_contact_sheet_puts_pictures_in_the_middle_of_their_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
