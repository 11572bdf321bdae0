/* augment_list.c - the table of augmentations; to add one see evenhand/loader.h. */
#include "evenhand/loader.h"

extern const eh_augment eh_augment_flip, eh_augment_shift_crop;

const eh_entry *const eh_augment_list[] = {
    &eh_augment_flip.entry,
    &eh_augment_shift_crop.entry,
    NULL,
};
