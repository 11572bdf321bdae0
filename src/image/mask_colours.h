/* mask_colours.h - colours of classes in masks that are shown. */
#ifndef EH_IMAGE_MASK_COLOURS_H
#define EH_IMAGE_MASK_COLOURS_H

#include <stdint.h>

/* The colour of a class, 0 to 255: that of the PASCAL VOC devkit. */
void eh_mask_colour(uint8_t rgb[3], unsigned cls);

#endif
