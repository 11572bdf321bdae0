/* test_augment_flip.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/config.h"
#include "base/rng.h"
#include "evenhand/loader.h"

#include <string.h>

/* One application with the stream (seed 1, sample `sample`); out is 3 x 2 x 3. */
static void apply(const char *text, uint8_t out[18], uint64_t sample)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec;
    uint8_t spare[18];
    assert_int_equal(eh_thing_parse(&spec, "augment", text, "test", arena, NULL), EH_OK);
    for (int i = 0; i < 18; i++)
        out[i] = (uint8_t)i;
    eh_rng rng = eh_rng_at(1, EH_DRAW_AUGMENT, 0, sample);
    ((const eh_augment *)spec.entry)->apply(spec.opts, out, spare, 3, 2, 3, &rng);
    eh_arena_free(arena);
}

static void lines_are_mirrored_pixel_by_pixel(void **state)
{
    (void)state;
    uint8_t out[18];
    const uint8_t want[] = { 6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11 };
    apply("flip:probability=1", out, 0);
    assert_memory_equal(out, want, sizeof want);
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
        cmocka_unit_test(probability_zero_changes_nothing),
        cmocka_unit_test(about_half_of_the_samples_are_mirrored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
