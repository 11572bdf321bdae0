/* letters.h - small letters on pictures: captions of contact sheets. */
#ifndef EH_IMAGE_LETTERS_H
#define EH_IMAGE_LETTERS_H

#include "evenhand/image.h"

/* Pixels from one letter, or one line, to the next at scale 1. */
enum { EH_LETTER_WIDTH = 6, EH_LETTER_HEIGHT = 10 };

/* Writes UTF-8 text with its upper left corner at (x, y) in `colour` (RGB; a grey picture takes its first), each point `scale` pixels wide. What lies outside
 * of the picture is cut off. Letters other than those of ASCII are shown as a box, control characters as blanks. */
void eh_write_letters(eh_image *image, int x, int y, int scale, const uint8_t colour[3], const char *text);

/* Letters that the text takes: UTF-8 characters. */
int eh_count_letters(const char *text);

#endif
