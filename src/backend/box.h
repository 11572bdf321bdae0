/* box.h - copying a box of elements between two row-major tensors; for slice, pad and concat of every backend. */
#ifndef EH_BACKEND_BOX_H
#define EH_BACKEND_BOX_H

#include "evenhand/graph.h"

/* Copies the `box` (sizes along all axes) that begins at from_start in `from` (of shape from_shape) to to_start in `to`; NULL start = 0.
 * `element` bytes each. All shapes have box.rank axes. */
void eh_copy_box(void *to, eh_shape to_shape, const int64_t *to_start, const void *from, eh_shape from_shape,
                 const int64_t *from_start, eh_shape box, size_t element);

#endif
