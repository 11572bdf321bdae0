/* copy_thresholds.h - what every distance would call copies: counts, and the pairs at the border to look at. */
#ifndef EH_CLEAN_COPY_THRESHOLDS_H
#define EH_CLEAN_COPY_THRESHOLDS_H

#include "clean/copy_keeper.h"

typedef struct eh_threshold {
    int distance;
    eh_copy_counts counts;                  /* pairs of images within the distance, images with a partner */
    uint64_t new_pairs;                     /* of images exactly at the distance */
    uint64_t clusters, in_clusters, copies; /* copies: what would go, one of each cluster being kept */
    uint64_t largest;                       /* images in the largest cluster */
    uint64_t conflicts;                     /* clusters whose labels contradict each other */
    int worst;                              /* largest distance of two images in one cluster */
} eh_threshold;

/* Fills out[to - from + 1] for the distances from .. to <= copies->opts.distance. */
eh_status eh_copies_thresholds(eh_threshold *out, const eh_copies *copies, const eh_keeper *keeper, int from,
                               int to, eh_error *err);

/* A contact sheet of pairs at the border: one line for each distance that has pairs, from `from` at the top to `to`, with at most `most` pairs that are
 * exactly at that distance, evenly spread over the data set. At distance 0, pairs with different pixels. EH_ERR_NOT_ENOUGH when there are none. */
eh_status eh_copies_border_sheet(eh_image *out, eh_catalog *catalog, const eh_copies *copies, int from,
                                 int to, int most, int tile, eh_error *err);

#endif
