/* test_resize.c - resized pictures against Pillow's, PyTorch's and exact averages; the numbers are made by
 * tests/tools/make_image_goldens.py. */
#include "evenhand/image.h"

#include "base/csv.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The same formula as in make_image_goldens.py. */
static eh_image picture(int width, int height, int channels)
{
    eh_image image;
    assert_int_equal(eh_image_alloc(&image, width, height, channels, NULL), EH_OK);
    uint8_t *to = image.data;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                *to++ = (uint8_t)((x * x * 7 + y * 31 + x * y * 3 + c * 57 + (x / 3 + y / 2) % 2 * 90) % 256);
    return image;
}

static int number(const eh_csv *csv, size_t row, const char *column)
{
    size_t at;
    int64_t value;
    assert_int_equal(eh_csv_column(&at, csv, "resize.csv", column, NULL), EH_OK);
    assert_true(eh_parse_int(&value, csv->cell[row * csv->columns + at]));
    return (int)value;
}

/* Largest difference from the golden pixels over all its rows of one filter. */
static int largest_difference(const char *name, eh_resize_filter filter)
{
    eh_arena *arena = eh_arena_new();
    eh_csv csv;
    int largest = 0, rows = 0;
    assert_int_equal(eh_csv_read(&csv, arena, "tests/golden/resize.csv", NULL), EH_OK);
    for (size_t row = 0; row < csv.rows; row++) {
        const char *const *cell = csv.cell + row * csv.columns;
        if (strcmp(cell[0], name) != 0)
            continue;
        rows++;
        eh_image in = picture(number(&csv, row, "source_width"), number(&csv, row, "source_height"),
                              number(&csv, row, "channels"));
        eh_image out;
        assert_int_equal(eh_image_resize(&out, &in, number(&csv, row, "width"), number(&csv, row, "height"),
                                         filter, NULL),
                         EH_OK);
        const char *hex = cell[csv.columns - 1];
        size_t samples = (size_t)out.width * (size_t)out.height * (size_t)out.channels;
        assert_int_equal(strlen(hex), 2 * samples);
        for (size_t i = 0; i < samples; i++) {
            char byte[3] = { hex[2 * i], hex[2 * i + 1], 0 };
            int difference = abs((int)strtol(byte, NULL, 16) - out.data[i]);
            largest = difference > largest ? difference : largest;
        }
        eh_image_clear(&in);
        eh_image_clear(&out);
    }
    assert_true(rows >= 10);
    eh_arena_free(arena);
    return largest;
}

static void lanczos_gives_pillows_pixels(void **state)
{
    (void)state;
    assert_int_equal(largest_difference("lanczos", EH_RESIZE_LANCZOS), 0);
}

static void antialias_gives_pillows_pixels(void **state)
{
    (void)state;
    assert_int_equal(largest_difference("antialias", EH_RESIZE_ANTIALIAS), 0);
}

static void nearest_gives_pillows_pixels(void **state)
{
    (void)state;
    assert_int_equal(largest_difference("nearest", EH_RESIZE_NEAREST), 0);
}

static void bilinear_gives_pytorchs_pixels_but_for_rounding(void **state)
{
    (void)state;
    assert_in_range(largest_difference("bilinear", EH_RESIZE_BILINEAR), 0, 1);
}

static void area_gives_exact_averages_but_for_rounding(void **state)
{
    (void)state;
    assert_in_range(largest_difference("area", EH_RESIZE_AREA), 0, 1);
}

static void every_filter_keeps_an_even_picture_even(void **state)
{
    (void)state;
    for (int filter = EH_RESIZE_BILINEAR; filter <= EH_RESIZE_NEAREST; filter++) {
        eh_image in, out;
        assert_int_equal(eh_image_alloc(&in, 37, 21, 4, NULL), EH_OK);
        memset(in.data, 201, (size_t)37 * 21 * 4);
        assert_int_equal(eh_image_resize(&out, &in, 11, 64, (eh_resize_filter)filter, NULL), EH_OK);
        assert_int_equal(out.width, 11);
        assert_int_equal(out.height, 64);
        for (size_t i = 0; i < (size_t)11 * 64 * 4; i++)
            assert_int_equal(out.data[i], 201);
        eh_image_clear(&in);
        eh_image_clear(&out);
    }
}

static void every_filter_copies_a_picture_of_the_wanted_size(void **state)
{
    (void)state;
    for (int filter = EH_RESIZE_BILINEAR; filter <= EH_RESIZE_NEAREST; filter++) {
        eh_image in = picture(17, 12, 3), out;
        assert_int_equal(eh_image_resize(&out, &in, 17, 12, (eh_resize_filter)filter, NULL), EH_OK);
        assert_memory_equal(in.data, out.data, (size_t)17 * 12 * 3);
        eh_image_clear(&in);
        eh_image_clear(&out);
    }
}

static void a_size_of_zero_is_refused(void **state)
{
    (void)state;
    eh_image in = picture(4, 4, 3), out;
    eh_error err = { 0 };
    assert_int_equal(eh_image_resize(&out, &in, 0, 4, EH_RESIZE_AREA, &err), EH_ERR_USAGE);
    assert_null(out.data);
    assert_non_null(strstr(err.message, "0 x 4"));
    eh_image_clear(&in);
}

static int fail_number(void *user, uint64_t count, size_t bytes)
{
    (void)bytes;
    return count == *(const uint64_t *)user;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    for (int filter = EH_RESIZE_BILINEAR; filter <= EH_RESIZE_ANTIALIAS; filter++) {
        eh_image in = picture(17, 12, 3), out;
        uint64_t live = eh_alloc_live_bytes();
        for (uint64_t n = 0;; n++) {
            eh_alloc_set_hook(fail_number, &n);
            eh_status status = eh_image_resize(&out, &in, 5, 9, (eh_resize_filter)filter, NULL);
            eh_alloc_set_hook(NULL, NULL);
            if (status == EH_OK) {
                assert_true(n > 3);
                break;
            }
            assert_int_equal(status, EH_ERR_MEMORY);
            assert_null(out.data);
            assert_int_equal(eh_alloc_live_bytes(), live);
        }
        eh_image_clear(&in);
        eh_image_clear(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanczos_gives_pillows_pixels),
        cmocka_unit_test(antialias_gives_pillows_pixels),
        cmocka_unit_test(nearest_gives_pillows_pixels),
        cmocka_unit_test(bilinear_gives_pytorchs_pixels_but_for_rounding),
        cmocka_unit_test(area_gives_exact_averages_but_for_rounding),
        cmocka_unit_test(every_filter_keeps_an_even_picture_even),
        cmocka_unit_test(every_filter_copies_a_picture_of_the_wanted_size),
        cmocka_unit_test(a_size_of_zero_is_refused),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
