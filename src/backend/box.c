/* box.c - copying a box of elements between two row-major tensors. */
#include "backend/box.h"

#include <string.h>

/* Axes that the box fills in both tensors join the axis before them, so that rows are long. */
static void collapse(eh_box *box)
{
    int last = box->rank - 1;
    while (last > 0 && box->size[last] == box->to[last] && box->size[last] == box->from[last]) {
        int64_t width = box->size[last--];
        box->size[last] *= width;
        box->to[last] *= width;
        box->from[last] *= width;
        box->to_start[last] *= width;
        box->from_start[last] *= width;
    }
    box->rank = last + 1;
}

void eh_box_make(eh_box *box, eh_shape to, const int64_t *to_start, eh_shape from, const int64_t *from_start,
                 eh_shape size)
{
    *box = (eh_box){ .rank = size.rank };
    for (int i = 0; i < size.rank; i++) {
        box->to[i] = to.dim[i];
        box->from[i] = from.dim[i];
        box->size[i] = size.dim[i];
        box->to_start[i] = to_start ? to_start[i] : 0;
        box->from_start[i] = from_start ? from_start[i] : 0;
    }
    if (box->rank == 0)
        box->rank = 1, box->to[0] = box->from[0] = box->size[0] = 1;
    collapse(box);
}

int64_t eh_box_rows(const eh_box *box)
{
    int64_t rows = 1;
    for (int i = 0; i < box->rank - 1; i++)
        rows *= box->size[i];
    return rows;
}

/* Position of the first element of row `row` of the box in a tensor of these dims. */
static int64_t position(const eh_box *box, const int64_t *dims, const int64_t *start, int64_t row)
{
    int last = box->rank - 1;
    int64_t stride = dims[last], at = start[last];
    for (int i = last - 1; i >= 0; i--) {
        at += (start[i] + row % box->size[i]) * stride;
        row /= box->size[i];
        stride *= dims[i];
    }
    return at;
}

void eh_box_copy(const eh_box *box, void *to, const void *from, size_t element, int64_t first, int64_t end)
{
    size_t width = (size_t)box->size[box->rank - 1] * element;
    for (int64_t r = first; r < end; r++)
        memcpy((char *)to + (size_t)position(box, box->to, box->to_start, r) * element,
               (const char *)from + (size_t)position(box, box->from, box->from_start, r) * element, width);
}
