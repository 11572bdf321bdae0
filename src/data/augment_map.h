/* augment_map.h - the map of a sample: where each pixel of the result is taken from, as geometric augmentations compose it.
 *
 * A step T says where a pixel of the step's result lies in what it is given: (x, y, 1) times T, divided by the third number. Steps in the order
 * in which they are applied: map = T1 T2 T3 ..., so that the picture is resampled once.
 */
#ifndef EH_DATA_AUGMENT_MAP_H
#define EH_DATA_AUGMENT_MAP_H

#include "evenhand/loader.h"

/* The words for eh_fill: reflect, border, zero. */
extern const char *const eh_fill_names[];

/* The next step, in pixels: (0, 0) is the centre of the first. */
void eh_map_step(eh_sample *sample, const double step[9]);

/* Gives the sample its pixels and mask: `image` (and `mask`, NULL: none) of in_width x in_height, placed by the augmentations with `place` and resampled
 * once where that moved them, then changed by those with `apply`. sample->pixels, spare, mask, mask_spare, sizes and rng are set by the caller. */
void eh_augment_sample(eh_sample *sample, const eh_thing_spec *augment, size_t augments, const uint8_t *image,
                       const uint8_t *mask, int in_width, int in_height);

#endif
