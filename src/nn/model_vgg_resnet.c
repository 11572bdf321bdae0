/* model_vgg_resnet.c - VGG-like stages of residual blocks, with every part that can be switched off.
 *
 * Idea    three stages; each opens with a 3x3 convolution of width b, 2b, 4b, goes through `blocks` residual blocks of two 3x3 convolutions, and halves the
 *         map. Global average pooling ends it. Made for ablations: what do skip, normalisation and activation give?
 * Source  Simonyan and Zisserman 2015 (stages of 3x3 convolutions); He et al. 2016 (residual blocks); Dosovitskiy et al. 2021 (transformer).
 * Differs down=stride puts a 3x3 convolution of stride 2 (normalised, activated) in the place of the pooling. Without batch norm the
 *         convolutions have a bias.
 * Easy to get wrong: the second activation of a block comes after the sum.
 */
#include "nn/layer.h"
#include "nn/transformer.h"

#include <stddef.h>

typedef struct options {
    int64_t blocks, width;
    int down, activation;
    bool skip, norm, transformer;
} options;

enum { DOWN_MAXPOOL, DOWN_STRIDE, STAGES = 3 };

static const char *const down_names[] = { "maxpool", "stride", NULL };
static const char *const activation_names[] = { "relu", "gelu", "none",
                                                NULL }; /* in the order of eh_activation */

static const eh_opt option_table[] = {
    { .name = "blocks",
      .help = "residual blocks in each of the three stages",
      .type = EH_OPT_INT,
      .offset = offsetof(options, blocks),
      .def = "2",
      .min = 0,
      .max = 64 },
    { .name = "width",
      .help = "filters of the first stage; the others have 2 and 4 times as many",
      .type = EH_OPT_INT,
      .offset = offsetof(options, width),
      .def = "32",
      .min = 1,
      .max = 1024 },
    { .name = "down",
      .help = "how a stage halves its map",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, down),
      .def = "maxpool",
      .choices = down_names },
    { .name = "skip",
      .help = "residual connections",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, skip),
      .def = "true" },
    { .name = "norm",
      .help = "batch normalisation",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, norm),
      .def = "true" },
    { .name = "activation",
      .help = "activation after every convolution",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, activation),
      .def = "relu",
      .choices = activation_names },
    { .name = "transformer",
      .help = "transformer blocks in the place of the last stage's residual blocks",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, transformer),
      .def = "false" },
    { 0 },
};

/* A 3x3 convolution, normalised when the options say so; not activated. */
static eh_tensor *conv3(eh_build *b, const options *o, const char *conv, const char *bn, eh_tensor *x,
                        int out, int stride)
{
    x = eh_layer_conv2d(b, conv, x,
                        (eh_conv_spec){
                            .out = out, .kernel = 3, .stride = stride, .pad = 1, .bias = !o->norm });
    return o->norm ? eh_layer_batch_norm(b, bn, x) : x;
}

static eh_tensor *block(eh_build *b, const options *o, eh_tensor *x, int width)
{
    eh_activation activation = (eh_activation)o->activation;
    eh_tensor *y = eh_layer_activation(b, conv3(b, o, "conv1", "bn1", x, width, 1), activation);
    y = conv3(b, o, "conv2", "bn2", y, width, 1);
    return eh_layer_activation(b, o->skip ? eh_add(b->graph, x, y) : y, activation);
}

/* The places of a map as tokens that look at one another: [N,C,H,W] -> the same. */
static eh_tensor *transformer_block(eh_build *b, eh_tensor *x, bool first)
{
    enum { HEADS = 4 };
    if (!x)
        return NULL;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(x);
    int64_t c = in.dim[1];
    eh_tensor *tokens = eh_permute(g, eh_reshape(g, x, eh_shape_of(3, in.dim[0], c, in.dim[2] * in.dim[3])),
                                   (const int[EH_MAX_RANK]){ 0, 2, 1 });
    if (first)
        tokens = eh_add_positions(b, "pos_embedding", tokens);
    tokens = eh_transformer_block(b, tokens, &(eh_transformer_spec){ .heads = HEADS, .mlp = 2 * c });
    return tokens ? eh_reshape(g, eh_permute(g, tokens, (const int[EH_MAX_RANK]){ 0, 2, 1 }), in) : NULL;
}

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    static const char *const stage_name[STAGES] = { "stage1", "stage2", "stage3" };
    const options *o = opts;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(images);
    if (o->down == DOWN_MAXPOOL && (in.dim[2] < 1 << STAGES || in.dim[3] < 1 << STAGES)) {
        eh_graph_fail(g, EH_ERR_USAGE,
                      "vgg-resnet halves the image three times, so it needs images of at least 8x8 "
                      "pixels, not %dx%d; set --size",
                      (int)in.dim[3], (int)in.dim[2]);
        return (eh_features){ 0 };
    }
    eh_tensor *x = images;
    for (int s = 0; s < STAGES; s++) {
        int width = (int)o->width << s;
        eh_activation activation = (eh_activation)o->activation;
        eh_scope_push(g, "%s", stage_name[s]);
        eh_block_begin(g);
        x = eh_layer_activation(b, conv3(b, o, "conv", "bn", x, width, 1), activation);
        eh_block_end(g);
        for (int64_t i = 0; i < o->blocks; i++) {
            eh_scope_push(g, "block%d", (int)i + 1);
            eh_block_begin(g);
            x = o->transformer && s == STAGES - 1 ? transformer_block(b, x, i == 0) : block(b, o, x, width);
            eh_block_end(g);
            eh_scope_pop(g);
        }
        if (o->down == DOWN_MAXPOOL)
            x = eh_max_pool2d(g, x, (eh_pool2d_opts){ .kernel = { 2, 2 }, .stride = { 2, 2 } });
        else
            x = eh_layer_activation(b, conv3(b, o, "down", "down_bn", x, width, 2), activation);
        eh_scope_pop(g);
        x = eh_expose(g, stage_name[s], x); /* [N, width << s, H >> (s+1), W >> (s+1)] */
    }
    return (eh_features){ .map = x,
                          .vector = eh_expose(g, "pool", eh_global_avg_pool(g, x)) /* [N, 4 * width] */ };
}

const eh_model eh_model_vgg_resnet = {
    .entry = { .name = "vgg-resnet",
               .summary = "three stages of residual blocks with switches for ablations",
               .source = "Simonyan and Zisserman 2015; He et al. 2016",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .head_name = "head",
    .features = features,
};
