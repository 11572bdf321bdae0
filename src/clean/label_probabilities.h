/* label_probabilities.h - probabilities of a column's classes that another program, or a run, has written to a file. */
#ifndef EH_CLEAN_LABEL_PROBABILITIES_H
#define EH_CLEAN_LABEL_PROBABILITIES_H

#include "clean/confident_learning.h"
#include "evenhand/dataset.h"

#include "base/npy.h"

typedef struct eh_label_probabilities {
    eh_row_source source; /* one row per row of the frame, one column per class */
    bool *
        present; /* [rows] images that the file says something about; NULL: all. The others have equal probabilities */
    uint32_t *row;    /* [rows] row of the file, where its order is another; NULL: the same */
    size_t absent;    /* how many are not there */
    size_t left_over; /* rows of the file that name no usable image */
    eh_npy *npy;      /* where the numbers come from: a file that is read in pieces, */
    double *table;    /* or [rows, classes] in memory */
} eh_label_probabilities;

/* Opens `path` for a class column of the frame.
 *   NPY   [images, classes] in the order of the column's classes; for two classes also [images] or [images, 1]: the probability of the second. Images are
 *         those that <path>.json names (image_names.h), else the catalog's usable ones in their order.
 *   CSV   a column "file" (or "path", "name", "filename", "image") that names images as the catalog does, or by their last part where that is unique;
 *         and a column for each class, named <class>, p:<class> or <column>.p:<class>, as a run's predictions-<part>.csv has them. Without a column of
 *         names the rows are in the catalog's order.
 * EH_ERR_INPUT names the file and what does not fit. Release with eh_label_probabilities_clear in every case. */
eh_status eh_label_probabilities_open(eh_label_probabilities *out, const char *path, eh_catalog *catalog,
                                      const eh_frame *frame, const eh_frame_column *column, eh_error *err);
void eh_label_probabilities_clear(eh_label_probabilities *probabilities);

/* A warning of images that the file lacks and rows that name no image; nothing where there are none. */
void eh_label_gaps_warn(eh_progress *progress, const char *path, size_t absent, size_t left_over);

#endif
