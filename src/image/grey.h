/* grey.h - grey as Pillow's convert("L"): ITU-R 601 luma of the stored colours. */
#ifndef EH_IMAGE_GREY_H
#define EH_IMAGE_GREY_H

#include <stddef.h>
#include <stdint.h>

/* Luma of `count` pixels of 1, 3 or 4 channels: (19595 R + 38470 G + 7471 B + 32768) >> 16. Alpha is dropped, not composited. */
void eh_grey_pixels(uint8_t *out, const uint8_t *pixels, size_t count, int channels);

#endif
