/* resnet.c - the body that all residual networks of torchvision share.
 *
 * Idea    a block learns the difference from its input: y = relu(F(x) + x).
 * Source  He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016; pytorch/vision, torchvision/models/resnet.py:
 *         names, initialisation (He normal, fan out; scale 1, shift 0), the stride of a bottleneck on its 3x3 ("v1.5").
 * Differs nothing: weights of torchvision load by name.
 * Easy to get wrong: the shortcut's convolution has the block's stride and no padding; the last ReLU comes after the sum.
 */
#include "nn/layer.h"
#include "nn/resnet.h"

/* Convolution without bias and its normalisation; `conv` and `bn` are the names of the two. */
static eh_tensor *conv_norm(eh_build *b, const char *conv, const char *bn, eh_tensor *x, eh_conv_spec spec)
{
    return eh_layer_batch_norm(b, bn, eh_layer_conv2d(b, conv, x, spec));
}

/* x [N,c,h,w] -> [N, width * (4 in bottlenecks), h/stride, w/stride]. */
static eh_tensor *residual_block(eh_build *b, eh_tensor *x, bool bottleneck, int width, int stride)
{
    if (!x)
        return NULL;
    eh_graph *g = b->graph;
    int out = bottleneck ? 4 * width : width;
    eh_tensor *y;
    if (bottleneck) {
        y = eh_relu(g, conv_norm(b, "conv1", "bn1", x, (eh_conv_spec){ .out = width, .kernel = 1 }));
        y = eh_relu(g, conv_norm(b, "conv2", "bn2", y,
                                 (eh_conv_spec){ .out = width, .kernel = 3, .stride = stride, .pad = 1 }));
        y = conv_norm(b, "conv3", "bn3", y, (eh_conv_spec){ .out = out, .kernel = 1 });
    } else {
        y = eh_relu(g, conv_norm(b, "conv1", "bn1", x,
                                 (eh_conv_spec){ .out = width, .kernel = 3, .stride = stride, .pad = 1 }));
        y = conv_norm(b, "conv2", "bn2", y, (eh_conv_spec){ .out = out, .kernel = 3, .pad = 1 });
    }
    eh_tensor *shortcut = x;
    if (stride != 1 || eh_tensor_shape(x).dim[1] != out)
        shortcut = conv_norm(b, "downsample.0", "downsample.1", x,
                             (eh_conv_spec){ .out = out, .kernel = 1, .stride = stride });
    return eh_relu(g, eh_add(g, y, shortcut));
}

eh_features eh_resnet_features(eh_build *b, eh_tensor *images, const eh_resnet_spec *spec)
{
    static const char *const layer_name[4] = { "layer1", "layer2", "layer3", "layer4" };
    eh_graph *g = b->graph;
    eh_block_begin(g);
    eh_tensor *x =
        conv_norm(b, "conv1", "bn1", images, (eh_conv_spec){ .out = 64, .kernel = 7, .stride = 2, .pad = 3 });
    x = eh_relu(g, x); /* [N,64,H/2,W/2] */
    x = eh_max_pool2d(g, x,
                      (eh_pool2d_opts){
                          .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1 } }); /* [N,64,H/4,W/4] */
    eh_block_end(g);
    for (int layer = 0; layer < 4; layer++) {
        for (int block = 0; block < spec->blocks[layer]; block++) {
            eh_scope_push(g, "%s.%d", layer_name[layer], block);
            eh_block_begin(g);
            x = residual_block(b, x, spec->bottleneck, 64 << layer, block == 0 && layer > 0 ? 2 : 1);
            eh_block_end(g);
            eh_scope_pop(g);
        }
        x = eh_expose(g, layer_name[layer],
                      x); /* [N, (64 << layer) * expansion, H/4 >> layer, W/4 >> layer] */
    }
    return (eh_features){ .map = x, .vector = eh_expose(g, "pool", eh_global_avg_pool(g, x)) /* [N,F] */ };
}
