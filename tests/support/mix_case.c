/* mix_case.c - see mix_case.h. */
#include "support/mix_case.h"

#include "support/cmocka_all.h"

#include "base/config.h"
#include "base/rng.h"

void mix_case_run(mix_case *c, const char *text, bool masks, uint64_t batch)
{
    static mix_case before;
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec;
    eh_rng rng = eh_rng_at(1, EH_DRAW_MIX, 0, batch);
    for (uint32_t i = 0; i < MIX_COUNT; i++) {
        for (int k = 0; k < MIX_CHANNELS * MIX_PLANE; k++)
            (&c->image[i][0][0])[k] = (float)(i + 1);
        for (int k = 0; k < MIX_PLANE; k++)
            c->mask[i][k] = (uint8_t)(i % 250);
        c->partner[i] = (i + 1) % MIX_COUNT;
        c->lambda[i] = 1;
    }
    before = *c;
    eh_mix m = { .image = &c->image[0][0][0],
                 .before = &before.image[0][0][0],
                 .mask = masks ? &c->mask[0][0] : NULL,
                 .mask_before = masks ? &before.mask[0][0] : NULL,
                 .partner = c->partner,
                 .lambda = c->lambda,
                 .count = MIX_COUNT,
                 .width = MIX_WIDTH,
                 .height = MIX_HEIGHT,
                 .channels = MIX_CHANNELS,
                 .rng = &rng };
    assert_int_equal(eh_thing_parse(&spec, "augmentation", text, "test", arena, NULL), EH_OK);
    ((const eh_augment *)spec.entry)->mix(spec.opts, &m);
    eh_arena_free(arena);
}
