/* mask.h - pictures whose pixels are classes: which number or colour of a file stands for which class.
 *
 * Files of masks hold indices (palette or grey PNGs) or colours. In memory a mask is a picture of one channel whose samples are classes, 0, 1, 2 ...,
 * and EH_MASK_IGNORE where a pixel counts for nothing.
 */
#ifndef EH_DATA_MASK_H
#define EH_DATA_MASK_H

#include "evenhand/catalog.h"

/* Most classes that a mask can have. */
#define EH_MASK_CLASSES 255

/* A pixel's value: the index 0..255, or a colour as EH_MASK_COLOUR | red << 16 | green << 8 | blue. */
#define EH_MASK_COLOUR 0x1000000u

/* What the values of one column of masks stand for. Zero-initialise; the fields are filled by eh_mask_values_add. */
typedef struct eh_mask_values {
    uint8_t cls[256]; /* class of an index, where known[] */
    bool known[256];
    uint32_t *colour; /* [colours] ascending */
    uint8_t *colour_cls;
    size_t colours, capacity;
} eh_mask_values;

/* Says that `value` stands for `cls`, 0..254 or EH_MASK_IGNORE; a value that was known gets the new meaning. */
eh_status eh_mask_values_add(eh_mask_values *values, uint32_t value, uint8_t cls, eh_error *err);
void eh_mask_values_clear(eh_mask_values *values);

/* Decodes a mask. Where the column has colours, the file's colours are looked up, a palette's too; else its indices. A grey colour that has no entry is
 * looked up as an index, because many masks of indices were saved as RGB. EH_ERR_INPUT names the first value without a class and where it stands,
 * and how many pixels have such values. */
eh_status eh_mask_decode(eh_image *out, const uint8_t *bytes, size_t size, const eh_mask_values *values,
                         const eh_image_limits *limits, eh_error *err);

#endif
