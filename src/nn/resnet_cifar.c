/* resnet_cifar.c - the body of the residual networks for images of 32 x 32.
 *
 * Idea    a 3x3 convolution of 16 channels, then three layers of n blocks with 16, 32 and 64 channels on maps of the full, half and quarter size: 6n + 2
 *         layers. Where the channels double, the shortcut has no weights: every second place of x, and zeros for the new channels, half of them before
 *         and half behind ("option A").
 * Source  He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016, section 4.2; names of variables as in Y. Idelbayev's
 *         pytorch_resnet_cifar10, so that its weights load by name (head "linear").
 * Differs that code draws weights by fan in, here by fan out as in the larger networks: another start, the same function.
 * Easy to get wrong: the zeros stand on both sides of the channels, not all behind.
 */
#include "nn/resnet_cifar.h"
#include "nn/layer.h"

/* x [N,C,H,W] -> [N,2C,ceil(H/2),ceil(W/2)]: every second place, C/2 channels of zeros on both sides. */
static eh_tensor *shortcut(eh_graph *g, eh_tensor *x)
{
    eh_tensor *half = eh_avg_pool2d(g, x, (eh_pool2d_opts){ .kernel = { 1, 1 }, .stride = { 2, 2 } });
    int64_t more = eh_tensor_shape(x).dim[1] / 2, around[EH_MAX_RANK] = { 0, more };
    return eh_pad(g, half, around, around);
}

static eh_tensor *block(eh_build *b, eh_tensor *x, int width, int stride)
{
    if (!x)
        return NULL;
    eh_graph *g = b->graph;
    eh_conv_spec first = { .out = width, .kernel = 3, .stride = stride, .pad = 1 },
                 second = { .out = width, .kernel = 3, .pad = 1 };
    eh_tensor *y = eh_relu(g, eh_layer_batch_norm(b, "bn1", eh_layer_conv2d(b, "conv1", x, first)));
    y = eh_layer_batch_norm(b, "bn2", eh_layer_conv2d(b, "conv2", y, second));
    return eh_relu(g, eh_add(g, y, stride > 1 ? shortcut(g, x) : x));
}

eh_features eh_resnet_cifar_features(eh_build *b, eh_tensor *images, int blocks)
{
    static const char *const layer_name[3] = { "layer1", "layer2", "layer3" };
    eh_graph *g = b->graph;
    eh_tensor *x = eh_layer_conv2d(b, "conv1", images, (eh_conv_spec){ .out = 16, .kernel = 3, .pad = 1 });
    x = eh_relu(g, eh_layer_batch_norm(b, "bn1", x)); /* [N,16,H,W] */
    for (int layer = 0; layer < 3; layer++) {
        for (int i = 0; i < blocks; i++) {
            eh_scope_push(g, "%s.%d", layer_name[layer], i);
            eh_block_begin(g);
            x = block(b, x, 16 << layer, i == 0 && layer > 0 ? 2 : 1);
            eh_block_end(g);
            eh_scope_pop(g);
        }
        x = eh_expose(g, layer_name[layer], x); /* [N, 16 << layer, H >> layer, W >> layer] */
    }
    return (eh_features){ .map = x, .vector = eh_expose(g, "pool", eh_global_avg_pool(g, x)) /* [N,64] */ };
}
