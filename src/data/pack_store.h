/* pack_store.h - inside of a pack file.
 *
 *     offset  bytes
 *          0      8  "EVHPACK1"
 *          8      4  width           little-endian, as all numbers here
 *         12      4  height
 *         16      4  channels
 *         20      4  0
 *         24      8  number of images
 *         32     32  the key: SHA-256 that the file's name is made from
 *         64   4032  0
 *       4096         images, each height * width * channels bytes, one after the other
 */
#ifndef EH_DATA_PACK_STORE_H
#define EH_DATA_PACK_STORE_H

#include "evenhand/loader.h"

#define EH_PACK_HEADER 4096

/* Version of the pixels: raised when decoding or resizing gives other bytes than before, so that old packs are not used. */
#define EH_PACK_PIXELS 1

typedef struct eh_pack_recipe {
    eh_catalog *catalog;
    const eh_frame *frame;
    int width, height, channels;
    bool stretch;
    bool masks; /* the images' masks in column `column` of the catalog, one byte a pixel */
    size_t column;
    const uint8_t *
        hash; /* [rows of the frame][32] SHA-256 of images or masks when they were imported; zeros: no mask */
    uint8_t key[32];
} eh_pack_recipe;

/* Fills the 4,096 bytes in front of the images. */
void eh_pack_header(uint8_t header[EH_PACK_HEADER], const eh_pack_recipe *recipe);

/* Turns `image` into the size of a pack: the largest centred crop of that shape (unless it may be stretched), then the filter (EH_RESIZE_ANTIALIAS for images). The
 * image is replaced. */
eh_status eh_pack_fit(eh_image *image, int width, int height, bool stretch, eh_resize_filter filter,
                      eh_error *err);

/* Decodes and resizes every image and writes the pack at `path`, whole or not at all. */
eh_status eh_pack_build(const char *path, const eh_pack_recipe *recipe, eh_progress *progress, eh_error *err);

#endif
