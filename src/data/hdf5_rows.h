/* hdf5_rows.h - the images and labels of an HDF5 file, read by a jailed child; the images are kept as plain rows in the cache folder. */
#ifndef EH_DATA_HDF5_ROWS_H
#define EH_DATA_HDF5_ROWS_H

#include "data/hdf5_child.h"
#include "data/image_array.h"
#include "data/source.h"

/* What the file says, and the labels: label[i] has head.size[0] * head.label[i].width values, in the arena. */
typedef struct eh_hdf5_labels {
    eh_hdf5_head head;
    const double *label[EH_HDF5_MOST_LABELS];
} eh_hdf5_labels;

/* Looks into the member: which data set holds the images (`images`, NULL: to be found), and reads the labels (`labels` empty: every data set that fits). */
eh_status eh_hdf5_read_labels(eh_hdf5_labels *out, eh_arena *arena, const eh_source *source,
                              const char *member, const char *images, const eh_str_list *labels,
                              eh_progress *progress, eh_error *err);

/* The images of a data set as a memory map of a file <cache>/arrays/<key>.rows, which is made when it is not there; the key is made of the content's hash
 * and the data set's name. */
typedef struct eh_hdf5_rows {
    eh_image_array array;
    void *map;
    size_t map_size;
} eh_hdf5_rows;
eh_status eh_hdf5_open_rows(eh_hdf5_rows *out, const eh_source *source, const char *member,
                            const char *images, eh_progress *progress, eh_error *err);

/* Releases and zeroes. */
void eh_hdf5_close_rows(eh_hdf5_rows *rows);

#endif
