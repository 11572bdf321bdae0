/* mask_files.h - masks on disk for tests: PNGs of indices, with and without a palette, and of colours. */
#ifndef EH_TESTS_MASK_FILES_H
#define EH_TESTS_MASK_FILES_H

#include "evenhand/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PNG bytes of width x height indices with `depth` bits each (1, 2, 4, 8): a palette of arbitrary colours, or grey samples. Release with eh_free. */
void mask_png(uint8_t **bytes, size_t *size, int width, int height, const uint8_t *index, int depth,
              bool palette);

/* Writes folder/name: an 8-bit palette PNG in which pixel (x, y) has the index value[(x + y) % values]. */
void mask_write(void *folder, const char *name, int width, int height, const uint8_t *value, int values);

/* The same with colours 0xrrggbb, as an RGB PNG. */
void mask_write_colours(void *folder, const char *name, int width, int height, const uint32_t *colour,
                        int colours);

#endif
