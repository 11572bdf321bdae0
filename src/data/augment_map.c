/* augment_map.c - from a packed image to an augmented sample; see augment_map.h. */
#include "data/augment_map.h"

#include "base/rng.h"
#include "image/colour.h"
#include "image/remap.h"

#include <math.h>

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

eh_status eh_augment_check_order(const char *augment, const char *first, double least, const char *second,
                                 double most, eh_error *err)
{
    return least <= most ? EH_OK
                         : eh_fail(err, EH_ERR_USAGE,
                                   "--augment: %s has %s=%g, which is above %s=%g; give them in order",
                                   augment, first, least, second, most);
}

eh_status eh_augments_check(const eh_thing_spec *augment, size_t augments, bool masks, eh_error *err)
{
    for (size_t i = 0; i < augments; i++) {
        const eh_augment *a = (const eh_augment *)augment[i].entry;
        if (a->no_masks && masks)
            return eh_fail(err, EH_ERR_USAGE,
                           "--augment: %s cannot be used where pixels are learned, because it would mix two "
                           "classes in one pixel",
                           a->entry.name);
        if (a->check)
            EH_TRY(a->check(augment[i].opts, err));
    }
    return EH_OK;
}

bool eh_sample_chance(eh_sample *s, double probability)
{
    return eh_rng_uniform(s->rng) < probability;
}

bool eh_sample_placed(eh_sample *s, double probability, int fill)
{
    bool placed = eh_sample_chance(s, probability);
    if (placed)
        s->fill = (eh_fill)fill;
    return placed;
}

void eh_map_mirror(eh_sample *s)
{
    const double mirror[9] = { -1, 0, s->width - 1, 0, 1, 0, 0, 0, 1 };
    eh_map_step(s, mirror);
}

void eh_map_rotate(eh_sample *s, double degrees)
{
    double turn = degrees * 3.14159265358979323846 / 180, c = cos(turn), n = sin(turn),
           x = (s->width - 1) / 2.0, y = (s->height - 1) / 2.0;
    const double step[9] = { c, -n, x - c * x + n * y, n, c, y - n * x - c * y, 0, 0, 1 };
    if (degrees != 0)
        eh_map_step(s, step);
}

void eh_map_crop(eh_sample *s, double left, double top, double width, double height)
{
    const double step[9] = { width, 0,      left * s->width + (width - 1) / 2,
                             0,     height, top * s->height + (height - 1) / 2,
                             0,     0,      1 };
    if (left != 0 || top != 0 || width != 1 || height != 1)
        eh_map_step(s, step);
}

void eh_map_zoom(eh_sample *s, double least, double most)
{
    double share = 1 / eh_rng_range(s->rng, least, most), left = eh_rng_uniform(s->rng) * (1 - share);
    eh_map_crop(s, left, eh_rng_uniform(s->rng) * (1 - share), share, share);
}

/* In half widths and half heights from the middle the map is ((1 - y^2) s - x y t + x, (1 - x^2) t - x y s + y) / (x s + y t + 1): the projective map
 * that takes (s, t) to (s - y s t, t - x s t) at the four corners. */
void eh_map_tilt(eh_sample *s, double x, double y)
{
    double w = s->width / 2.0, h = s->height / 2.0;
    const double to_unit[9] = { 1 / w, 0, 0.5 / w - 1, 0, 1 / h, 0.5 / h - 1, 0, 0, 1 },
                 tilt[9] = { 1 - y * y, -x * y, x, -x * y, 1 - x * x, y, x, y, 1 },
                 to_pixels[9] = { w, 0, w - 0.5, 0, h, h - 0.5, 0, 0, 1 };
    if (x == 0 && y == 0)
        return;
    eh_map_step(s, to_pixels);
    eh_map_step(s, tilt);
    eh_map_step(s, to_unit);
}

void eh_sample_lighting(eh_sample *s, double by, double probability)
{
    double brightness = 0.5, contrast = 1;
    if (eh_sample_chance(s, probability))
        brightness = eh_rng_range(s->rng, (1 - by) / 2, (1 + by) / 2);
    if (eh_sample_chance(s, probability))
        contrast = exp(eh_rng_range(s->rng, log(1 - by), -log(1 - by)));
    eh_colour_lighting(s->pixels, (size_t)s->width * (size_t)s->height, s->channels, brightness, contrast);
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
