/* layout.h - how two pictures become one, for `evenhand compose`.
 *
 * To add a layout "x": src/data/layout_x.c with `const eh_layout eh_layout_x`, a row in layout_list.c, a test test_layout_x.c.
 */
#ifndef EH_DATA_LAYOUT_H
#define EH_DATA_LAYOUT_H

#include "evenhand/image.h"
#include "evenhand/option.h"
#include "base/rng.h"

#include <stdbool.h>

/* A rectangle of the composed picture, in pixels. */
typedef struct eh_layout_box {
    int x, y, width, height;
} eh_layout_box;

/* What one picture is made of. Pictures are RGB or RGBA; alpha counts where the layout cuts out by it. */
typedef struct eh_layout_parts {
    const eh_image *first, *second;
    int position; /* index into the layout's positions; 0 where it has none */
    eh_rng rng;   /* of this picture */
} eh_layout_parts;

typedef struct eh_layout {
    eh_entry entry;
    const char *const *
        positions; /* names of the places for the second picture (or the one in front), NULL-terminated; NULL: only one place */
    int usual_positions; /* how many of them, from the first, are used when the user names none */
    /* Refuses options that contradict each other; NULL: there are none. */
    eh_status (*check)(const void *opts, eh_error *err);
    /* Makes an RGB picture, owned by the caller, and says where the picture that moves about lies in it. */
    eh_status (*draw)(eh_image *out, eh_layout_box *box, const eh_layout_parts *parts, const void *opts,
                      eh_error *err);
} eh_layout;

extern const eh_entry *const eh_layout_list[];

/* ---- what layouts share ---- */

/* The colour of a word (black, white, red, green, blue, yellow, cyan, magenta, orange, purple, pink, brown, grey) or of #rrggbb. */
bool eh_colour_parse(uint8_t rgb[3], const char *text);

/* The picture becomes that colour, as bright as each pixel was: its luma times the colour. Alpha stays. */
void eh_image_tint(eh_image *image, const uint8_t rgb[3]);

/* `in` scaled so that it just fits into a square of `side` pixels, its shape kept; a copy when it fits already exactly. */
eh_status eh_layout_fit(eh_image *out, const eh_image *in, int side, eh_error *err);

/* The centred square of `in`, scaled to `side`; side 0: `in` as it is. */
eh_status eh_layout_square(eh_image *out, const eh_image *in, int side, eh_error *err);

#endif
