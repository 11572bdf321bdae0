/* mask_labels.h - which masks are likely wrong, from out-of-sample probabilities of every pixel's class. */
#ifndef EH_CLEAN_MASK_LABELS_H
#define EH_CLEAN_MASK_LABELS_H

#include "evenhand/dataset.h"

/* What is known of one image's mask. */
typedef struct eh_mask_issue {
    float
        quality; /* 0..1: the softmin of the probabilities that its pixels' classes have; low = likely wrong. 1 without judged pixels */
    uint32_t pixels;      /* judged ones: not EH_MASK_IGNORE */
    uint32_t suspicious;  /* of these: confidently of another class */
    int32_t given, guess; /* the confusion of most suspicious pixels; -1: none */
} eh_mask_issue;

typedef struct eh_mask_issues {
    eh_arena *arena;
    size_t rows, classes;
    eh_mask_issue *issue; /* [rows] */
    double *
        threshold; /* [classes] mean self-confidence of the pixels that carry the class; 2 for an absent class */
    uint64_t pixels, suspicious;
    size_t absent, left_over; /* images without probabilities; rows of the file that name no image */
} eh_mask_issues;

/* `path`: an NPY array [images, classes, height, width] in the order of the column's classes; which images its rows are says image_names.h, and one that is NaN throughout is not
 * judged. Masks are brought to that height and width as the images of a pack are (largest centred crop, nearest pixel). EH_ERR_INPUT names the file and what does not fit: shape, NaN, a number outside
 * 0..1. One image's probabilities are in memory at a time. */
eh_status eh_mask_issues_find(eh_mask_issues **out, const char *path, eh_catalog *catalog,
                              const eh_frame *frame, const eh_frame_column *column, eh_progress *progress,
                              eh_error *err);
void eh_mask_issues_free(eh_mask_issues *issues);

#endif
