/* pixel_histogram.h - inside of a pixel audit: what it counts, and average precision from histograms of probabilities. */
#ifndef EH_METRIC_PIXEL_HISTOGRAM_H
#define EH_METRIC_PIXEL_HISTOGRAM_H

#include "metric/pixel_audit.h"

/* Images of a group: how many, and the mean of their mean IoUs with its sum of squared distances. */
typedef struct eh_pixel_group {
    uint64_t images;
    double mean, squares;
} eh_pixel_group;

struct eh_pixel_audit {
    eh_arena *arena;
    size_t classes, groups, columns;
    const char *const *class_name, *const *group_name, *const *group_value, *const *group_column;
    double level;
    uint64_t few;
    eh_pixel_group *group;
    uint64_t *cell; /* [groups, classes, classes] pixels, row = truth */
    uint64_t *own;  /* [classes, classes] of the image that is being added */
    /* [groups, classes, bins] pixels by the class's probability: all, and those of the class. NULL: average precision is not asked for. */
    uint64_t *all, *positive;
    size_t bins;
    int shift; /* bits of a float that are dropped */
};

/* Copies names into the arena. */
eh_status eh_pixel_names(const char *const **out, eh_arena *arena, const char *const *name, size_t count,
                         eh_error *err);

/* The histograms, as fine as their memory allows. */
eh_status eh_pixel_histogram_make(eh_pixel_audit *audit, eh_error *err);

/* Counts an image's pixels; probability [classes, pixels]. */
void eh_pixel_histogram_add(eh_pixel_audit *audit, size_t group, const uint8_t *truth,
                            const float *probability, size_t pixels);

/* Average precision of a class in a group (-1: over all), and how far off it can be. NaN without pixels of the class. */
void eh_pixel_histogram_ap(double *ap, double *error, const eh_pixel_audit *audit, int64_t group, size_t cls);

#endif
