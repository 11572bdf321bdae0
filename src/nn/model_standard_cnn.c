/* model_standard_cnn.c - the small face classifier that serves as baseline and as encoder of the DB-VAE.
 *
 * Idea    four strided convolutions of kernel 5, 5, 3, 3 and width n, 2n, 4n, 6n (n = 12), each ReLU, then batch normalisation, then
 *         a 512-wide layer with ReLU: 64x64 images become 4x4 maps.
 * Source  Amini et al., "Uncovering and mitigating algorithmic bias through learned latent structure", AIES 2019; the network is that of
 *         MIT 6.S191, lab 2.
 * Differs padding is k/2 on both sides, as in its PyTorch port; TensorFlow's "same" pads one side more.
 * Easy to get wrong: the normalisation comes after the ReLU.
 */
#include "nn/standard_cnn.h"

#include "nn/layer.h"

#include <stddef.h>

typedef struct options {
    int64_t width, hidden;
} options;

static const eh_opt option_table[] = {
    { .name = "width",
      .help = "filters of the first convolution; the others have 2, 4 and 6 times as many",
      .type = EH_OPT_INT,
      .offset = offsetof(options, width),
      .def = "12",
      .min = 1,
      .max = 512 },
    { .name = "hidden",
      .help = "width of the last hidden layer",
      .type = EH_OPT_INT,
      .offset = offsetof(options, hidden),
      .def = "512",
      .min = 1,
      .max = 65536 },
    { 0 },
};

eh_features eh_standard_cnn_features(eh_build *b, eh_tensor *images, int64_t width, int64_t hidden)
{
    static const struct {
        const char *conv, *bn, *block;
        int kernel, times;
    } stage[4] = { { "conv1", "bn1", "block1", 5, 1 },
                   { "conv2", "bn2", "block2", 5, 2 },
                   { "conv3", "bn3", "block3", 3, 4 },
                   { "conv4", "bn4", "block4", 3, 6 } };
    eh_graph *g = b->graph;
    eh_tensor *x = images;
    for (int i = 0; i < 4; i++) {
        eh_conv_spec spec = { .out = (int)width * stage[i].times,
                              .kernel = stage[i].kernel,
                              .stride = 2,
                              .pad = stage[i].kernel / 2,
                              .bias = true };
        eh_block_begin(g);
        x = eh_relu(g, eh_layer_conv2d(b, stage[i].conv, x, spec));
        x = eh_expose(g, stage[i].block,
                      eh_layer_batch_norm(b, stage[i].bn, x)); /* [N, n*times, H >> (i+1), W >> (i+1)] */
        eh_block_end(g);
    }
    eh_tensor *map = x;
    x = eh_layer_linear(b, "hidden", eh_flatten(g, x), hidden, true);
    x = eh_expose(g, "hidden", eh_relu(g, x)); /* [N,512] */
    return (eh_features){ .map = map, .vector = x };
}

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    const options *o = opts;
    return eh_standard_cnn_features(b, images, o->width, o->hidden);
}

const eh_model eh_model_standard_cnn = {
    .entry = { .name = "standard-cnn",
               .summary = "four strided convolutions and one hidden layer: fast, for small images",
               .source = "Amini et al. 2019, Uncovering and mitigating algorithmic bias through learned "
                         "latent structure; MIT 6.S191",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .head_name = "fc",
    .features = features,
};
