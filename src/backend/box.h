/* box.h - copying a box of elements between two row-major tensors: slice, pad and concat. */
#ifndef EH_BACKEND_BOX_H
#define EH_BACKEND_BOX_H

#include "evenhand/graph.h"

/* A box of `size` elements at `from_start` in a tensor with dims `from`, and at `to_start` in one with dims `to`. Fill with eh_box_make. */
typedef struct eh_box {
    int rank;
    int64_t to[EH_MAX_RANK], from[EH_MAX_RANK], size[EH_MAX_RANK];
    int64_t to_start[EH_MAX_RANK], from_start[EH_MAX_RANK];
} eh_box;

/* All of one rank; starts NULL: 0. */
void eh_box_make(eh_box *box, eh_shape to, const int64_t *to_start, eh_shape from, const int64_t *from_start,
                 eh_shape size);

/* Number of contiguous rows that the box consists of. */
int64_t eh_box_rows(const eh_box *box);

/* Copies rows [first, end) of elements of so many bytes. */
void eh_box_copy(const eh_box *box, void *to, const void *from, size_t element, int64_t first, int64_t end);

#endif
