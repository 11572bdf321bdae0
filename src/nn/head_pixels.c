/* head_pixels.c - an answer for every pixel: a 1x1 convolution of the map, enlarged to the image where the map is smaller.
 *
 * Source  Long, Shelhamer and Darrell 2015 (bilinear enlargement of class scores); a plain 1x1 convolution where the map has the image's size.
 */
#include "nn/layer.h"

static eh_tensor *build(eh_build *b, const void *opts, const char *name, const eh_features *features,
                        int64_t outputs, int64_t height, int64_t width)
{
    (void)opts;
    if (!features->map)
        return eh_graph_fail(b->graph, EH_ERR_USAGE,
                             "the head pixels needs a map of features, and this model has none; use unet, "
                             "hourglass or a residual network");
    eh_tensor *x = eh_layer_conv2d(b, name, features->map,
                                   (eh_conv_spec){ .out = (int)outputs, .kernel = 1, .bias = true });
    if (!x)
        return NULL;
    eh_shape shape = eh_tensor_shape(x);
    if (shape.dim[2] == height && shape.dim[3] == width)
        return x;
    return eh_resize2d(b->graph, x, height, width, EH_INTERPOLATE_BILINEAR); /* [N,K,H,W] */
}

const eh_head eh_head_pixels = {
    .entry = { .name = "pixels",
               .summary = "an answer for every pixel, for masks",
               .source = "Long et al. 2015, Fully convolutional networks for semantic segmentation" },
    .dense = true,
    .build = build,
};
