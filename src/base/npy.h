/* npy.h - NPY, the array file of NumPy: reading probabilities, labels, embeddings that other programs made; and the header of what we write. */
#ifndef EH_BASE_NPY_H
#define EH_BASE_NPY_H

#include "evenhand/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EH_NPY_MAX_DIMENSIONS 8

/* What the header of an NPY file says. */
typedef struct eh_npy_header {
    char kind;    /* 'f' float, 'i' signed, 'u' unsigned, 'b' bool */
    int bytes;    /* of one element: 1, 2, 4 or 8 */
    bool swapped; /* stored in the other byte order than this machine's */
    int dimensions;
    uint64_t size[EH_NPY_MAX_DIMENSIONS]; /* last dimension fastest */
    uint64_t elements;                    /* product of the sizes; 1 without dimensions */
    uint64_t offset;                      /* of the first element in the file */
} eh_npy_header;

/* Longest header that is accepted, with its magic: enough of a file for eh_npy_parse. */
#define EH_NPY_MAX_HEADER 65536

/* Reads the header at the beginning of bytes[0..size); `name` stands for the file in messages. EH_ERR_INPUT: not NPY, cut off, of a type that is no
 * number (records, text, complex), in Fortran order (the message says how to save it anew). */
eh_status eh_npy_parse(eh_npy_header *out, const void *bytes, size_t size, const char *name, eh_error *err);

/* `count` elements as stored -> doubles. Integers beyond 2^53 are rounded. */
void eh_npy_convert(double *out, const eh_npy_header *header, const void *stored, size_t count);

/* An open file. Reading is safe from several threads at once. */
typedef struct eh_npy eh_npy;

/* Opens and checks: the file must be exactly as long as its header says. */
eh_status eh_npy_open(eh_npy **out, const char *path, eh_error *err);
void eh_npy_close(eh_npy *npy);
const eh_npy_header *eh_npy_shape(const eh_npy *npy);
const char *eh_npy_path(const eh_npy *npy);

/* Elements first .. first + count - 1 in the file's order; they must exist. */
eh_status eh_npy_read(double *out, const eh_npy *npy, uint64_t first, size_t count, eh_error *err);

/* Appends the header of an array of little-endian floats with 1 to 4 dimensions, 128 bytes. */
void eh_npy_header_append(eh_str *out, const size_t *size, size_t dimensions);

#endif
