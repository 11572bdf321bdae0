/* test_augment_shift_crop.c */
#include "support/augment_case.h"
#include "support/cmocka_all.h"

#include "evenhand/catalog.h"

#include <string.h>

enum { W = 5, H = 4, C = 3 };

static uint8_t pixel(int x, int y, int c)
{
    return (uint8_t)(1 + x + 10 * y + 50 * c);
}

static void apply(const char *text, uint8_t out[W * H * C], uint64_t sample)
{
    uint8_t in[W * H * C];
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            for (int c = 0; c < C; c++)
                in[(y * W + x) * C + c] = pixel(x, y, c);
    augment_case_one(out, in, W, H, C, text, sample);
}

/* Pixel i of a mirrored line, without division: walks back and forth. */
static int bounce(int i, int size)
{
    while (i < 0 || i >= size)
        i = i < 0 ? -i : 2 * (size - 1) - i;
    return i;
}

/* What a shift by (dx, dy) must give, written the slow way. */
static bool is_shift(const uint8_t *out, int dx, int dy, bool reflect)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            for (int c = 0; c < C; c++) {
                bool inside = x + dx >= 0 && x + dx < W && y + dy >= 0 && y + dy < H;
                uint8_t want = inside || reflect ? pixel(bounce(x + dx, W), bounce(y + dy, H), c) : 0;
                if (out[(y * W + x) * C + c] != want)
                    return false;
            }
    return true;
}

/* Every application is a shift within +-pad, and all (2 pad + 1)^2 of them occur. */
static void expect_all_shifts(const char *text, int pad, bool reflect)
{
    uint8_t out[W * H * C];
    static int seen[16][16];
    memset(seen, 0, sizeof seen);
    for (uint64_t i = 0; i < 3000; i++) {
        int found = 0;
        apply(text, out, i);
        for (int dy = -pad; dy <= pad; dy++)
            for (int dx = -pad; dx <= pad; dx++)
                if (is_shift(out, dx, dy, reflect)) {
                    seen[dy + pad][dx + pad]++;
                    found++;
                }
        assert_true(found >= 1);
    }
    for (int dy = 0; dy <= 2 * pad; dy++)
        for (int dx = 0; dx <= 2 * pad; dx++)
            assert_true(seen[dy][dx] > 0);
}

static void pictures_are_shifted_and_edges_mirrored(void **state)
{
    (void)state;
    expect_all_shifts("shift-crop:pad=2", 2, true);
}

static void edges_can_be_black(void **state)
{
    (void)state;
    expect_all_shifts("shift-crop:pad=3,fill=zero", 3, false);
}

static void shifts_beyond_the_picture_are_defined(void **state)
{
    (void)state;
    expect_all_shifts("shift-crop:pad=7", 7, true);
    expect_all_shifts("shift-crop:pad=7,fill=zero", 7, false);
}

static void no_padding_changes_nothing(void **state)
{
    (void)state;
    uint8_t out[W * H * C];
    apply("shift-crop:pad=0", out, 4);
    assert_true(is_shift(out, 0, 0, true));
}

static void masks_are_shifted_with_their_pictures_and_not_judged_beyond_the_edge(void **state)
{
    (void)state;
    static const char *const texts[] = { "shift-crop:pad=3", NULL };
    uint8_t in[W * H], mask[W * H], out[W * H], out_mask[W * H];
    const augment_picture from = { in, mask, W, H, 1 }, to = { out, out_mask, W, H, 1 };
    for (int i = 0; i < W * H; i++)
        in[i] = mask[i] = (uint8_t)i;
    int moved = 0;
    for (uint64_t sample = 0; sample < 100; sample++) {
        int judged = 0, found = 0;
        augment_case_run(&to, &from, texts, sample);
        for (int dy = -3; dy <= 3; dy++)
            for (int dx = -3; dx <= 3; dx++) {
                bool same = true;
                for (int y = 0; y < H; y++)
                    for (int x = 0; x < W; x++) {
                        bool inside = x + dx >= 0 && x + dx < W && y + dy >= 0 && y + dy < H;
                        same &=
                            out_mask[y * W + x] == (inside ? mask[(y + dy) * W + x + dx] : EH_MASK_IGNORE);
                    }
                found += same;
            }
        assert_int_equal(found, 1);
        for (int i = 0; i < W * H; i++) {
            judged += out_mask[i] != EH_MASK_IGNORE;
            if (out_mask[i] != EH_MASK_IGNORE)
                assert_int_equal(out_mask[i], out[i]);
        }
        moved += judged < W * H;
    }
    assert_true(moved > 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_shifted_and_edges_mirrored),
        cmocka_unit_test(edges_can_be_black),
        cmocka_unit_test(shifts_beyond_the_picture_are_defined),
        cmocka_unit_test(no_padding_changes_nothing),
        cmocka_unit_test(masks_are_shifted_with_their_pictures_and_not_judged_beyond_the_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
