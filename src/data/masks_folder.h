/* masks_folder.h - which mask belongs to which picture, and what values masks have. */
#ifndef EH_DATA_MASKS_FOLDER_H
#define EH_DATA_MASKS_FOLDER_H

#include "data/format.h"

/* What the user named; NULL: found by usual names. */
typedef struct eh_masks_names {
    const char *images, *masks, *suffix;
} eh_masks_names;

typedef struct eh_masks_image {
    const char *path, *mask; /* mask NULL: there is none */
    uint8_t part;
} eh_masks_image;

/* A mask that is not taken because its picture has one already. */
typedef struct eh_masks_double {
    const char *path, *image, *taken;
} eh_masks_double;

/* Everything in the arena. */
typedef struct eh_masks_folder {
    eh_masks_image *image;
    size_t images, pairs; /* pairs: images with a mask */
    eh_masks_double *twice;
    size_t doubles;
    uint64_t masks_without_image;
} eh_masks_folder;

/* True when the source has pictures in a folder that is called like one of masks, and others that are not. Reads little. */
bool eh_masks_in_source(const eh_source *source);

eh_status eh_masks_find(eh_masks_folder *out, eh_arena *arena, eh_source *source, const eh_masks_names *names,
                        eh_error *err);

/* Which values occur: of indices, or, when any mask has colours that are not grey, of colours (0xrrggbb, ascending; grey ones too). */
typedef struct eh_masks_values {
    bool index[256];
    uint32_t colour[256];
    size_t colours;
} eh_masks_values;

/* Decodes every mask. Those that cannot be decoded are passed over: the check of the import says what is wrong with them. EH_ERR_INPUT when there
 * are more than 255 colours, as in photographs. */
eh_status eh_masks_find_values(eh_masks_values *out, const eh_source *source, const eh_masks_folder *folder,
                               eh_progress *progress, eh_error *err);

#endif
