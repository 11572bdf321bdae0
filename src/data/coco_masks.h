/* coco_masks.h - the objects of a picture become one mask. */
#ifndef EH_DATA_COCO_MASKS_H
#define EH_DATA_COCO_MASKS_H

#include "data/coco_file.h"

/* What counts where objects lie on each other. */
typedef enum eh_coco_overlap {
    EH_COCO_SMALL, /* the smaller object, so that what a person holds is seen in front of the person; of equal ones the later */
    EH_COCO_LATER, /* the later annotation, as cocostuffapi draws them */
    EH_COCO_NEITHER /* neither: such a pixel counts for nothing, as in torchvision's training script for segmentation */
} eh_coco_overlap;

typedef struct eh_coco_rules {
    eh_coco_overlap overlap;
    uint8_t
        *cls; /* [categories of the file] class of each, or EH_MASK_IGNORE; 255 too where it is not wanted */
    bool *wanted;   /* [categories] false: its objects are left out, as if they were not there */
    uint8_t ground; /* class of pixels without any object, or EH_MASK_IGNORE */
} eh_coco_rules;

/* The mask of one image as a PNG of classes (owned by the caller, eh_free). Crowds (iscrowd) count for nothing where no object lies on them. EH_ERR_INPUT names
 * the annotation that cannot be drawn, EH_ERR_LIMIT says that the picture is too large. Reentrant. */
eh_status eh_coco_mask(uint8_t **png, size_t *size, const eh_coco *coco, const eh_coco_image *image,
                       const eh_coco_rules *rules, eh_error *err);

#endif
