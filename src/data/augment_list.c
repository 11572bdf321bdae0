/* augment_list.c - the table of augmentations; to add one see evenhand/loader.h. */
#include "evenhand/loader.h"

extern const eh_augment eh_augment_flip, eh_augment_shift_crop, eh_augment_shift, eh_augment_rotate,
    eh_augment_zoom, eh_augment_warp, eh_augment_resized_crop, eh_augment_fastai, eh_augment_brightness,
    eh_augment_contrast, eh_augment_saturation, eh_augment_hue, eh_augment_lighting, eh_augment_erase,
    eh_augment_mixup, eh_augment_cutmix;

const eh_entry *const eh_augment_list[] = {
    &eh_augment_flip.entry,
    &eh_augment_shift_crop.entry,
    &eh_augment_shift.entry,
    &eh_augment_rotate.entry,
    &eh_augment_zoom.entry,
    &eh_augment_warp.entry,
    &eh_augment_resized_crop.entry,
    &eh_augment_fastai.entry,
    &eh_augment_brightness.entry,
    &eh_augment_contrast.entry,
    &eh_augment_saturation.entry,
    &eh_augment_hue.entry,
    &eh_augment_lighting.entry,
    &eh_augment_erase.entry,
    &eh_augment_mixup.entry,
    &eh_augment_cutmix.entry,
    NULL,
};
