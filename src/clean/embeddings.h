/* embeddings.h - a vector for every image: features of a trained run's network, or numbers that another program has written. */
#ifndef EH_CLEAN_EMBEDDINGS_H
#define EH_CLEAN_EMBEDDINGS_H

#include "evenhand/dataset.h"

typedef struct eh_embeddings {
    eh_arena *arena;
    size_t rows, width;
    float *value;       /* [rows, width] */
    const char *source; /* "standard-cnn of runs/erm", "vectors.npy" */
} eh_embeddings;

/* `path`: the folder of a finished run, whose network's features (what its head reads) are computed for every image of the frame; or an NPY file
 * [images, width] in the order of the catalog's usable images. EH_ERR_INPUT names the file and what does not fit: no weights, another shape, a number that
 * is not finite. EH_ERR_USAGE for a network without a vector of features. EH_ERR_INTERRUPTED. Release with eh_embeddings_free. */
eh_status eh_embeddings_make(eh_embeddings **out, const char *path, eh_catalog *catalog,
                             const eh_frame *frame, eh_progress *progress, eh_error *err);
void eh_embeddings_free(eh_embeddings *embeddings);

#endif
