/* pool_shape.c - the shape rule of pooling: PyTorch's.
 *
 *   windows   H' = floor((H + 2 pad - kernel) / stride) + 1; ceil_mode: ceil, less one where the last window would begin behind H + pad
 *   adaptive  as many as asked for; window i covers inputs floor(i H / h) to ceil((i + 1) H / h) - 1 and overlaps its neighbours by one where h does
 *             not divide H
 * Padding is at most half the kernel, so that every window touches the image. */
#include "tensor/pool_shape.h"

eh_attr_pool2d eh_pool2d_attr(const eh_tensor *x, eh_pool2d_opts opts)
{
    eh_attr_pool2d attr = { .opts = opts };
    for (int i = 0; i < 2; i++)
        attr.opts.stride[i] = opts.stride[i] ? opts.stride[i] : opts.kernel[i];
    if (x)
        attr.shape = x->shape;
    return attr;
}

bool eh_pool2d_adaptive(eh_graph *g, eh_attr_pool2d *attr, const char *name, const eh_tensor *x,
                        int64_t height, int64_t width)
{
    if (!x)
        return false;
    if (x->shape.rank != 4 || height < 1 || width < 1) {
        eh_graph_fail(g, EH_ERR_USAGE,
                      "%s: images [N,C,H,W] and a size of at least 1 x 1 are needed, not %s and %d x %d",
                      name, eh_words(x->shape).text, (int)height, (int)width);
        return false;
    }
    *attr = (eh_attr_pool2d){ .shape = x->shape };
    const int64_t *d = x->shape.dim, to[] = { height, width };
    for (int i = 0; i < 2; i++) {
        bool equal = d[2 + i] % to[i] == 0;
        attr->opts.kernel[i] = (int)((d[2 + i] + to[i] - 1) / to[i]) + (equal ? 0 : 1);
        attr->opts.stride[i] = attr->opts.kernel[i];
    }
    if (d[2] % height == 0 && d[3] % width == 0)
        return true; /* equal windows, side by side */
    attr->adaptive[0] = height;
    attr->adaptive[1] = width;
    return true;
}

static eh_status check(eh_shape x, const eh_pool2d_opts *opts, int axis, eh_error *err)
{
    if (opts->kernel[axis] < 1 || opts->stride[axis] < 1 || opts->pad[axis] < 0 ||
        2 * opts->pad[axis] > opts->kernel[axis])
        return eh_fail(err, EH_ERR_USAGE,
                       "kernel %d x %d, stride %d x %d, padding %d x %d: kernel and stride must be "
                       "positive, padding at most half the kernel",
                       opts->kernel[0], opts->kernel[1], opts->stride[0], opts->stride[1], opts->pad[0],
                       opts->pad[1]);
    if (x.dim[2 + axis] + 2 * (int64_t)opts->pad[axis] < opts->kernel[axis])
        return eh_fail(err, EH_ERR_USAGE,
                       "the input %s with padding %d x %d is smaller than the window %d x %d",
                       eh_words(x).text, opts->pad[0], opts->pad[1], opts->kernel[0], opts->kernel[1]);
    return EH_OK;
}

eh_status eh_pool2d_shape(eh_shape *y, eh_shape x, const eh_attr_pool2d *attr, eh_error *err)
{
    const eh_pool2d_opts *opts = &attr->opts;
    if (x.rank != 4)
        return eh_fail(err, EH_ERR_USAGE, "images [N,C,H,W] are needed, not %s", eh_words(x).text);
    *y = (eh_shape){ .rank = 4, .dim = { x.dim[0], x.dim[1], attr->adaptive[0], attr->adaptive[1] } };
    if (attr->adaptive[0])
        return EH_OK;
    for (int i = 0; i < 2; i++) {
        int64_t size = x.dim[2 + i], pad = opts->pad[i], stride = opts->stride[i];
        EH_TRY(check(x, opts, i, err));
        int64_t room = size + 2 * pad - opts->kernel[i];
        y->dim[2 + i] = (room + (opts->ceil_mode ? stride - 1 : 0)) / stride + 1;
        if (opts->ceil_mode && (y->dim[2 + i] - 1) * stride >= size + pad)
            y->dim[2 + i]--;
    }
    return EH_OK;
}
