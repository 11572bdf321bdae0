/* draw.h - the numbers of eh_op_random, shared by all backends so that a run can be repeated on another one. */
#ifndef EH_TENSOR_DRAW_H
#define EH_TENSOR_DRAW_H

#include "tensor/ops.h"

/* Elements [from, to) of the tensor that `attr` describes, at `step` (rounded to a whole number), into out[0 ..]. `from` is a multiple of 4. Pure:
 * any part may be drawn by any thread. */
void eh_draw_elements(const eh_attr_random *attr, double step, int64_t from, int64_t to, double *out);

#endif
