/* element_type.h - the types that elements of stored tensors have, and their conversion to floats. */
#ifndef EH_NN_ELEMENT_TYPE_H
#define EH_NN_ELEMENT_TYPE_H

#include "evenhand/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The static text equal to `name` ("F32", "F64", "F16", "BF16", "I8" .. "I64", "U8" .. "U64", "BOOL"), or NULL for an unknown type. */
const char *eh_element_type(const char *name);

/* Size of an element of that type in bytes; 0 for an unknown type. */
size_t eh_element_size(const char *type);

/* True for F32, F64, F16 and BF16: what eh_element_floats takes. */
bool eh_element_is_real(const char *type);

/* Converts `count` stored elements (little-endian; `swapped`: big-endian) to floats. `type` must be real. `stored` needs no alignment. */
void eh_element_floats(float *out, const char *type, const void *stored, size_t count, bool swapped);

#endif
