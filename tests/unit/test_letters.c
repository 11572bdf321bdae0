/* test_letters.c - letters on pictures, and captions below them. */
#include "support/cmocka_all.h"

#include "image/contact_sheet.h"
#include "image/letters.h"

#include <string.h>

static const uint8_t ink[3] = { 1, 2, 3 };

static size_t inked(const eh_image *image, int left, int right)
{
    size_t n = 0;
    for (int y = 0; y < image->height; y++)
        for (int x = left; x < right; x++)
            n += memcmp(image->data + ((size_t)y * (size_t)image->width + (size_t)x) * 3, ink, 3) == 0;
    return n;
}

static void a_letter_stands_in_its_place_and_nowhere_else(void **state)
{
    (void)state;
    static const char *const L = "#....#....#....#....#....#....#####";
    eh_image image;
    assert_int_equal(eh_image_alloc(&image, 20, 12, 3, NULL), EH_OK);
    eh_write_letters(&image, 7, 2, 1, ink, " L");
    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 5; x++)
            assert_int_equal(memcmp(image.data + ((y + 2) * 20 + x + 13) * 3, ink, 3) == 0,
                             L[y * 5 + x] == '#');
    assert_int_equal(inked(&image, 0, 20), 11);
    eh_image_clear(&image);
}

static void all_letters_differ(void **state)
{
    (void)state;
    uint8_t drawn[95][8 * 6 * 3];
    for (int c = ' '; c <= '~'; c++) {
        const char text[2] = { (char)c, '\0' };
        eh_image image;
        assert_int_equal(eh_image_alloc(&image, 6, 8, 3, NULL), EH_OK);
        eh_write_letters(&image, 0, 0, 1, ink, text);
        memcpy(drawn[c - ' '], image.data, sizeof drawn[0]);
        for (int other = 0; other < c - ' '; other++)
            if (memcmp(drawn[other], drawn[c - ' '], sizeof drawn[0]) == 0)
                fail_msg("'%c' looks like '%c'", c, other + ' ');
        eh_image_clear(&image);
    }
}

static void letters_outside_of_the_picture_are_cut_off(void **state)
{
    (void)state;
    eh_image image;
    assert_int_equal(eh_image_alloc(&image, 9, 5, 3, NULL), EH_OK);
    eh_write_letters(&image, -3, -4, 3, ink, "MMMM\x01\xc3\xa9");
    eh_write_letters(&image, 100, 100, 1, ink, "M");
    assert_true(inked(&image, 0, 9) > 0);
    eh_image_clear(&image);
}

static void characters_are_counted_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(eh_count_letters("a\xc3\xa9\xe6\xbc\xa2z"), 4);
}

static void a_caption_is_below_the_picture_and_cut_where_it_is_too_long(void **state)
{
    (void)state;
    static const uint8_t paper[3] = { 250, 250, 250 };
    static const char *const line[] = { "ab", "a line that is far too long for it" };
    eh_image image, cell;
    assert_int_equal(eh_image_alloc(&image, 10, 20, 1, NULL), EH_OK);
    memset(image.data, 77, 200);
    assert_int_equal(eh_captioned(&cell, &image, 40, 40, line, 2, paper, NULL), EH_OK);
    assert_int_equal(cell.width, 40);
    assert_int_equal(cell.height, 40 + 2 * EH_LETTER_HEIGHT + 2);
    /* 10 x 20 fits as 20 x 40 in the middle. */
    assert_int_equal(cell.data[(20 * 40 + 20) * 3], 77);
    assert_int_equal(cell.data[(20 * 40 + 9) * 3], 250);
    assert_int_equal(cell.data[(20 * 40 + 31) * 3], 250);
    for (int y = 41; y < cell.height; y++) /* nothing is written beyond the sixth letter */
        for (int x = 36; x < 40; x++)
            assert_int_equal(cell.data[(y * 40 + x) * 3], 250);
    eh_image_clear(&cell);
    assert_int_equal(eh_captioned(&cell, NULL, 40, 40, line, 1, paper, NULL), EH_OK);
    assert_int_equal(cell.data[(20 * 40 + 20) * 3], 250);
    eh_image_clear(&cell);
    eh_image_clear(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_stands_in_its_place_and_nowhere_else),
        cmocka_unit_test(all_letters_differ),
        cmocka_unit_test(letters_outside_of_the_picture_are_cut_off),
        cmocka_unit_test(characters_are_counted_not_bytes),
        cmocka_unit_test(a_caption_is_below_the_picture_and_cut_where_it_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
