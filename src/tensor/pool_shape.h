/* pool_shape.h - the windows of pooling: their number and their extents. */
#ifndef EH_TENSOR_POOL_SHAPE_H
#define EH_TENSOR_POOL_SHAPE_H

#include "tensor/shape.h"

/* y's shape for x [N,C,H,W]. */
eh_status eh_pool2d_shape(eh_shape *y, eh_shape x, const eh_attr_pool2d *attr, eh_error *err);

/* Attributes of a pooling of x: stride 0 becomes the kernel; x may be NULL. */
eh_attr_pool2d eh_pool2d_attr(const eh_tensor *x, eh_pool2d_opts opts);

/* Attributes of an adaptive pooling of x [N,C,H,W] to height x width. False (and the sticky error) where there is none; `name` is the op's. */
bool eh_pool2d_adaptive(eh_graph *g, eh_attr_pool2d *attr, const char *name, const eh_tensor *x,
                        int64_t height, int64_t width);

/* A window along one axis: it begins at input `origin` (perhaps in the padding), its elements inside the image are [from, to), and an average
 * divides by `divisor` of them. */
typedef struct eh_pool_span {
    int64_t origin, from, to, divisor;
} eh_pool_span;

/* Window `i` along axis 0 (rows) or 1 (columns) of images with `size` elements there. */
static inline eh_pool_span eh_pool2d_span(const eh_attr_pool2d *attr, int axis, int64_t size, int64_t i)
{
    int64_t outputs = attr->adaptive[axis], kernel = attr->opts.kernel[axis], pad = attr->opts.pad[axis], end;
    eh_pool_span s = { 0 };
    if (outputs) {
        s.origin = s.from = i * size / outputs;
        s.to = ((i + 1) * size + outputs - 1) / outputs;
        s.divisor = s.to - s.from;
        return s;
    }
    s.origin = i * attr->opts.stride[axis] - pad;
    end = s.origin + kernel;
    s.from = s.origin < 0 ? 0 : s.origin;
    s.to = end < size ? end : size;
    s.divisor = attr->opts.exclude_pad ? s.to - s.from : end < size + pad ? kernel : size + pad - s.origin;
    return s;
}

#endif
