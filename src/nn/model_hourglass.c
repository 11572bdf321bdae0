/* model_hourglass.c - stacked hourglasses: down to small maps and up again, several times over.
 *
 * Idea    each module looks at the whole (small maps) and writes down to the pixel (full size); a second module corrects the first. Skips within a
 *         module join maps of one size, skips between modules join their results.
 * Math    module: d_0 = block(x), d_i = block(pool(d_i-1)); u_n = d_n, u_i = block(up(u_i+1) + d_i) (without intra-skip: block(up(u_i+1)));
 *         result u_0 + x (without inter-skip: u_0). A block is a 3x3 convolution, normalised, activated; up is nearest neighbour.
 * Source  Newell, Yang and Deng 2016, "Stacked hourglass networks for human pose estimation".
 * Differs one 3x3 convolution where the paper has a bottleneck of three, a constant width, no loss in between; with every skip, normalisation and
 *         activation as a switch, since the model is there for ablations. Without normalisation the convolutions have a bias.
 */
#include "nn/layer.h"

#include <stddef.h>

typedef struct options {
    int64_t modules, width, depth;
    bool intra_skip, inter_skip, norm;
    int activation;
    double dropout;
} options;

static const char *const activation_names[] = { "relu", "gelu", "none",
                                                NULL }; /* in the order of eh_activation */

static const eh_opt option_table[] = {
    { .name = "modules",
      .help = "hourglasses one after the other",
      .type = EH_OPT_INT,
      .offset = offsetof(options, modules),
      .def = "2",
      .min = 1,
      .max = 16 },
    { .name = "width",
      .help = "filters of every convolution",
      .type = EH_OPT_INT,
      .offset = offsetof(options, width),
      .def = "32",
      .min = 1,
      .max = 1024 },
    { .name = "depth",
      .help = "halvings in each module",
      .type = EH_OPT_INT,
      .offset = offsetof(options, depth),
      .def = "4",
      .min = 1,
      .max = 8 },
    { .name = "intra-skip",
      .help = "skips between maps of one size within a module",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, intra_skip),
      .def = "true" },
    { .name = "inter-skip",
      .help = "skips over whole modules",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, inter_skip),
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
    { .name = "dropout",
      .help = "probability at the smallest map of each module",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, dropout),
      .def = "0",
      .min = 0,
      .max = 0.9 },
    { 0 },
};

enum { MOST_DEPTH = 8 };

static eh_tensor *block(eh_build *b, const options *o, const char *name, int level, eh_tensor *x)
{
    eh_scope_push(b->graph, "%s%d", name, level);
    x = eh_layer_conv2d(b, "conv", x,
                        (eh_conv_spec){ .out = (int)o->width, .kernel = 3, .pad = 1, .bias = !o->norm });
    if (o->norm)
        x = eh_layer_batch_norm(b, "bn", x);
    eh_scope_pop(b->graph);
    return eh_layer_activation(b, x, (eh_activation)o->activation);
}

static eh_tensor *module(eh_build *b, const options *o, eh_tensor *x)
{
    eh_graph *g = b->graph;
    eh_tensor *down[MOST_DEPTH + 1], *u = x;
    for (int level = 0; level <= o->depth; level++) {
        if (level)
            u = eh_max_pool2d(g, u, (eh_pool2d_opts){ .kernel = { 2, 2 }, .stride = { 2, 2 } });
        down[level] = u = block(b, o, "down", level, u);
    }
    u = eh_layer_dropout(b, u, o->dropout);
    for (int level = (int)o->depth - 1; level >= 0 && u && down[level]; level--) {
        eh_shape size = eh_tensor_shape(down[level]);
        u = eh_resize2d(g, u, size.dim[2], size.dim[3], EH_INTERPOLATE_NEAREST);
        u = block(b, o, "up", level, o->intra_skip ? eh_add(g, u, down[level]) : u);
    }
    return o->inter_skip ? eh_add(g, u, x) : u;
}

static eh_features features(eh_build *b, const void *opts, eh_tensor *images)
{
    const options *o = opts;
    eh_graph *g = b->graph;
    eh_shape in = eh_tensor_shape(images);
    if (in.dim[2] < 1 << o->depth || in.dim[3] < 1 << o->depth) {
        eh_graph_fail(g, EH_ERR_USAGE,
                      "hourglass halves the image %d times, which %dx%d pixels do not allow; set --size or "
                      "depth",
                      (int)o->depth, (int)in.dim[3], (int)in.dim[2]);
        return (eh_features){ 0 };
    }
    eh_tensor *x = block(b, o, "stem", 0, images); /* [N,width,H,W] */
    for (int64_t i = 0; i < o->modules; i++) {
        eh_scope_push(g, "module%d", (int)i + 1);
        eh_block_begin(g);
        x = module(b, o, x);
        eh_block_end(g);
        eh_scope_pop(g);
    }
    return (eh_features){ .map = eh_expose(g, "map", x) };
}

const eh_model eh_model_hourglass = {
    .entry = { .name = "hourglass",
               .summary = "stacked hourglasses with switches for ablations, for masks",
               .source = "Newell et al. 2016, Stacked hourglass networks for human pose estimation",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .head_name = "out",
    .features = features,
};
