/* image_names.h - which image of a catalog a file of another program, or a run, means: by name, in full or by its last part. */
#ifndef EH_CLEAN_IMAGE_NAMES_H
#define EH_CLEAN_IMAGE_NAMES_H

#include "data/text_index.h"
#include "evenhand/dataset.h"

/* Names of the frame's images: in full, and by their last part where only one image has it. */
typedef struct eh_image_names {
    eh_text_index full, last;
    uint32_t *row_of_full, *row_of_last; /* [rows]; UINT32_MAX: several */
} eh_image_names;

/* The names lie in the arena. Release with eh_image_names_clear in every case. */
eh_status eh_image_names_load(eh_image_names *out, eh_catalog *catalog, const eh_frame *frame,
                              eh_arena *arena, eh_error *err);
void eh_image_names_clear(eh_image_names *names);

/* Row of the image that somebody calls `name`, or -1. */
int64_t eh_image_names_find(const eh_image_names *names, const char *name);

/* Which row of an array of predictions is about which image. */
typedef struct eh_array_rows {
    uint32_t *
        at; /* [rows] row of the array that is about a frame's row; UINT32_MAX: none. In the arena. NULL: the array has the frame's order */
    size_t absent;    /* images that the array lacks */
    size_t left_over; /* rows that name no image of the frame */
} eh_array_rows;

/* An array of `rows` rows at `path`. The file <path>.json beside it, as `evenhand predict` writes it, names the images by "files"; without it, or without that
 * member, the rows must be as many as the frame's and are taken to be in its order. EH_ERR_INPUT names the file and what does not fit. */
eh_status eh_array_rows_find(eh_array_rows *out, const char *path, uint64_t rows, eh_catalog *catalog,
                             const eh_frame *frame, eh_arena *arena, eh_error *err);

#endif
