/* pixel_audit.h - predicted masks measured: every class over all images and in every group of images.
 *
 * Images are added one after another and not kept, so memory does not grow with them. Pixels without a class (255) count for nothing.
 */
#ifndef EH_METRIC_PIXEL_AUDIT_H
#define EH_METRIC_PIXEL_AUDIT_H

#include "metric/number_audit.h"

#define EH_PIXEL_UNJUDGED 255

/* What one image is worth by itself. */
typedef struct eh_pixel_image {
    uint64_t judged, correct; /* pixels */
    double miou;              /* NaN without judged pixels */
} eh_pixel_image;

/* A class; ap, iou and dice are NaN where no pixel is of it. */
typedef struct eh_pixel_class {
    uint64_t truth, predicted; /* pixels */
    double ap, iou, dice;
    double ap_error; /* the exact average precision lies within ap -+ this */
} eh_pixel_class;

/* All images of a group, or all. Means are over the classes that occur. */
typedef struct eh_pixel_result {
    uint64_t images, judged;
    double accuracy, miou, mean_dice;
    double map;                  /* mean average precision; NaN when it was not asked for */
    int64_t worst;               /* the class with the lowest average precision, else IoU; -1 = none */
    double worst_value;          /* of it */
    double ap_error;             /* largest of the classes */
    eh_pixel_class *cls;         /* [classes] */
    uint64_t *confusion;         /* [classes * classes], row = truth */
    eh_mean_estimate image_miou; /* mean over images of their own mean IoU */
} eh_pixel_result;

typedef struct eh_pixel_audit eh_pixel_audit;

/* Names are copied. precision: also average precision, which takes memory for histograms (up to 512 MiB, by resolution). group_value may be NULL when there
 * are no group columns. */
typedef struct eh_pixel_input {
    const char *const *class_name;
    size_t classes; /* 2 to 255 */
    const char *const *group_name, *const *group_value, *const *group_column;
    size_t groups, group_columns;
    bool precision;
    double level; /* 0 = 0.95 */
    uint64_t few; /* 0 = 30 */
} eh_pixel_input;

eh_status eh_pixel_audit_new(eh_pixel_audit **out, const eh_pixel_input *in, eh_error *err);
void eh_pixel_audit_free(eh_pixel_audit *audit);

/* Adds an image: truth and prediction [pixels], probability [classes, pixels] (NULL where precision is not asked for). A truth that is no class and not 255 is
 * EH_ERR_INPUT. */
eh_status eh_pixel_audit_add(eh_pixel_audit *audit, size_t group, const uint8_t *truth,
                             const uint8_t *predicted, const float *probability, size_t pixels,
                             eh_pixel_image *image, eh_error *err);

/* Measures a group, or with -1 all images. Lives in the arena. */
eh_status eh_pixel_audit_measure(eh_pixel_result *out, const eh_pixel_audit *audit, int64_t group,
                                 eh_arena *arena, eh_error *err);

/* One element of `masks[].splits` of results.json, without examples. unlabelled: images without a mask. New reference, NULL on failure. */
json_t *eh_pixel_audit_json(const eh_pixel_audit *audit, const char *split, uint64_t unlabelled,
                            eh_error *err);

/* That element as text tables: the classes, worst first, and where there are several the groups. */
eh_status eh_pixel_table(eh_str *out, const json_t *split, eh_error *err);

#endif
