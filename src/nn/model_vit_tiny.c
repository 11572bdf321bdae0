/* model_vit_tiny.c - a small vision transformer.
 *
 * Idea    the image is cut into square patches, each becomes a token by one linear layer, a token for the class is put in front, and encoder
 *         blocks let every token look at every other. The class token at the end is the feature.
 * Source  Dosovitskiy et al. 2021, "An image is worth 16x16 words"; the tiny size (width 192, 12 blocks, 3 heads) is Touvron et al. 2021 (DeiT);
 *         names of torchvision's vision_transformer.py.
 * Sizes   5,717,416 trainable with patch 16, 224x224 images and 1,000 classes.
 * Differs the map has the patches' tokens, so that heads which look at places can be used; positions belong to one image size.
 */
#include "nn/layer.h"
#include "nn/transformer.h"

#include <stddef.h>

typedef struct options {
    int64_t patch, width, depth, heads;
    double dropout;
} options;

static const eh_opt option_table[] = {
    { .name = "patch",
      .help = "side of a patch in pixels",
      .type = EH_OPT_INT,
      .offset = offsetof(options, patch),
      .def = "8",
      .min = 1,
      .max = 64 },
    { .name = "width",
      .help = "numbers in a token",
      .type = EH_OPT_INT,
      .offset = offsetof(options, width),
      .def = "192",
      .min = 8,
      .max = 4096 },
    { .name = "depth",
      .help = "encoder blocks",
      .type = EH_OPT_INT,
      .offset = offsetof(options, depth),
      .def = "12",
      .min = 1,
      .max = 64 },
    { .name = "heads",
      .help = "heads of attention; they divide the width",
      .type = EH_OPT_INT,
      .offset = offsetof(options, heads),
      .def = "3",
      .min = 1,
      .max = 64 },
    { .name = "dropout",
      .help = "probability inside the blocks",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, dropout),
      .def = "0",
      .min = 0,
      .max = 0.9 },
    { 0 },
};

/* The class token in front of every sample's tokens. */
static eh_tensor *with_class_token(eh_build *b, eh_tensor *x)
{
    if (!x)
        return NULL;
    eh_shape in = eh_tensor_shape(x);
    eh_tensor *token = eh_variable(b->graph, "class_token", eh_shape_of(3, (int64_t)1, (int64_t)1, in.dim[2]),
                                   EH_TRAINABLE, (eh_init){ .kind = EH_INIT_CONSTANT });
    eh_tensor *both[2] = { eh_broadcast_to(b->graph, token, eh_shape_of(3, in.dim[0], (int64_t)1, in.dim[2])),
                           x };
    return both[0] ? eh_concat(b->graph, both, 2, 1) : NULL;
}

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    const options *o = opts;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(images);
    int64_t n = in.dim[0], h = in.dim[2] / o->patch, w = in.dim[3] / o->patch;
    if (in.dim[2] % o->patch || in.dim[3] % o->patch || h * w < 1) {
        eh_graph_fail(g, EH_ERR_USAGE,
                      "vit-tiny cuts images into patches of %d pixels, and %dx%d is no multiple of it; set "
                      "--size or patch",
                      (int)o->patch, (int)in.dim[3], (int)in.dim[2]);
        return (eh_features){ 0 };
    }
    eh_tensor *x = eh_layer_conv2d(b, "conv_proj", images,
                                   (eh_conv_spec){ .out = (int)o->width,
                                                   .kernel = (int)o->patch,
                                                   .stride = (int)o->patch,
                                                   .bias = true });
    x = eh_permute(g, eh_reshape(g, x, eh_shape_of(3, n, o->width, h * w)),
                   (const int[EH_MAX_RANK]){ 0, 2, 1 });
    x = eh_add_positions(b, "encoder.pos_embedding", with_class_token(b, x)); /* [N,1+hw,D] */
    x = eh_layer_dropout(b, x, o->dropout);
    eh_transformer_spec spec = { .heads = o->heads, .mlp = 4 * o->width, .dropout = o->dropout };
    for (int64_t i = 0; i < o->depth; i++) {
        eh_scope_push(g, "encoder.layers.encoder_layer_%d", (int)i);
        x = eh_transformer_block(b, x, &spec);
        eh_scope_pop(g);
    }
    x = eh_layer_norm_last(b, "encoder.ln", x, 1e-6);
    if (!x)
        return (eh_features){ 0 };
    eh_tensor *map = eh_permute(g, eh_slice(g, x, 1, 1, h * w), (const int[EH_MAX_RANK]){ 0, 2, 1 });
    eh_tensor *vector = eh_reshape(g, eh_slice(g, x, 1, 0, 1), eh_shape_of(2, n, o->width));
    return (eh_features){ .map = eh_expose(g, "map", eh_reshape(g, map, eh_shape_of(4, n, o->width, h, w))),
                          .vector = eh_expose(g, "pool", vector) };
}

const eh_model eh_model_vit_tiny = {
    .entry = { .name = "vit-tiny",
               .summary = "a small vision transformer, torchvision's names",
               .source =
                   "Dosovitskiy et al. 2021, An image is worth 16x16 words; Touvron et al. 2021 (the size)",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .head_name = "heads.head",
    .features = features,
};
