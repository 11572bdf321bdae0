/* coco_shapes.h - the outlines of COCO: polygons and run lengths, filled pixel for pixel as its own tools fill them. */
#ifndef EH_DATA_COCO_SHAPES_H
#define EH_DATA_COCO_SHAPES_H

#include "evenhand/error.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* The buffers of one picture; all bytes 0 before and after. */
typedef struct eh_coco_buffers {
    int width, height;
    uint8_t *inside;    /* [width * height] column by column: pixel x, y at x * height + y */
    uint8_t *scratch;   /* [width * height + 1] */
    size_t first, last; /* where in `inside` the last object lies; 0, 0: nowhere */
} eh_coco_buffers;

/* Fills `inside` with 1 where the object is. `segmentation` is a list of polygons [[x, y, x, y, x, y ...], ...], whose union counts, or {"size": [height, width],
 * "counts": [n ...] or "text"}. *area: its pixels. Whatever the result, eh_coco_empty is to follow. EH_ERR_INPUT says what is wrong with it; EH_ERR_LIMIT
 * where an outline is longer than 2^26 steps of a fifth of a pixel. */
eh_status eh_coco_fill(eh_coco_buffers *b, size_t *area, const json_t *segmentation, eh_error *err);

/* Takes the object away again. */
void eh_coco_empty(eh_coco_buffers *b);

#endif
