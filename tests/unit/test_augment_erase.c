/* test_augment_erase.c - covering a rectangle. */
#include "support/augment_case.h"
#include "support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

enum { W = 30, H = 20 };

/* The rectangle of black in a white picture: its area, or 0; fails the test when it is no rectangle. */
static int covered(const uint8_t *out, double *shape)
{
    int left = W, right = -1, top = H, bottom = -1, count = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            if (out[y * W + x] == 0) {
                left = x < left ? x : left;
                right = x > right ? x : right;
                top = y < top ? y : top;
                bottom = y > bottom ? y : bottom;
                count++;
            }
    if (count)
        assert_int_equal(count, (right - left + 1) * (bottom - top + 1));
    *shape = count ? (double)(bottom - top + 1) / (right - left + 1) : 1;
    return count;
}

static void rectangles_have_areas_and_shapes_within_their_limits(void **state)
{
    (void)state;
    uint8_t in[W * H], out[W * H];
    int erased = 0, least = W * H, most = 0;
    double shape;
    memset(in, 255, sizeof in);
    for (uint64_t i = 0; i < 500; i++) {
        augment_case_one(out, in, W, H, 1, "erase:with=black", i);
        int area = covered(out, &shape);
        if (!area)
            continue;
        erased++;
        least = area < least ? area : least;
        most = area > most ? area : most;
        assert_true(shape > 1 / 5.0 && shape < 5); /* 3.3, and rounded to whole pixels */
    }
    assert_in_range(erased, 194, 306); /* half of 500, five standard deviations */
    assert_in_range(least, 8, 20);     /* 0.02 of 600 */
    assert_in_range(most, 170, 210);   /* 0.33 of 600 */
}

static void noise_is_of_all_values(void **state)
{
    (void)state;
    uint8_t in[W * H], out[W * H], seen[256] = { 0 };
    int kinds = 0;
    memset(in, 255, sizeof in);
    for (uint64_t i = 0; i < 100; i++) {
        augment_case_one(out, in, W, H, 1, "erase:with=noise,probability=1", i);
        for (int k = 0; k < W * H; k++)
            seen[out[k]] = 1;
    }
    for (int v = 0; v < 256; v++)
        kinds += seen[v];
    assert_int_equal(kinds, 256);
}

static void parameters_of_the_identity_change_nothing(void **state)
{
    (void)state;
    augment_case_expect_nothing("erase:probability=0");
}

static void draws_repeat_and_masks_go_with_pictures(void **state)
{
    (void)state;
    augment_case_expect("erase:with=black", 0.5);
    augment_case_expect("erase:probability=1", 1);
}

static void limits_in_the_wrong_order_are_refused(void **state)
{
    (void)state;
    augment_case_refused("erase:least=0.5", "erase has least=0.5, which is above most=0.33");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rectangles_have_areas_and_shapes_within_their_limits),
        cmocka_unit_test(noise_is_of_all_values),
        cmocka_unit_test(parameters_of_the_identity_change_nothing),
        cmocka_unit_test(draws_repeat_and_masks_go_with_pictures),
        cmocka_unit_test(limits_in_the_wrong_order_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
