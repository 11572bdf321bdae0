/* flat_sets.h - small data sets of one-coloured pictures, whose contents can be read off any composed picture. */
#ifndef EH_TESTS_FLAT_SETS_H
#define EH_TESTS_FLAT_SETS_H

#include "evenhand/image.h"

#include <stddef.h>
#include <stdint.h>

/* A picture of one value (1 channel) or colour. Release with eh_image_clear. */
eh_image flat_picture(int width, int height, const uint8_t *colour, int channels);

/* Writes folder/name/<part>/<class>/NN.png (no part folder where part is "") with `count` pictures of width x height for each of the classes
 * "c0", "c1" ...; every pixel of class k is the grey value base + 10 k. */
void flat_set_write(void *folder, const char *name, const char *part, int classes, int count, int side,
                    int base);

/* Imports folder/name as folder/name.eh. */
void flat_set_import(void *folder, const char *name);

#endif
