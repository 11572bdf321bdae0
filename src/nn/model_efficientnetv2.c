/* model_efficientnetv2.c - EfficientNetV2: inverted residuals, fused in the early stages.
 *
 * Idea    an inverted residual widens its input by `expand`, filters each channel on its own (depthwise), weighs the channels by
 *         squeeze-and-excitation and narrows again; where maps are large a plain 3x3 convolution does widening and filtering at once ("fused"),
 *         which is faster. While training, whole residual branches are dropped at random, the deeper the more often (stochastic depth).
 * Math    branch k of n survives with probability 1 - stochastic-depth * k / n; a branch is added where the stride is 1 and the widths are equal.
 * Source  Tan and Le 2021, "EfficientNetV2: smaller models and faster training"; sizes from google/automl efficientnetv2/effnetv2_configs.py; names,
 *         symmetric padding and epsilon 0.001 from torchvision's efficientnet_v2_s, whose weights load by name.
 * Sizes   trainable with 1,000 classes: b0 7,139,704, s 21,458,488, m 54,139,356.
 * Differs for small images `stem-stride=1` leaves the first halving out; the head has dropout only where the task's head has it.
 * Easy to get wrong: squeeze-and-excitation narrows to a quarter of the block's INPUT, not of the widened channels.
 */
#include "nn/layer.h"

#include <stddef.h>
#include <stdio.h>

typedef struct options {
    int size;
    int64_t stem_stride;
    double stochastic_depth;
} options;

enum { SIZE_B0, SIZE_S, SIZE_M, MOST_STAGES = 7 };

static const char *const size_names[] = { "b0", "s", "m", NULL };

static const eh_opt option_table[] = {
    { .name = "size",
      .help = "how deep and wide",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, size),
      .def = "b0",
      .choices = size_names },
    { .name = "stem-stride",
      .help = "stride of the first convolution; 1 for small images",
      .type = EH_OPT_INT,
      .offset = offsetof(options, stem_stride),
      .def = "2",
      .min = 1,
      .max = 2 },
    { .name = "stochastic-depth",
      .help = "probability with which the last residual branch is dropped in training",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, stochastic_depth),
      .def = "0.2",
      .min = 0,
      .max = 0.9 },
    { 0 },
};

typedef struct stage {
    bool fused;
    int repeats, stride, expand, out;
} stage;

typedef struct architecture {
    int stem;
    stage stage[MOST_STAGES + 1]; /* ends with repeats 0 */
} architecture;

static const architecture architectures[] = {
    [SIZE_B0] = { 32,
                  { { true, 1, 1, 1, 16 },
                    { true, 2, 2, 4, 32 },
                    { true, 2, 2, 4, 48 },
                    { false, 3, 2, 4, 96 },
                    { false, 5, 1, 6, 112 },
                    { false, 8, 2, 6, 192 } } },
    [SIZE_S] = { 24,
                 { { true, 2, 1, 1, 24 },
                   { true, 4, 2, 4, 48 },
                   { true, 4, 2, 4, 64 },
                   { false, 6, 2, 4, 128 },
                   { false, 9, 1, 6, 160 },
                   { false, 15, 2, 6, 256 } } },
    [SIZE_M] = { 24,
                 { { true, 3, 1, 1, 24 },
                   { true, 5, 2, 4, 48 },
                   { true, 5, 2, 4, 80 },
                   { false, 7, 2, 4, 160 },
                   { false, 14, 1, 6, 176 },
                   { false, 18, 2, 6, 304 },
                   { false, 5, 1, 6, 512 } } },
};

/* Convolution "name.0" without bias, normalisation "name.1", and SiLU where `act`. */
static eh_tensor *conv_norm(eh_build *b, const char *name, eh_tensor *x, eh_conv_spec spec, bool act)
{
    spec.pad = spec.kernel / 2;
    eh_scope_push(b->graph, "%s", name);
    x = eh_layer_batch_norm(b, "1", eh_layer_conv2d(b, "0", x, spec));
    eh_scope_pop(b->graph);
    return act ? eh_silu(b->graph, x) : x;
}

/* x [N,c,h,w] -> [N,out,h/stride,w/stride], before the shortcut. */
static eh_tensor *branch(eh_build *b, eh_tensor *x, const stage *s, int stride)
{
    int in = (int)eh_tensor_shape(x).dim[1], wide = in * s->expand, part = 0;
    char name[16];
    if (s->fused && s->expand == 1)
        return conv_norm(b, "block.0", x, (eh_conv_spec){ .out = s->out, .kernel = 3, .stride = stride },
                         true);
    if (s->fused) {
        x = conv_norm(b, "block.0", x, (eh_conv_spec){ .out = wide, .kernel = 3, .stride = stride }, true);
        return conv_norm(b, "block.1", x, (eh_conv_spec){ .out = s->out, .kernel = 1 }, false);
    }
    if (s->expand != 1)
        x = conv_norm(b, (snprintf(name, sizeof name, "block.%d", part++), name), x,
                      (eh_conv_spec){ .out = wide, .kernel = 1 }, true);
    x = conv_norm(b, (snprintf(name, sizeof name, "block.%d", part++), name), x,
                  (eh_conv_spec){ .out = wide, .kernel = 3, .stride = stride, .groups = wide }, true);
    x = eh_layer_squeeze_excitation(b, (snprintf(name, sizeof name, "block.%d", part++), name), x,
                                    in / 4 > 1 ? in / 4 : 1);
    return conv_norm(b, (snprintf(name, sizeof name, "block.%d", part), name), x,
                     (eh_conv_spec){ .out = s->out, .kernel = 1 }, false);
}

static eh_tensor *block(eh_build *b, eh_tensor *x, const stage *s, int stride, double drop)
{
    if (!x)
        return NULL;
    eh_tensor *y = branch(b, x, s, stride);
    if (!y || stride != 1 || eh_tensor_shape(x).dim[1] != s->out)
        return y;
    return eh_add(b->graph, eh_layer_drop_path(b, y, drop), x);
}

static eh_features features(eh_build *outer, const void *opts, eh_tensor *images)
{
    const options *o = opts;
    eh_build own = *outer, *b = &own;
    own.bn_epsilon = outer->bn_epsilon > 0 ? outer->bn_epsilon : 1e-3;
    const architecture *a = &architectures[o->size];
    eh_graph *g = b->graph;
    char name[24];
    int blocks = 0, done = 0, number = 1;
    for (const stage *s = a->stage; s->repeats; s++)
        blocks += s->repeats;
    eh_tensor *x =
        conv_norm(b, "features.0", images,
                  (eh_conv_spec){ .out = a->stem, .kernel = 3, .stride = (int)o->stem_stride }, true);
    for (const stage *s = a->stage; s->repeats; s++, number++) {
        for (int i = 0; i < s->repeats; i++, done++) {
            eh_scope_push(g, "features.%d.%d", number, i);
            eh_block_begin(g);
            x = block(b, x, s, i == 0 ? s->stride : 1, o->stochastic_depth * done / blocks);
            eh_block_end(g);
            eh_scope_pop(g);
        }
        snprintf(name, sizeof name, "stage%d", number);
        x = eh_expose(g, name, x);
    }
    snprintf(name, sizeof name, "features.%d", number);
    x = conv_norm(b, name, x, (eh_conv_spec){ .out = 1280, .kernel = 1 }, true);
    return (eh_features){ .map = eh_expose(g, "map", x),
                          .vector = eh_expose(g, "pool", eh_global_avg_pool(g, x)) }; /* [N,1280] */
}

const eh_model eh_model_efficientnetv2 = {
    .entry = { .name = "efficientnetv2",
               .summary = "plain and fused inverted residuals, torchvision's names and numerics",
               .source = "Tan and Le 2021, EfficientNetV2: smaller models and faster training; torchvision",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .head_name = "classifier.1",
    .features = features,
};
