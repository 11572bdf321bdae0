/* remap.h - a picture seen through a projective map: turned, scaled, moved, tilted, in one step. */
#ifndef EH_IMAGE_REMAP_H
#define EH_IMAGE_REMAP_H

#include "evenhand/image.h"

/* A map says where each pixel of the result is taken from: (x, y, 1) of the result, times the 3 x 3 matrix (row by row), gives (u, v, d), and (u / d, v / d)
 * is the place in the source. Whole numbers are the centres of pixels. d must be positive over the whole result. */

/* out [height, width, channels] from in [in_height, in_width, channels]: bilinear, rounded to nearest; where the map shrinks to less than half, each pixel is the mean of a
 * grid of such samples. A map that only moves by whole pixels, or mirrors, copies. `out` and `in` do not overlap. channels 1 or 3. */
void eh_remap(uint8_t *restrict out, int width, int height, const uint8_t *restrict in, int in_width,
              int in_height, int channels, const double map[9], eh_fill fill);

/* The same for classes: the nearest pixel's, and `outside` beyond the edges. */
void eh_remap_classes(uint8_t *restrict out, int width, int height, const uint8_t *restrict in, int in_width,
                      int in_height, const double map[9], uint8_t outside);

#endif
