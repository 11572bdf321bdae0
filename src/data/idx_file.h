/* idx_file.h - one IDX file (the format of MNIST), gzip or not, as a member of a source. */
#ifndef EH_DATA_IDX_FILE_H
#define EH_DATA_IDX_FILE_H

#include "data/source.h"

#define EH_IDX_MAX_DIMENSIONS 4

typedef struct eh_idx_file {
    uint32_t size[EH_IDX_MAX_DIMENSIONS]; /* items first */
    int dimensions;
    const uint8_t *data;   /* product of the sizes, in bytes; NULL when only the header was read */
    eh_source_bytes bytes; /* what data points into, unless it was unpacked */
    uint8_t *unpacked;
} eh_idx_file;

/* Reads the header, and with `with_data` the bytes. Errors name the file: not IDX, another type than unsigned bytes, too many dimensions,
 * more or fewer bytes than the header says, a damaged gzip. Sizes are checked against the file's length before anything is
 * allocated; more than 8 GiB is EH_ERR_LIMIT. Release with eh_idx_clear. */
eh_status eh_idx_read(eh_idx_file *out, const eh_source *source, const char *path, int with_data,
                      eh_error *err);
void eh_idx_clear(eh_idx_file *idx);

#endif
