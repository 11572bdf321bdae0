/* folder.h - a folder that is filled under a temporary name, and gets its own when it is complete. */
#ifndef EH_BASE_FOLDER_H
#define EH_BASE_FOLDER_H

#include "evenhand/error.h"

#include <stddef.h>

typedef struct eh_atomic_folder {
    char *temporary, *path; /* write below `temporary` */
} eh_atomic_folder;

/* Makes "<path>.tmp.<pid>.<n>" beside the target. EH_ERR_USAGE when `path` is there and not an empty folder. */
eh_status eh_atomic_folder_open(eh_atomic_folder *folder, const char *path, eh_error *err);

/* Writes bytes to the file temporary/name; the folders above it must exist. Not synced: the files count only once the folder has its name. */
eh_status eh_atomic_folder_write(const eh_atomic_folder *folder, const char *name, const void *bytes,
                                 size_t size, eh_error *err);

/* Makes the folder temporary/name. */
eh_status eh_atomic_folder_make(const eh_atomic_folder *folder, const char *name, eh_error *err);

/* Gives the folder its name. On failure everything is removed. The struct is cleared in every case. */
eh_status eh_atomic_folder_commit(eh_atomic_folder *folder, eh_error *err);

/* Removes the temporary folder with all that is in it; does nothing to a cleared struct. */
void eh_atomic_folder_abandon(eh_atomic_folder *folder);

#endif
