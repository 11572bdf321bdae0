/* append_file.h - a file that only grows: a log. What was written after the last noted length can be cut off. */
#ifndef EH_BASE_APPEND_FILE_H
#define EH_BASE_APPEND_FILE_H

#include "evenhand/error.h"

#include <stdint.h>
#include <stdio.h>

/* Zero-initialise: a file that is not open. */
typedef struct eh_append_file {
    FILE *stream;
    const char *path; /* borrowed */
} eh_append_file;

/* Opens for appending and cuts the file to `keep` bytes first. EH_ERR_INPUT when it is shorter than that. To be closed in every case. */
eh_status eh_append_open(eh_append_file *out, const char *path, uint64_t keep, eh_error *err);
void eh_append_close(eh_append_file *file);

/* Appends and flushes. */
eh_status eh_append_write(eh_append_file *file, const void *bytes, size_t size, eh_error *err);

/* Brings everything to the disk and tells the file's length. */
eh_status eh_append_sync(eh_append_file *file, uint64_t *bytes, eh_error *err);

#endif
