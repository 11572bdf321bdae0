/* cross_validation.h - out-of-sample probabilities from a small model of our own: every image is judged by a network that has not seen it. */
#ifndef EH_CLEAN_CROSS_VALIDATION_H
#define EH_CLEAN_CROSS_VALIDATION_H

#include "clean/folds.h"

/* How. Zero-initialise for the defaults in brackets. */
typedef struct eh_cross_validation_opts {
    eh_thing_spec model; /* [standard-cnn, for masks unet:width=8] */
    int64_t folds;       /* [4] */
    int64_t repeats;     /* [1] whole cross-validations with other seeds, averaged */
    int64_t epochs;      /* [6, for masks 8] */
    int64_t batch;       /* [64, for masks 8] */
    int64_t
        size; /* side of the pictures; [their own when all are equal and at most 64, else 64]; for masks the longer side [96] */
    double lr;           /* [0.002], one cycle */
    eh_str_list augment; /* [none] */
    uint64_t seed;
    const char
        *pixels; /* for masks: the NPY file [rows, classes, height, width] to write the probabilities to */
} eh_cross_validation_opts;

/* One network with one head for each column per fold. unit: [rows] rows with equal numbers (copies, one person) never part; NULL: each row alone.
 * Columns must be class columns with at least two classes, or one column of masks alone, whose probabilities go to the file opts->pixels: a row of the frame is
 * in memory at a time, and a file that is not complete is removed. Progress shows images judged and seconds left. Same seed, same numbers.
 * EH_ERR_NOT_ENOUGH when there are fewer than two rows or units a fold. EH_ERR_INTERRUPTED on request. */
eh_status eh_cross_validate(eh_fold_predictions **out, eh_catalog *catalog, const eh_frame *frame,
                            const eh_frame_column *const *columns, size_t count, const uint32_t *unit,
                            const eh_cross_validation_opts *opts, eh_progress *progress, eh_error *err);

#endif
