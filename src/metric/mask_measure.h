/* mask_measure.h - the words by which predicted masks are measured, of one meaning wherever they are typed (--select, --fail-on).
 *
 *     miou, iou            mean IoU over the classes that occur      iou:CLASS     of one class      worst-iou     of the class with the lowest
 *     mean-dice, dice      mean Dice                                 dice:CLASS                      worst-dice
 *     map, ap              mean average precision (mAP)              ap:CLASS                        wgap, worst-ap
 *     pixel-accuracy       share of the judged pixels that are right
 *     image-miou           mean over the images of each one's own mean IoU; the one with an interval
 */
#ifndef EH_METRIC_MASK_MEASURE_H
#define EH_METRIC_MASK_MEASURE_H

#include "metric/pixel_audit.h"

typedef enum eh_mask_kind {
    EH_MASK_IOU,
    EH_MASK_DICE,
    EH_MASK_AP,
    EH_MASK_PIXEL,
    EH_MASK_IMAGE
} eh_mask_kind;

typedef struct eh_mask_measure {
    const char *word, *name; /* "miou", "mean IoU" */
    eh_mask_kind kind;
    bool of_class, worst; /* can be of one class; is of the worst */
} eh_mask_measure;

/* The measure of a word; NULL for other words. */
const eh_mask_measure *eh_mask_measure_find(const char *word);

/* "IoU", "Dice", "average precision": what a measure is called of one class. */
const char *eh_mask_measure_class_name(const eh_mask_measure *measure);

/* Its value; cls: the class, -1 for none named. NaN where it is not defined (no image, no pixel of the class, average precision where none was measured). */
double eh_mask_measure_value(const eh_mask_measure *measure, const eh_pixel_result *result, size_t classes,
                             int64_t cls);

#endif
