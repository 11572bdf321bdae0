/* augment_map.c - from a packed image to an augmented sample; see augment_map.h. */
#include "data/augment_map.h"

#include "image/remap.h"

#include <string.h>

const char *const eh_fill_names[] = { "reflect", "border", "zero", NULL };

void eh_map_step(eh_sample *sample, const double step[9])
{
    double *m = sample->map, out[9];
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 3; column++)
            out[3 * row + column] = m[3 * row] * step[column] + m[3 * row + 1] * step[3 + column] +
                                    m[3 * row + 2] * step[6 + column];
    memcpy(m, out, sizeof out);
}

/* The whole source fills the result. */
static void begin_map(eh_sample *s, int in_width, int in_height)
{
    double x = (double)in_width / s->width, y = (double)in_height / s->height;
    const double whole[9] = { x, 0, (x - 1) / 2, 0, y, (y - 1) / 2, 0, 0, 1 };
    memcpy(s->map, whole, sizeof whole);
    s->fill = EH_FILL_REFLECT;
}

void eh_augment_sample(eh_sample *s, const eh_thing_spec *augment, size_t augments, const uint8_t *image,
                       const uint8_t *mask, int in_width, int in_height)
{
    begin_map(s, in_width, in_height);
    for (size_t i = 0; i < augments; i++) {
        const eh_augment *a = (const eh_augment *)augment[i].entry;
        if (a->place)
            a->place(augment[i].opts, s);
    }
    eh_remap(s->pixels, s->width, s->height, image, in_width, in_height, s->channels, s->map, s->fill);
    if (mask)
        eh_remap_classes(s->mask, s->width, s->height, mask, in_width, in_height, s->map, EH_MASK_IGNORE);
    for (size_t i = 0; i < augments; i++) {
        const eh_augment *a = (const eh_augment *)augment[i].entry;
        if (a->apply)
            a->apply(augment[i].opts, s);
    }
}
