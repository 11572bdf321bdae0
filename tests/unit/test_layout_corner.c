/* test_layout_corner.c - the second picture in a corner beside the first. */
#include "support/cmocka_all.h"
#include "support/flat_sets.h"
#include "support/layout_cases.h"

#include <string.h>

static const uint8_t red[] = { 255, 0, 0 }, blue[] = { 0, 0, 255 };

static void the_second_lies_in_each_corner_and_the_first_opposite(void **state)
{
    (void)state;
    eh_image first = flat_picture(28, 28, red, 3), second = flat_picture(28, 28, blue, 3), out;
    eh_layout_box box;
    for (int position = 0; position < 4; position++) {
        int right = position & 1, bottom = position >> 1;
        assert_int_equal(layout_case_draw("corner", &first, &second, position, 1, &out, &box, NULL), EH_OK);
        /* 28 / 0.7 = 40: the first keeps its pixels, the second gets 12. */
        assert_int_equal(out.width, 40);
        assert_int_equal(out.height, 40);
        const eh_layout_box expected = { right ? 28 : 0, bottom ? 28 : 0, 12, 12 };
        assert_memory_equal(&box, &expected, sizeof box);
        int counts[2] = { 0 };
        for (int y = 0; y < 40; y++)
            for (int x = 0; x < 40; x++) {
                bool in_second = x >= box.x && x < box.x + 12 && y >= box.y && y < box.y + 12;
                uint32_t value = layout_case_pixel(&out, x, y);
                assert_true(in_second == (value == 0x0000ff));
                counts[0] += value == 0xff0000;
                counts[1] += value == 0x0000ff;
            }
        assert_int_equal(counts[0], 28 * 28);
        assert_int_equal(counts[1], 12 * 12);
        assert_int_equal(layout_case_pixel(&out, right ? 0 : 39, bottom ? 0 : 39), 0xff0000);
        eh_image_clear(&out);
    }
    eh_image_clear(&first);
    eh_image_clear(&second);
}

static void half_makes_a_grid_of_equal_cells(void **state)
{
    (void)state;
    eh_image first = flat_picture(28, 28, red, 3), second = flat_picture(28, 28, blue, 3), out;
    eh_layout_box box;
    assert_int_equal(layout_case_draw("corner:share=0.5,background=white", &first, &second, 3, 1, &out, &box,
                                      NULL),
                     EH_OK);
    assert_int_equal(out.width, 56);
    assert_int_equal(layout_case_pixel(&out, 0, 0), 0xff0000);
    assert_int_equal(layout_case_pixel(&out, 55, 55), 0x0000ff);
    assert_int_equal(layout_case_pixel(&out, 28, 27), 0xffffff);
    assert_int_equal(layout_case_pixel(&out, 27, 28), 0xffffff);
    eh_image_clear(&out);
    eh_image_clear(&first);
    eh_image_clear(&second);
}

static void a_size_is_kept_and_shapes_are_not_stretched(void **state)
{
    (void)state;
    eh_image first = flat_picture(200, 100, red, 3), second = flat_picture(10, 40, blue, 3), out;
    eh_layout_box box;
    assert_int_equal(layout_case_draw("corner:size=64,share=0.25", &first, &second, 1, 1, &out, &box, NULL),
                     EH_OK);
    assert_int_equal(out.width, 64);
    const eh_layout_box expected = { 48 + 6, 0, 4, 16 };
    assert_memory_equal(&box, &expected, sizeof box);
    assert_int_equal(layout_case_pixel(&out, 24, 16 + 24),
                     0xff0000); /* 48 x 24 in the middle of its 48 x 48 */
    assert_int_equal(layout_case_pixel(&out, 24, 16 + 4), 0x000000);
    eh_image_clear(&out);
    eh_image_clear(&first);
    eh_image_clear(&second);
}

static void what_leaves_no_room_or_is_no_colour_is_refused(void **state)
{
    (void)state;
    eh_image first = flat_picture(28, 28, red, 3), second = flat_picture(28, 28, blue, 3), out;
    eh_layout_box box;
    eh_error err = { 0 };
    assert_int_equal(layout_case_draw("corner:size=1", &first, &second, 0, 1, &out, &box, &err),
                     EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "leaves no room for both"));
    assert_int_equal(layout_case_draw("corner:background=reddish", &first, &second, 0, 1, &out, &box, &err),
                     EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "background=reddish is no colour"));
    assert_int_equal(layout_case_draw("corner:share=1.5", &first, &second, 0, 1, &out, &box, &err),
                     EH_ERR_USAGE);
    eh_image_clear(&first);
    eh_image_clear(&second);
}

static void colours_are_words_or_hexadecimal(void **state)
{
    (void)state;
    uint8_t rgb[3];
    assert_true(eh_colour_parse(rgb, "#12aBff"));
    const uint8_t expected[] = { 0x12, 0xab, 0xff };
    assert_memory_equal(rgb, expected, 3);
    assert_true(eh_colour_parse(rgb, "white"));
    assert_false(eh_colour_parse(rgb, "#12abf"));
    assert_false(eh_colour_parse(rgb, "#12abfg"));
    assert_false(eh_colour_parse(rgb, ""));
    eh_image grey = flat_picture(2, 1, (const uint8_t[]){ 100, 100, 100 }, 3);
    eh_image_tint(&grey, (const uint8_t[]){ 255, 0, 51 });
    const uint8_t tinted[] = { 100, 0, 20 };
    assert_memory_equal(grey.data, tinted, 3);
    eh_image_clear(&grey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_lies_in_each_corner_and_the_first_opposite),
        cmocka_unit_test(half_makes_a_grid_of_equal_cells),
        cmocka_unit_test(a_size_is_kept_and_shapes_are_not_stretched),
        cmocka_unit_test(what_leaves_no_room_or_is_no_colour_is_refused),
        cmocka_unit_test(colours_are_words_or_hexadecimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
