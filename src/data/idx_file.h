/* idx_file.h - one IDX file (the format of MNIST) in memory, gzip or not. */
#ifndef EH_DATA_IDX_FILE_H
#define EH_DATA_IDX_FILE_H

#include "evenhand/error.h"

#include <stddef.h>
#include <stdint.h>

#define EH_IDX_MAX_DIMENSIONS 4

typedef struct eh_idx_file {
    uint32_t size[EH_IDX_MAX_DIMENSIONS]; /* items first */
    int dimensions;
    uint8_t *data; /* product of the sizes, in bytes; NULL when only the header was read */
} eh_idx_file;

/* Reads the header, and with `with_data` the bytes. Errors name the file: not IDX, another type than unsigned bytes, too many dimensions,
 * more or fewer bytes than the header says, a damaged gzip. Sizes are checked against the file's length before anything is
 * allocated; more than 8 GiB is EH_ERR_LIMIT. Release with eh_idx_clear. */
eh_status eh_idx_read(eh_idx_file *out, const char *path, int with_data, eh_error *err);
void eh_idx_clear(eh_idx_file *idx);

#endif
