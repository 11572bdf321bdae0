/* test_layout_overlay.c - two pictures on top of each other. */
#include "support/cmocka_all.h"
#include "support/flat_sets.h"
#include "support/layout_cases.h"

static void expect(const char *layout, uint32_t value)
{
    eh_image first = flat_picture(8, 6, (const uint8_t[]){ 200, 100, 0 }, 3);
    eh_image second = flat_picture(3, 3, (const uint8_t[]){ 100, 200, 50 }, 3), out;
    eh_layout_box box;
    assert_int_equal(layout_case_draw(layout, &first, &second, 0, 1, &out, &box, NULL), EH_OK);
    assert_int_equal(out.width, 8);
    assert_int_equal(out.height, 6);
    assert_int_equal(box.width, 8);
    assert_int_equal(layout_case_pixel(&out, 3, 3), value);
    eh_image_clear(&out);
    eh_image_clear(&first);
    eh_image_clear(&second);
}

/* The equations at the top of layout_overlay.c, by hand: a = (200, 100, 0), b = (100, 200, 50). */
static void every_mode_computes_its_equation(void **state)
{
    (void)state;
    expect("overlay:mode=mix,weight=0.25", 0xaf7d0d);    /* 175, 125, 12.5 */
    expect("overlay:mode=lighten,weight=0.8", 0xc8a028); /* max(200, 80), max(100, 160), max(0, 40) */
    expect("overlay:mode=darken,weight=1", 0x646400);    /* min(200, 100), min(100, 200), min(0, 50) */
    expect("overlay:mode=add,weight=1", 0xffff32);       /* 300, 300, 50 */
    expect("overlay:mode=multiply,weight=1", 0x4e4e00);  /* 78.4, 78.4, 0 */
    expect("overlay:weight=0", 0xc86400);
}

static void a_size_cuts_a_square_from_the_middle(void **state)
{
    (void)state;
    eh_image first = flat_picture(30, 10, (const uint8_t[]){ 9, 9, 9 }, 3);
    for (int y = 0; y < 10; y++)
        for (int x = 10; x < 20; x++)
            first.data[3 * (30 * y + x)] = 250;
    eh_image second = flat_picture(5, 5, (const uint8_t[]){ 0, 0, 0 }, 3), out;
    eh_layout_box box;
    assert_int_equal(layout_case_draw("overlay:weight=0,size=20", &first, &second, 0, 1, &out, &box, NULL),
                     EH_OK);
    assert_int_equal(out.width, 20);
    assert_int_equal(out.height, 20);
    assert_int_equal(layout_case_pixel(&out, 0, 0), 0xfa0909);
    assert_int_equal(layout_case_pixel(&out, 19, 19), 0xfa0909);
    eh_image_clear(&out);
    eh_image_clear(&first);
    eh_image_clear(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_mode_computes_its_equation),
                                        cmocka_unit_test(a_size_cuts_a_square_from_the_middle) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
