/* test_mask.c - pixels of masks as classes: indices of any depth, palettes, colours, and what has no class. */
#include "support/cmocka_all.h"

#include "data/mask.h"
#include "evenhand/memory.h"
#include "support/alloc_failure.h"
#include "support/mask_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Indices 0, 1, 3 mean 2, 0, ignore. */
static void some_values(eh_mask_values *v)
{
    memset(v, 0, sizeof *v);
    assert_int_equal(eh_mask_values_add(v, 0, 2, NULL), EH_OK);
    assert_int_equal(eh_mask_values_add(v, 1, 0, NULL), EH_OK);
    assert_int_equal(eh_mask_values_add(v, 3, EH_MASK_IGNORE, NULL), EH_OK);
}

static void indices_of_every_depth_become_classes(void **state)
{
    (void)state;
    static const uint8_t index[] = { 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0 };
    eh_mask_values values;
    some_values(&values);
    for (int depth = 1; depth <= 8; depth *= 2)
        for (int palette = 0; palette < 2; palette++) {
            uint8_t *bytes;
            size_t size;
            eh_image mask;
            mask_png(&bytes, &size, 5, 3, index, depth, palette);
            assert_int_equal(eh_mask_decode(&mask, bytes, size, &values, NULL, NULL), EH_OK);
            assert_int_equal(mask.width, 5);
            assert_int_equal(mask.height, 3);
            assert_int_equal(mask.channels, 1);
            for (int i = 0; i < 15; i++)
                assert_int_equal(mask.data[i], index[i] ? 0 : 2);
            eh_image_clear(&mask);
            eh_free(bytes);
        }
    eh_mask_values_clear(&values);
}

static void a_value_without_a_class_is_named_with_its_place_and_count(void **state)
{
    (void)state;
    uint8_t index[12] = { 0, 1, 3, 0, 1, 3, 0, 7, 7, 0, 1, 3 };
    eh_mask_values values;
    eh_error err = { 0 };
    uint8_t *bytes;
    size_t size;
    eh_image mask;
    some_values(&values);
    mask_png(&bytes, &size, 4, 3, index, 8, true);
    assert_int_equal(eh_mask_decode(&mask, bytes, size, &values, NULL, &err), EH_ERR_INPUT);
    assert_string_equal(err.message, "2 pixels have a value without a class, first 7 at (3, 1)");
    assert_null(mask.data);
    eh_free(bytes);
    eh_mask_values_clear(&values);
}

static void colours(eh_image *out, const uint32_t *colour, int count)
{
    assert_int_equal(eh_image_alloc(out, count, 1, 3, NULL), EH_OK);
    for (int i = 0; i < count; i++)
        for (int c = 0; c < 3; c++)
            out->data[3 * i + c] = (uint8_t)(colour[i] >> (16 - 8 * c));
}

static void colours_become_classes(void **state)
{
    (void)state;
    static const uint32_t shown[] = { 0x804080, 0x0000ff, 0x804080, 0x000000, 0x112233 };
    eh_mask_values values = { 0 };
    eh_error err = { 0 };
    eh_image picture, mask;
    uint8_t *bytes;
    size_t size;
    assert_int_equal(eh_mask_values_add(&values, EH_MASK_COLOUR | 0x804080, 5, NULL), EH_OK);
    assert_int_equal(eh_mask_values_add(&values, EH_MASK_COLOUR | 0x0000ff, 1, NULL), EH_OK);
    assert_int_equal(eh_mask_values_add(&values, EH_MASK_COLOUR | 0x000000, EH_MASK_IGNORE, NULL), EH_OK);
    colours(&picture, shown, 4);
    assert_int_equal(eh_image_encode_png(&bytes, &size, &picture, NULL), EH_OK);
    assert_int_equal(eh_mask_decode(&mask, bytes, size, &values, NULL, NULL), EH_OK);
    const uint8_t expected[] = { 5, 1, 5, EH_MASK_IGNORE };
    assert_memory_equal(mask.data, expected, 4);
    eh_image_clear(&mask);
    eh_image_clear(&picture);
    eh_free(bytes);
    colours(&picture, shown, 5);
    assert_int_equal(eh_image_encode_png(&bytes, &size, &picture, NULL), EH_OK);
    assert_int_equal(eh_mask_decode(&mask, bytes, size, &values, NULL, &err), EH_ERR_INPUT);
    assert_string_equal(err.message, "1 pixel has a value without a class, first #112233 at (4, 0)");
    eh_image_clear(&picture);
    eh_free(bytes);
    eh_mask_values_clear(&values);
}

static void indices_saved_as_grey_colours_are_understood(void **state)
{
    (void)state;
    static const uint32_t shown[] = { 0x010101, 0x000000, 0x030303 };
    eh_mask_values values;
    eh_image picture, mask;
    uint8_t *bytes;
    size_t size;
    some_values(&values);
    colours(&picture, shown, 3);
    assert_int_equal(eh_image_encode_png(&bytes, &size, &picture, NULL), EH_OK);
    assert_int_equal(eh_mask_decode(&mask, bytes, size, &values, NULL, NULL), EH_OK);
    const uint8_t expected[] = { 0, 2, EH_MASK_IGNORE };
    assert_memory_equal(mask.data, expected, 3);
    eh_image_clear(&mask);
    eh_image_clear(&picture);
    eh_free(bytes);
    eh_mask_values_clear(&values);
}

static void a_jpeg_and_a_broken_file_are_refused_with_the_reason(void **state)
{
    (void)state;
    eh_mask_values values;
    eh_error err = { 0 };
    eh_image picture, mask;
    uint8_t *bytes;
    size_t size;
    some_values(&values);
    assert_int_equal(eh_image_alloc(&picture, 8, 8, 3, NULL), EH_OK);
    assert_int_equal(eh_image_encode_jpeg(&bytes, &size, &picture, 95, NULL), EH_OK);
    assert_int_equal(eh_mask_decode(&mask, bytes, size, &values, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "save masks as PNG"));
    eh_free(bytes);
    eh_image_clear(&picture);
    uint8_t index[64] = { 0 };
    mask_png(&bytes, &size, 8, 8, index, 8, false);
    assert_int_equal(eh_mask_decode(&mask, bytes, size / 2, &values, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "truncated PNG"));
    const eh_image_limits small = { .max_pixels = 63 };
    assert_int_equal(eh_mask_decode(&mask, bytes, size, &values, &small, &err), EH_ERR_LIMIT);
    eh_free(bytes);
    eh_mask_values_clear(&values);
}

static void many_colours_keep_their_order_and_a_later_meaning_counts(void **state)
{
    (void)state;
    eh_mask_values values = { 0 };
    for (uint32_t i = 0; i < 200; i++)
        assert_int_equal(eh_mask_values_add(&values, EH_MASK_COLOUR | (i * 7919 % 200) << 4,
                                            (uint8_t)(i * 7919 % 200), NULL),
                         EH_OK);
    assert_int_equal(values.colours, 200);
    for (size_t i = 0; i < values.colours; i++) {
        assert_int_equal(values.colour[i], EH_MASK_COLOUR | i << 4);
        assert_int_equal(values.colour_cls[i], i);
    }
    assert_int_equal(eh_mask_values_add(&values, EH_MASK_COLOUR | 5 << 4, 99, NULL), EH_OK);
    assert_int_equal(values.colours, 200);
    assert_int_equal(values.colour_cls[5], 99);
    eh_mask_values_clear(&values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_of_every_depth_become_classes),
        cmocka_unit_test(a_value_without_a_class_is_named_with_its_place_and_count),
        cmocka_unit_test(colours_become_classes),
        cmocka_unit_test(indices_saved_as_grey_colours_are_understood),
        cmocka_unit_test(a_jpeg_and_a_broken_file_are_refused_with_the_reason),
        cmocka_unit_test(many_colours_keep_their_order_and_a_later_meaning_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
