/* model_unet.c - U-Net: an encoder that halves, a decoder that doubles, and at every size a bridge between them.
 *
 * Idea    the decoder gets what the encoder saw at the same size, so that edges survive the way through the small maps.
 * Source  Ronneberger, Fischer and Brox 2015, "U-Net: convolutional networks for biomedical image segmentation".
 * Differs convolutions are padded, so that the map has the image's size, and normalised (Ioffe and Szegedy 2015). Where a size is odd the
 *         decoder's map is filled with zeros at the end of the axis.
 */
#include "nn/layer.h"

#include <stddef.h>

typedef struct options {
    int64_t width, depth;
    double dropout;
} options;

static const eh_opt option_table[] = {
    { .name = "width",
      .help = "filters at the image's size; doubled at every halving",
      .type = EH_OPT_INT,
      .offset = offsetof(options, width),
      .def = "32",
      .min = 1,
      .max = 512 },
    { .name = "depth",
      .help = "halvings",
      .type = EH_OPT_INT,
      .offset = offsetof(options, depth),
      .def = "4",
      .min = 1,
      .max = 8 },
    { .name = "dropout",
      .help = "probability at the smallest map",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, dropout),
      .def = "0",
      .min = 0,
      .max = 0.9 },
    { 0 },
};

enum { MOST_DEPTH = 8 };

/* Two 3x3 convolutions, each normalised and activated. */
static eh_tensor *double_conv(eh_build *b, const char *scope, int number, eh_tensor *x, int out)
{
    static const char *const name[2][2] = { { "conv1", "bn1" }, { "conv2", "bn2" } };
    eh_block_begin(b->graph);
    eh_scope_push(b->graph, "%s%d", scope, number);
    for (int i = 0; i < 2; i++) {
        x = eh_layer_conv2d(b, name[i][0], x, (eh_conv_spec){ .out = out, .kernel = 3, .pad = 1 });
        x = eh_relu(b->graph, eh_layer_batch_norm(b, name[i][1], x));
    }
    eh_scope_pop(b->graph);
    eh_block_end(b->graph);
    return x;
}

/* Zeros behind the last row and column, so that x is as large as `like`. */
static eh_tensor *fit(eh_graph *g, eh_tensor *x, const eh_tensor *like)
{
    eh_shape have = eh_tensor_shape(x), want = eh_tensor_shape(like);
    int64_t before[EH_MAX_RANK] = { 0 }, after[EH_MAX_RANK] = { 0 };
    after[2] = want.dim[2] - have.dim[2];
    after[3] = want.dim[3] - have.dim[3];
    return after[2] || after[3] ? eh_pad(g, x, before, after) : x;
}

static eh_tensor *up(eh_build *b, int level, eh_tensor *x, eh_tensor *bridge, int out)
{
    eh_graph *g = b->graph;
    eh_block_begin(g);
    eh_scope_push(g, "up%d", level);
    x = eh_layer_conv_transpose2d(b, "up", x,
                                  (eh_conv_transpose_spec){ .out = out, .kernel = 2, .stride = 2 });
    eh_scope_pop(g);
    if (x && bridge)
        x = double_conv(b, "up", level, eh_concat(g, (eh_tensor *[]){ bridge, fit(g, x, bridge) }, 2, 1),
                        out);
    eh_block_end(g);
    return bridge ? x : NULL;
}

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    const options *o = opts;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(images);
    eh_tensor *bridge[MOST_DEPTH], *x = images;
    if (in.dim[2] < 1 << o->depth || in.dim[3] < 1 << o->depth) {
        eh_graph_fail(g, EH_ERR_USAGE,
                      "unet halves the image %d times, which %dx%d pixels do not allow; set --size or depth",
                      (int)o->depth, (int)in.dim[3], (int)in.dim[2]);
        return (eh_features){ 0 };
    }
    for (int level = 0; level < o->depth; level++) {
        bridge[level] = x = double_conv(b, "down", level + 1, x, (int)o->width << level);
        x = eh_max_pool2d(g, x, (eh_pool2d_opts){ .kernel = { 2, 2 }, .stride = { 2, 2 } });
    }
    x = double_conv(b, "bottom", 1, x, (int)o->width << o->depth);
    x = eh_expose(g, "bottom", eh_layer_dropout(b, x, o->dropout));
    for (int level = (int)o->depth - 1; level >= 0; level--)
        x = up(b, level + 1, x, bridge[level], (int)o->width << level);
    return (eh_features){ .map = eh_expose(g, "map", x) }; /* [N,width,H,W] */
}

const eh_model eh_model_unet = {
    .entry = { .name = "unet",
               .summary = "encoder and decoder with bridges at every size, for masks",
               .source = "Ronneberger et al. 2015, U-Net",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .head_name = "out",
    .features = features,
};
