/* image_array.h - pictures as one array of unsigned bytes: the inside of IDX, NPY, CIFAR and HDF5 files. */
#ifndef EH_DATA_IMAGE_ARRAY_H
#define EH_DATA_IMAGE_ARRAY_H

#include "evenhand/image.h"

#include <stdbool.h>
#include <stdint.h>

/* Items one behind the other; `data` is borrowed. */
typedef struct eh_image_array {
    const uint8_t *data; /* of the first item's first sample */
    uint64_t items;
    size_t step; /* bytes from item to item */
    int width, height, channels;
    bool planes; /* channel by channel (C,H,W), else sample by sample (H,W,C) */
    bool bgr;    /* blue first */
} eh_image_array;

/* What the sizes of an array mean: N,H,W grey; N,H,W,C or N,C,H,W, told apart by which of the two sizes is 3 (then 1, then 4). Fills everything but
 * data and bgr. `name` stands for the array in messages. EH_ERR_INPUT for other shapes. */
eh_status eh_image_array_shape(eh_image_array *out, const uint64_t *size, int dimensions, const char *name,
                               eh_error *err);

/* Item `item` as a picture: as stored (RGB order) when opts is NULL, else converted as eh_image_decode does. EH_ERR_INPUT when there is no such item. */
eh_status eh_image_array_read(eh_image *out, const eh_image_array *array, int64_t item,
                              const eh_decode_opts *opts, eh_error *err);

#endif
