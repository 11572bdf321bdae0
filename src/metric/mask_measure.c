/* mask_measure.c - measures of masks by their words; see mask_measure.h. */
#include "metric/mask_measure.h"

#include <math.h>
#include <string.h>

static const eh_mask_measure measure[] = {
    { "miou", "mean IoU", EH_MASK_IOU, false, false },
    { "iou", "mean IoU", EH_MASK_IOU, true, false },
    { "worst-iou", "IoU of the worst class", EH_MASK_IOU, false, true },
    { "mean-dice", "mean Dice", EH_MASK_DICE, false, false },
    { "dice", "mean Dice", EH_MASK_DICE, true, false },
    { "worst-dice", "Dice of the worst class", EH_MASK_DICE, false, true },
    { "map", "mean average precision", EH_MASK_AP, false, false },
    { "ap", "mean average precision", EH_MASK_AP, true, false },
    { "worst-ap", "average precision of the worst class", EH_MASK_AP, false, true },
    { "wgap", "average precision of the worst class", EH_MASK_AP, false, true },
    { "pixel-accuracy", "pixel accuracy", EH_MASK_PIXEL, false, false },
    { "image-miou", "image-wise mean IoU", EH_MASK_IMAGE, false, false },
};

const eh_mask_measure *eh_mask_measure_find(const char *word)
{
    for (size_t m = 0; m < sizeof measure / sizeof *measure; m++)
        if (strcmp(measure[m].word, word) == 0)
            return &measure[m];
    return NULL;
}

const char *eh_mask_measure_class_name(const eh_mask_measure *m)
{
    return m->kind == EH_MASK_IOU ? "IoU" : m->kind == EH_MASK_DICE ? "Dice" : "average precision";
}

static double of_class(eh_mask_kind kind, const eh_pixel_class *c)
{
    return kind == EH_MASK_IOU ? c->iou : kind == EH_MASK_DICE ? c->dice : c->ap;
}

double eh_mask_measure_value(const eh_mask_measure *m, const eh_pixel_result *r, size_t classes, int64_t cls)
{
    if (m->kind == EH_MASK_PIXEL)
        return r->accuracy;
    if (m->kind == EH_MASK_IMAGE)
        return r->image_miou.value;
    if (cls >= 0)
        return of_class(m->kind, &r->cls[cls]);
    if (!m->worst)
        return m->kind == EH_MASK_IOU ? r->miou : m->kind == EH_MASK_DICE ? r->mean_dice : r->map;
    double worst = NAN;
    for (size_t k = 0; k < classes; k++) /* fmin passes over NaN: classes that do not occur */
        worst = fmin(worst, of_class(m->kind, &r->cls[k]));
    return worst;
}
