/* colour.h - changes of brightness, contrast and colour, in place. */
#ifndef EH_IMAGE_COLOUR_H
#define EH_IMAGE_COLOUR_H

#include <stddef.h>
#include <stdint.h>

/* `pixels` of `channels` samples, 1 (grey) or 3 (RGB). Every function rounds to nearest and keeps to 0..255; the factor 1 (of hue: 0) changes nothing.
 * Formulas: torchvision.transforms.functional, adjust_brightness and so on. */

void eh_colour_brightness(uint8_t *samples, size_t pixels, int channels, double factor); /* factor v */
void eh_colour_contrast(uint8_t *samples, size_t pixels, int channels,
                        double factor); /* factor v + (1 - factor) mean grey */
void eh_colour_saturation(uint8_t *samples, size_t pixels, int channels,
                          double factor); /* factor v + (1 - factor) grey of the pixel; nothing for grey */
void eh_colour_hue(uint8_t *samples, size_t pixels, int channels,
                   double turn); /* turn of the colour circle, -0.5 .. 0.5; nothing for grey */

/* fastai's lighting: sigmoid((logit(v) + logit(brightness)) contrast), v in 0..1; brightness 0.5 and contrast 1 change nothing. */
void eh_colour_lighting(uint8_t *samples, size_t pixels, int channels, double brightness, double contrast);

#endif
