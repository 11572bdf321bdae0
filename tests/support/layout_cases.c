/* layout_cases.c - see layout_cases.h. */
#include "support/layout_cases.h"

#include "support/cmocka_all.h"

eh_status layout_case_draw(const char *layout, const eh_image *first, const eh_image *second, int position,
                           uint64_t seed, eh_image *out, eh_layout_box *box, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    eh_thing_spec spec;
    eh_status status = eh_thing_parse(&spec, "layout", layout, "--layout", arena, err);
    *out = (eh_image){ 0 };
    if (status == EH_OK) {
        const eh_layout *l = (const eh_layout *)spec.entry;
        const eh_layout_parts parts = {
            .first = first, .second = second, .position = position, .rng = eh_rng_at(seed, EH_DRAW_TEST, 0, 0)
        };
        if (l->check)
            status = l->check(spec.opts, err);
        if (status == EH_OK)
            status = l->draw(out, box, &parts, spec.opts, err);
    }
    eh_arena_free(arena);
    return status;
}

uint32_t layout_case_pixel(const eh_image *image, int x, int y)
{
    assert_int_equal(image->channels, 3);
    assert_in_range(x, 0, image->width - 1);
    assert_in_range(y, 0, image->height - 1);
    const uint8_t *at = image->data + 3 * (y * image->width + x);
    return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}
