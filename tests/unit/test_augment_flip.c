/* test_augment_flip.c */
#include "support/augment_case.h"
#include "support/cmocka_all.h"

/* One application with the stream of sample `sample`; out is 3 x 2 x 3. */
static void apply(const char *text, uint8_t out[18], uint64_t sample)
{
    uint8_t in[18];
    for (int i = 0; i < 18; i++)
        in[i] = (uint8_t)i;
    augment_case_one(out, in, 3, 2, 3, text, sample);
}

static void lines_are_mirrored_pixel_by_pixel(void **state)
{
    (void)state;
    uint8_t out[18];
    const uint8_t want[] = { 6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11 };
    apply("flip:probability=1", out, 0);
    assert_memory_equal(out, want, sizeof want);
}

static void masks_are_mirrored_with_their_pictures(void **state)
{
    (void)state;
    static const char *const texts[] = { "flip:probability=1", NULL };
    uint8_t in[] = { 1, 2, 3, 4, 5, 6 }, mask[] = { 0, 1, 255, 3, 4, 5 }, out[6], out_mask[6];
    const uint8_t want[] = { 3, 2, 1, 6, 5, 4 }, want_mask[] = { 255, 1, 0, 5, 4, 3 };
    const augment_picture from = { in, mask, 3, 2, 1 }, to = { out, out_mask, 3, 2, 1 };
    augment_case_run(&to, &from, texts, 0);
    assert_memory_equal(out, want, sizeof want);
    assert_memory_equal(out_mask, want_mask, sizeof want_mask);
}

static void probability_zero_changes_nothing(void **state)
{
    (void)state;
    uint8_t out[18];
    for (uint64_t i = 0; i < 50; i++) {
        apply("flip:probability=0", out, i);
        assert_int_equal(out[0], 0);
    }
}

static void about_half_of_the_samples_are_mirrored(void **state)
{
    (void)state;
    uint8_t out[18];
    int mirrored = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        apply("flip", out, i);
        mirrored += out[0] == 6;
    }
    assert_in_range(mirrored, 421, 579); /* five standard deviations of 15.8 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_mirrored_pixel_by_pixel),
        cmocka_unit_test(masks_are_mirrored_with_their_pictures),
        cmocka_unit_test(probability_zero_changes_nothing),
        cmocka_unit_test(about_half_of_the_samples_are_mirrored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
