/* test_layout_paste.c - an object on a scene. */
#include "support/cmocka_all.h"
#include "support/flat_sets.h"
#include "support/layout_cases.h"

#include <string.h>

static const uint8_t scene_colour[] = { 0, 100, 0 }, object_colour[] = { 200, 0, 0 };

/* A black (or white) picture with a coloured square of half its side in the middle; with 4 channels the rest is transparent. */
static eh_image object_on(uint8_t ground, int channels)
{
    const uint8_t around[] = { ground, ground, ground, 0 };
    eh_image image = flat_picture(16, 16, around, channels);
    for (int y = 4; y < 12; y++)
        for (int x = 4; x < 12; x++) {
            uint8_t *at = image.data + channels * (16 * y + x);
            memcpy(at, object_colour, 3);
            if (channels == 4)
                at[3] = 255;
        }
    return image;
}

static void the_object_has_the_size_and_place_asked_for(void **state)
{
    (void)state;
    static const int place[][2] = { { 0, 0 },   { 30, 0 }, { 60, 0 },  { 0, 15 }, { 30, 15 },
                                    { 60, 15 }, { 0, 30 }, { 30, 30 }, { 60, 30 } };
    eh_image scene = flat_picture(100, 70, scene_colour, 3), object = flat_picture(20, 20, object_colour, 3),
             out;
    eh_layout_box box;
    for (int i = 0; i < 9; i++) {
        /* Size 4/7 of the shorter side: 40; so 60 and 30 pixels are free. */
        assert_int_equal(layout_case_draw("paste:smallest=0.5714,largest=0.5714,jitter=0", &scene, &object,
                                          i + 1, 1, &out, &box, NULL),
                         EH_OK);
        assert_int_equal(out.width, 100);
        assert_int_equal(out.height, 70);
        assert_int_equal(box.width, 40);
        assert_int_equal(box.height, 40);
        assert_int_equal(box.x, place[i][0]);
        assert_int_equal(box.y, place[i][1]);
        for (int y = 0; y < 70; y++)
            for (int x = 0; x < 100; x++) {
                bool inside = x >= box.x && x < box.x + 40 && y >= box.y && y < box.y + 40;
                assert_int_equal(layout_case_pixel(&out, x, y), inside ? 0xc80000 : 0x006400);
            }
        eh_image_clear(&out);
    }
    eh_image_clear(&scene);
    eh_image_clear(&object);
}

static void anywhere_draws_places_and_sizes_that_repeat_with_the_seed(void **state)
{
    (void)state;
    eh_image scene = flat_picture(64, 64, scene_colour, 3), object = flat_picture(20, 10, object_colour, 3),
             out;
    eh_layout_box box, again;
    int smallest = 64, largest = 0, left = 64, right = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        assert_int_equal(layout_case_draw("paste", &scene, &object, 0, seed, &out, &box, NULL), EH_OK);
        eh_image_clear(&out);
        assert_int_equal(layout_case_draw("paste", &scene, &object, 0, seed, &out, &again, NULL), EH_OK);
        eh_image_clear(&out);
        assert_memory_equal(&box, &again, sizeof box);
        assert_true(box.x >= 0 && box.y >= 0 && box.x + box.width <= 64 && box.y + box.height <= 64);
        smallest = box.width < smallest ? box.width : smallest;
        largest = box.width > largest ? box.width : largest;
        left = box.x < left ? box.x : left;
        right = box.x + box.width > right ? box.x + box.width : right;
    }
    assert_in_range(smallest, 26, 27); /* 0.4 * 64 */
    assert_in_range(largest, 37, 38);  /* 0.6 * 64 */
    assert_true(left < 3 && right > 61);
    eh_image_clear(&scene);
    eh_image_clear(&object);
}

/* The object's square covers the middle quarter of its box; around it the scene must be untouched. */
static void expect_cut(const char *layout, const eh_image *object)
{
    eh_image scene = flat_picture(32, 32, scene_colour, 3), out;
    eh_layout_box box;
    assert_int_equal(layout_case_draw(layout, &scene, object, 5, 1, &out, &box, NULL), EH_OK);
    assert_int_equal(box.width, 16);
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 32; x++) {
            bool inside = x >= 12 && x < 20 && y >= 12 && y < 20;
            assert_int_equal(layout_case_pixel(&out, x, y), inside ? 0xc80000 : 0x006400);
        }
    eh_image_clear(&out);
    eh_image_clear(&scene);
}

static void the_object_is_cut_out_of_its_background(void **state)
{
    (void)state;
    eh_image dark = object_on(0, 3), light = object_on(255, 3), alpha = object_on(77, 4);
    expect_cut("paste:smallest=0.5,largest=0.5,jitter=0,cut=dark", &dark);
    expect_cut("paste:smallest=0.5,largest=0.5,jitter=0,cut=light,threshold=0.3", &light);
    expect_cut("paste:smallest=0.5,largest=0.5,jitter=0,cut=alpha", &alpha);
    eh_image_clear(&dark);
    eh_image_clear(&light);
    eh_image_clear(&alpha);
}

static void no_background_bleeds_into_the_edge_when_scaled(void **state)
{
    (void)state;
    eh_image scene = flat_picture(60, 60, scene_colour, 3), object = object_on(255, 4), out;
    eh_layout_box box;
    assert_int_equal(layout_case_draw("paste:smallest=0.7,largest=0.7,cut=alpha", &scene, &object, 5, 1, &out,
                                      &box, NULL),
                     EH_OK);
    for (int y = 0; y < 60; y++)
        for (int x = 0; x < 60;
             x++) /* a mixture of the two colours, never of the white that is transparent */
            assert_true((layout_case_pixel(&out, x, y) & 0xff) <= 1);
    eh_image_clear(&out);
    eh_image_clear(&scene);
    eh_image_clear(&object);
}

static void either_picture_can_be_the_object(void **state)
{
    (void)state;
    eh_image first = flat_picture(20, 20, object_colour, 3), second = flat_picture(64, 48, scene_colour, 3),
             out;
    eh_layout_box box;
    assert_int_equal(layout_case_draw("paste:front=first,size=32", &first, &second, 5, 1, &out, &box, NULL),
                     EH_OK);
    assert_int_equal(out.width, 32);
    assert_int_equal(layout_case_pixel(&out, 0, 0), 0x006400);
    assert_int_equal(layout_case_pixel(&out, 16, 16), 0xc80000);
    eh_image_clear(&out);
    eh_image_clear(&first);
    eh_image_clear(&second);
}

static void sizes_in_the_wrong_order_are_refused(void **state)
{
    (void)state;
    eh_image one = flat_picture(8, 8, object_colour, 3), out;
    eh_layout_box box;
    eh_error err = { 0 };
    assert_int_equal(layout_case_draw("paste:smallest=0.7,largest=0.6", &one, &one, 0, 1, &out, &box, &err),
                     EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "smallest=0.7 is larger than largest=0.6"));
    eh_image_clear(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_object_has_the_size_and_place_asked_for),
        cmocka_unit_test(anywhere_draws_places_and_sizes_that_repeat_with_the_seed),
        cmocka_unit_test(the_object_is_cut_out_of_its_background),
        cmocka_unit_test(no_background_bleeds_into_the_edge_when_scaled),
        cmocka_unit_test(either_picture_can_be_the_object),
        cmocka_unit_test(sizes_in_the_wrong_order_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
