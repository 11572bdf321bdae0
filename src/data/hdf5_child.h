/* hdf5_child.h - what a jailed child reads out of an HDF5 file, and the form in which it sends it. */
#ifndef EH_DATA_HDF5_CHILD_H
#define EH_DATA_HDF5_CHILD_H

#include "base/jail.h"

#include <stdbool.h>

#define EH_HDF5_MOST_LABELS 16
#define EH_HDF5_MOST_WIDE   64

/* The task. `file` (memory) is used where `path` is NULL: a member of an archive. */
typedef struct eh_hdf5_task {
    const char *path;
    const void *file;
    size_t file_size;
    const char *images;        /* name of the data set; NULL: to be found */
    const char *const *labels; /* names; NULL: every one that fits */
    size_t label_count;
    bool want_images, want_labels; /* which bytes are to come behind the head */
    uint64_t most_bytes;           /* of images */
} eh_hdf5_task;

/* What the child sends first. Then come, for each label, rows * width doubles; then the bytes of the images, in the file's order. */
typedef struct eh_hdf5_head {
    char images[256];    /* the data set's name */
    uint32_t dimensions; /* 3 or 4 */
    uint64_t size[4];
    uint32_t labels;
    struct {
        char name[256];
        uint64_t width; /* values per image */
    } label[EH_HDF5_MOST_LABELS];
} eh_hdf5_head;

/* An eh_jail_work over an eh_hdf5_task. */
eh_status eh_hdf5_child(void *task, eh_jail *jail, eh_error *err);

#endif
