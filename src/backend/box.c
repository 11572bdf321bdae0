/* box.c - copying a box of elements between two row-major tensors. */
#include "backend/box.h"

#include <string.h>

/* Position of element `place` (row-major in the box's outer axes) plus start, in a tensor of `shape`. */
static int64_t position(eh_shape shape, const int64_t *start, eh_shape box, int64_t place)
{
    int64_t stride = 1, at = 0;
    for (int i = shape.rank - 1; i >= 0; i--) {
        int64_t index = start ? start[i] : 0;
        if (i < shape.rank - 1) {
            index += place % box.dim[i];
            place /= box.dim[i];
        }
        at += index * stride;
        stride *= shape.dim[i];
    }
    return at;
}

void eh_copy_box(void *to, eh_shape to_shape, const int64_t *to_start, const void *from, eh_shape from_shape,
                 const int64_t *from_start, eh_shape box, size_t element)
{
    int64_t width = box.rank ? box.dim[box.rank - 1] : 1;
    int64_t rows = eh_shape_elements(box) / width;
    for (int64_t r = 0; r < rows; r++)
        memcpy((char *)to + (size_t)position(to_shape, to_start, box, r) * element,
               (const char *)from + (size_t)position(from_shape, from_start, box, r) * element,
               (size_t)width * element);
}
