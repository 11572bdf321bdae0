/* safetensors.h - reading and writing the safetensors container, for weights and for checkpoints.
 *
 * The file:   8 bytes       n, little-endian: length of the header
 *             n bytes       JSON: {"__metadata__": {key: text}, name: {"dtype": "F32", "shape": [..], "data_offsets": [begin, end]}, ...}
 *             the rest      the tensors' bytes, row-major, little-endian; offsets count from here
 *
 * A file is checked completely when it is opened, before anything is allocated by its word: header size, types, shapes times element
 * size, offsets that cover the data without gap or overlap, no name twice. Source: huggingface/safetensors, README and tensor.rs.
 */
#ifndef EH_NN_SAFETENSORS_H
#define EH_NN_SAFETENSORS_H

#include "evenhand/graph.h"
#include "evenhand/params.h"

/* One tensor of a file. */
typedef struct eh_safetensor {
    const char *name;
    const char *dtype; /* element_type.h */
    eh_shape shape;
    uint64_t begin, bytes; /* place in the data part; `begin` is set by reading only */
} eh_safetensor;

/* Fills `out` with tensor `index`'s bytes. */
typedef eh_status (*eh_safetensors_source)(void *user, size_t index, void *out, eh_error *err);

/* Writes a file atomically. `bytes` of every item must be its shape times its element size. metadata: NULL-terminated key, value pairs,
 * or NULL. */
eh_status eh_safetensors_write(const char *path, const eh_safetensor *item, size_t count,
                               const char *const *metadata, eh_safetensors_source source, void *user,
                               eh_error *err);

/* An open file. */
typedef struct eh_safetensors eh_safetensors;

/* Opens and validates. EH_ERR_IO when it cannot be read, EH_ERR_INPUT when it is malformed, EH_ERR_LIMIT for a header over 100,000,000 bytes. */
eh_status eh_safetensors_open(eh_safetensors **out, const char *path, eh_error *err);
void eh_safetensors_close(eh_safetensors *file);

/* Tensors in the order of the data, and the i-th (borrowed). */
size_t eh_safetensors_count(const eh_safetensors *file);
const eh_safetensor *eh_safetensors_item(const eh_safetensors *file, size_t i);

/* Index of a name, or -1. */
int64_t eh_safetensors_find(const eh_safetensors *file, const char *name);

/* Value of a metadata key, or NULL. Borrowed. */
const char *eh_safetensors_metadata(const eh_safetensors *file, const char *key);

/* Copies the bytes of tensor i to `out` (item->bytes of them). */
eh_status eh_safetensors_read(eh_safetensors *file, size_t i, void *out, eh_error *err);

/* The same as floats: F32, F64, F16 and BF16 are converted; other types are EH_ERR_INPUT. `out` holds the shape's elements. */
eh_status eh_safetensors_read_float(eh_safetensors *file, size_t i, float *out, eh_error *err);

#endif
