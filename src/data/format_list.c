/* format_list.c - the table of data set formats; to add one see format.h. */
#include "data/format.h"

extern const eh_format eh_format_folder, eh_format_csv, eh_format_idx, eh_format_celeba, eh_format_cifar,
    eh_format_npz, eh_format_hdf5, eh_format_masks, eh_format_utkface, eh_format_metadata, eh_format_fairface,
    eh_format_coco;

/* A row is a line. */
/* clang-format off */
const eh_entry *const eh_format_list[] = {
    &eh_format_folder.entry,
    &eh_format_csv.entry,
    &eh_format_metadata.entry,
    &eh_format_idx.entry,
    &eh_format_celeba.entry,
    &eh_format_utkface.entry,
    &eh_format_fairface.entry,
    &eh_format_cifar.entry,
    &eh_format_npz.entry,
    &eh_format_hdf5.entry,
    &eh_format_masks.entry,
    &eh_format_coco.entry,
    NULL,
};
