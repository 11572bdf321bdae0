/* separable.h - linear maps of image planes that act on rows and columns apart: resizing, adaptive averages, mirrored edges. */
#ifndef EH_TENSOR_SEPARABLE_H
#define EH_TENSOR_SEPARABLE_H

#include "tensor/shape.h"

/* Weight of input `from` of `inputs` in output `to` of `outputs`; `user` as given. */
typedef double (*eh_weight_of)(int64_t to, int64_t outputs, int64_t from, int64_t inputs, const void *user);

/* x [N,C,H,W] -> [N,C,height,width], y = R x C': R [height,H] and C [width,W] filled by `weight` (row_user, column_user). The map is two matrix
 * products, so gradients of any order come by themselves. Cost 2 N C H W width + 2 N C H width height operations. */
eh_tensor *eh_separable(eh_graph *g, eh_tensor *x, int64_t height, int64_t width, eh_weight_of weight,
                        const void *row_user, const void *column_user);

#endif
