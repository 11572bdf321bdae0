/* mask_colours.c - colours of classes in masks that are shown.
 *
 * Source  the colour map of the PASCAL VOC devkit: the bits of the number, three by three, become the high bits of red, green and blue; neighbouring
 *         numbers get colours that are easily told apart, and 0 is black.
 */
#include "image/mask_colours.h"

void eh_mask_colour(uint8_t rgb[3], unsigned cls)
{
    rgb[0] = rgb[1] = rgb[2] = 0;
    for (unsigned place = 7, bits = cls; bits; bits >>= 3, place--)
        for (unsigned c = 0; c < 3; c++)
            rgb[c] = (uint8_t)(rgb[c] | (bits >> c & 1u) << place);
}
