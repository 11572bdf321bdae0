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

/* Steps. All turn and scale about the middle of the picture. */
void eh_map_rotate(eh_sample *sample, double degrees); /* counter-clockwise */
/* What lies in the rectangle fills the result; in shares of width and height. */
void eh_map_crop(eh_sample *sample, double left, double top, double width, double height);
/* A random part of 1 / factor of the sides fills the result; factor uniform in least .. most. */
void eh_map_zoom(eh_sample *sample, double least, double most);
/* Tilt as fastai's Warp: in half widths and half heights from the middle, the corners (s, t) show what lies at (s - y s t, t - x s t). x makes one
 * side of the picture taller than the other, y the top or the bottom wider. |x| + |y| < 1. */
void eh_map_tilt(eh_sample *sample, double x, double y);
void eh_map_mirror(eh_sample *sample); /* left-right */

/* EH_ERR_USAGE where the option `first` of an augmentation is above its option `second`, between which something is drawn: eh_augment.check. */
eh_status eh_augment_check_order(const char *augment, const char *first, double least, const char *second,
                                 double most, eh_error *err);

/* Whether augmentations can be used, with masks or without: EH_ERR_USAGE says which cannot, or which of its options are wrong together. */
eh_status eh_augments_check(const eh_thing_spec *augment, size_t augments, bool masks, eh_error *err);

/* A draw that is true with this probability. */
bool eh_sample_chance(eh_sample *sample, double probability);
/* The same for what places the picture: where it is true, what comes into view beyond the edges is `fill` (eh_fill). */
bool eh_sample_placed(eh_sample *sample, double probability, int fill);

/* The row of an option table for how often, and that for what comes into view, where the option struct has members `probability` and `fill`. */
#define EH_AUGMENT_PROBABILITY(struct_type, what, often)                               \
    {                                                                                  \
        .name = "probability", .help = what, .type = EH_OPT_FLOAT,                     \
        .offset = offsetof(struct_type, probability), .def = often, .min = 0, .max = 1 \
    }
#define EH_AUGMENT_FILL(struct_type)                                                            \
    {                                                                                           \
        .name = "fill", .help = "what comes into view beyond the edges", .type = EH_OPT_CHOICE, \
        .offset = offsetof(struct_type, fill), .def = "reflect", .choices = eh_fill_names       \
    }

/* fastai's lighting: brightness uniform in (1 - by) / 2 .. (1 + by) / 2, log contrast uniform in +-log(1 - by), each with this probability. */
void eh_sample_lighting(eh_sample *sample, double by, double probability);

/* Gives the sample its pixels and mask: `image` (and `mask`, NULL: none) of in_width x in_height, placed by the augmentations with `place` and resampled
 * once where that moved them, then changed by those with `apply`. sample->pixels, mask, mean, sizes and rng are set by the caller. */
void eh_augment_sample(eh_sample *sample, const eh_thing_spec *augment, size_t augments, const uint8_t *image,
                       const uint8_t *mask, int in_width, int in_height);

#endif
