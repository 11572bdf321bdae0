/* ref.h - the reference backend: plain loops over row-major doubles, the oracle that all other backends are compared with.
 *
 * Every tensor, i32 too, lies in memory as row-major doubles. Kernels favour being read over being fast.
 */
#ifndef EH_BACKEND_REF_H
#define EH_BACKEND_REF_H

#include "backend/backend.h"
#include "tensor/ops.h"

/* prepare of every kernel: all outputs row-major. */
eh_status eh_ref_prepare(eh_step *step, eh_error *err);

/* Data of input or output i, its shape, and its number of elements. */
double *eh_ref_in(const eh_step *step, int i);
double *eh_ref_out(const eh_step *step, int i);
eh_shape eh_ref_in_shape(const eh_step *step, int i);
eh_shape eh_ref_out_shape(const eh_step *step, int i);
int64_t eh_ref_elements(const eh_value *value);

/* Row-major strides of `from` seen from `to`, to whose shape it is broadcast: 0 along repeated axes. stride[axis of to]. */
void eh_ref_strides(int64_t stride[EH_MAX_RANK], eh_shape from, eh_shape to);

/* Sum over the axes of (coordinate of row-major element `flat` of `shape`) x stride[axis]. */
int64_t eh_ref_offset(eh_shape shape, int64_t flat, const int64_t stride[EH_MAX_RANK]);

#endif
