/* augment_case.c - see augment_case.h. */
#include "support/augment_case.h"

#include "support/cmocka_all.h"

#include "base/config.h"
#include "base/rng.h"
#include "data/augment_map.h"

#include <stdlib.h>

void augment_case_run(const augment_picture *out, const augment_picture *in, const char *const *texts,
                      uint64_t sample)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec[8];
    size_t count = 0, pixels = (size_t)out->width * (size_t)out->height;
    eh_error err = { 0 };
    for (; texts[count]; count++)
        if (eh_thing_parse(&spec[count], "augment", texts[count], "test", arena, &err) != EH_OK)
            fail_msg("%s", err.message);
    eh_rng rng = eh_rng_at(1, EH_DRAW_AUGMENT, 0, sample);
    uint8_t *spare = malloc(pixels * 4);
    eh_sample s = { .pixels = out->pixels,
                    .spare = spare,
                    .mask = out->mask,
                    .mask_spare = spare + 3 * pixels,
                    .width = out->width,
                    .height = out->height,
                    .channels = out->channels,
                    .rng = &rng };
    eh_augment_sample(&s, spec, count, in->pixels, in->mask, in->width, in->height);
    if (s.pixels != out->pixels) /* the buffers may have been exchanged */
        for (size_t i = 0; i < pixels * (size_t)out->channels; i++)
            out->pixels[i] = s.pixels[i];
    free(spare);
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
