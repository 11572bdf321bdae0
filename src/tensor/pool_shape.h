/* pool_shape.h - the shape rule of pooling. */
#ifndef EH_TENSOR_POOL_SHAPE_H
#define EH_TENSOR_POOL_SHAPE_H

#include "tensor/shape.h"

/* y's shape for x [N,C,H,W], floor mode: floor((H + 2 pad - kernel) / stride) + 1. */
eh_status eh_pool2d_shape(eh_shape *y, eh_shape x, const eh_pool2d_opts *opts, eh_error *err);

/* Stride 0 becomes the kernel. */
eh_pool2d_opts eh_pool2d_normal(eh_pool2d_opts opts);

#endif
