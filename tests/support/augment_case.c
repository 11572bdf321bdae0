/* augment_case.c - see augment_case.h. */
#include "support/augment_case.h"

#include "support/cmocka_all.h"

#include "base/config.h"
#include "base/rng.h"
#include "data/augment_map.h"

#include "evenhand/catalog.h"

#include <math.h>
#include <string.h>

void augment_case_run(const augment_picture *out, const augment_picture *in, const char *const *texts,
                      uint64_t sample)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec[8];
    size_t count = 0;
    eh_error err = { 0 };
    for (; texts[count]; count++)
        if (eh_thing_parse(&spec[count], "augmentation", texts[count], "test", arena, &err) != EH_OK)
            fail_msg("%s", err.message);
    eh_rng rng = eh_rng_at(1, EH_DRAW_AUGMENT, 0, sample);
    eh_sample s = { .pixels = out->pixels,
                    .mask = out->mask,
                    .width = out->width,
                    .height = out->height,
                    .channels = out->channels,
                    .rng = &rng };
    eh_augment_sample(&s, spec, count, in->pixels, in->mask, in->width, in->height);
    eh_arena_free(arena);
}

void augment_case_one(uint8_t *out, const uint8_t *in, int width, int height, int channels, const char *text,
                      uint64_t sample)
{
    const augment_picture to = { .pixels = out, .width = width, .height = height, .channels = channels },
                          from = {
                              .pixels = (uint8_t *)in, .width = width, .height = height, .channels = channels
                          };
    augment_case_run(&to, &from, (const char *const[]){ text, NULL }, sample);
}

bool augment_case_map(double map[9], const char *text, int width, int height, uint64_t sample)
{
    static const double same[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec;
    eh_rng rng = eh_rng_at(1, EH_DRAW_AUGMENT, 0, sample);
    eh_sample s = { .width = width, .height = height, .channels = 3, .rng = &rng };
    assert_int_equal(eh_thing_parse(&spec, "augmentation", text, "test", arena, NULL), EH_OK);
    memcpy(s.map, same, sizeof same);
    ((const eh_augment *)spec.entry)->place(spec.opts, &s);
    memcpy(map, s.map, sizeof s.map);
    eh_arena_free(arena);
    return memcmp(map, same, sizeof same) != 0;
}

enum { WIDE = 20, HIGH = 14, COLOURS = 3 };

/* Left black, right white; colours of all kinds in between, which mask says are not judged. */
static void halves(uint8_t pixels[WIDE * HIGH * COLOURS], uint8_t mask[WIDE * HIGH])
{
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++) {
            bool band = x >= 8 && x < 12;
            mask[y * WIDE + x] = band ? EH_MASK_IGNORE : x >= 12;
            for (int c = 0; c < COLOURS; c++)
                pixels[(y * WIDE + x) * COLOURS + c] = (uint8_t)(band ? (x < 10 ? 40 : 160) + 3 * y + 15 * c
                                                                 : x >= 12 ? 235
                                                                           : 20);
        }
}

static void run_halves(uint8_t pixels[WIDE * HIGH * COLOURS], uint8_t mask[WIDE * HIGH], const char *text,
                       uint64_t sample)
{
    uint8_t in[WIDE * HIGH * COLOURS], in_mask[WIDE * HIGH];
    halves(in, in_mask);
    const augment_picture from = { in, in_mask, WIDE, HIGH, COLOURS },
                          to = { pixels, mask, WIDE, HIGH, COLOURS };
    augment_case_run(&to, &from, (const char *const[]){ text, NULL }, sample);
}

void augment_case_expect_nothing(const char *text)
{
    uint8_t in[WIDE * HIGH * COLOURS], in_mask[WIDE * HIGH], out[sizeof in], out_mask[sizeof in_mask];
    halves(in, in_mask);
    for (uint64_t sample = 0; sample < 40; sample++) {
        run_halves(out, out_mask, text, sample);
        assert_memory_equal(out, in, sizeof in);
        assert_memory_equal(out_mask, in_mask, sizeof in_mask);
    }
}

void augment_case_expect(const char *text, double probability)
{
    uint8_t in[WIDE * HIGH * COLOURS], in_mask[WIDE * HIGH], out[sizeof in], mask[sizeof in_mask],
        again[sizeof in], again_mask[sizeof in_mask], last[sizeof in] = { 0 };
    enum { SAMPLES = 400 };
    int changed = 0, different = 0, judged = 0;
    halves(in, in_mask);
    for (uint64_t sample = 0; sample < SAMPLES; sample++) {
        run_halves(out, mask, text, sample);
        run_halves(again, again_mask, text, sample);
        assert_memory_equal(out, again, sizeof out);
        assert_memory_equal(mask, again_mask, sizeof mask);
        bool same = memcmp(out, in, sizeof in) == 0;
        changed += !same;
        different += !same && memcmp(out, last, sizeof out) != 0;
        memcpy(last, out, sizeof out);
        for (int i = 0; i < WIDE * HIGH; i++) {
            const uint8_t *p = out + (ptrdiff_t)i * COLOURS;
            judged += mask[i] != EH_MASK_IGNORE;
            if (mask[i] == EH_MASK_IGNORE || (p[0] == 0 && p[1] == 0 && p[2] == 0))
                continue; /* black: covered */
            if (mask[i] == 0)
                assert_true(p[1] < 128);
            else
                assert_true(p[1] > 128);
        }
    }
    /* Five standard deviations, and draws that change too little to be seen. */
    double spread = 5 * sqrt(probability * (1 - probability) * SAMPLES) + 0.02 * SAMPLES;
    assert_float_equal(changed, probability * SAMPLES, spread);
    assert_true(different > 0.9 * changed);
    assert_true(judged > SAMPLES * WIDE * HIGH / 5);
}

void augment_case_refused(const char *text, const char *part)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec;
    eh_error err = { 0 };
    assert_int_equal(eh_thing_parse(&spec, "augmentation", text, "test", arena, NULL), EH_OK);
    const eh_augment *augment = (const eh_augment *)spec.entry;
    assert_non_null(augment->check);
    assert_int_equal(augment->check(spec.opts, &err), EH_ERR_USAGE);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
    assert_int_equal(eh_thing_parse(&spec, "augmentation", augment->entry.name, "test", arena, NULL), EH_OK);
    assert_int_equal(augment->check(spec.opts, NULL), EH_OK);
    eh_arena_free(arena);
}
