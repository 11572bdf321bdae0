/* pool_shape.c - the shape rule of pooling: PyTorch's, floor mode.
 *
 * Padding is at most half the kernel, so that every window touches the image. */
#include "tensor/pool_shape.h"

eh_pool2d_opts eh_pool2d_normal(eh_pool2d_opts opts)
{
    for (int i = 0; i < 2; i++)
        opts.stride[i] = opts.stride[i] ? opts.stride[i] : opts.kernel[i];
    return opts;
}

eh_status eh_pool2d_shape(eh_shape *y, eh_shape x, const eh_pool2d_opts *opts, eh_error *err)
{
    if (x.rank != 4)
        return eh_fail(err, EH_ERR_USAGE, "images [N,C,H,W] are needed, not %s", eh_words(x).text);
    *y = (eh_shape){ .rank = 4, .dim = { x.dim[0], x.dim[1] } };
    for (int i = 0; i < 2; i++) {
        int64_t room = x.dim[2 + i] + 2 * (int64_t)opts->pad[i] - opts->kernel[i];
        if (opts->kernel[i] < 1 || opts->stride[i] < 1 || opts->pad[i] < 0 ||
            2 * opts->pad[i] > opts->kernel[i])
            return eh_fail(err, EH_ERR_USAGE,
                           "kernel %d x %d, stride %d x %d, padding %d x %d: kernel and stride must be "
                           "positive, padding at most half the kernel",
                           opts->kernel[0], opts->kernel[1], opts->stride[0], opts->stride[1], opts->pad[0],
                           opts->pad[1]);
        if (room < 0)
            return eh_fail(err, EH_ERR_USAGE,
                           "the input %s with padding %d x %d is smaller than the window %d x %d",
                           eh_words(x).text, opts->pad[0], opts->pad[1], opts->kernel[0], opts->kernel[1]);
        y->dim[2 + i] = room / opts->stride[i] + 1;
    }
    return EH_OK;
}
