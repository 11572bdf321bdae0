/* head_concat_pool.c - fastai's head: maximum and average of the map side by side, then two linear layers.
 *
 * Idea    the maximum tells whether something is anywhere, the average how much of it there is; the head reads both.
 * Math    h = relu(W1 drop(norm([max, avg]))), out = W2 drop'(norm(h)); the first dropout has half the probability of the second.
 * Source  fastai/vision/learner.py create_head, nbs/01_layers.ipynb: order, names by position in its Sequential (2, 4, 6, 8), widths,
 *         He initialisation, no biases.
 * Differs fastai starts the shifts of the normalisations at 0.001; here they start at 0.
 * Easy to get wrong: the maximum comes first.
 */
#include "nn/layer.h"

#include <math.h>
#include <stddef.h>

typedef struct options {
    int64_t hidden;
    double dropout;
} options;

static const eh_opt option_table[] = {
    { .name = "hidden",
      .help = "width of the layer between; 0: none",
      .type = EH_OPT_INT,
      .offset = offsetof(options, hidden),
      .def = "512",
      .min = 0,
      .max = 65536 },
    { .name = "dropout",
      .help = "probability before the last layer; half of it before the first",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, dropout),
      .def = "0.5",
      .min = 0,
      .max = 0.99 },
    { 0 },
};

/* x [N,K] -> [N,out], He normal, no bias. */
static eh_tensor *linear(eh_build *b, const char *name, eh_tensor *x, int64_t out)
{
    if (!x)
        return NULL;
    eh_scope_push(b->graph, "%s", name);
    eh_tensor *weight =
        eh_variable(b->graph, "weight", eh_shape_of(2, out, eh_tensor_shape(x).dim[1]), EH_TRAINABLE,
                    (eh_init){ .kind = EH_INIT_KAIMING_NORMAL, .a = sqrt(2.0) });
    eh_scope_pop(b->graph);
    return eh_linear(b->graph, x, weight, NULL);
}

static eh_tensor *build(eh_build *b, const void *opts, const char *name, const eh_features *features,
                        int64_t outputs, int64_t height, int64_t width)
{
    const options *o = opts;
    eh_graph *g = b->graph;
    unsigned places = 1u << 2 | 1u << 3;
    (void)height;
    (void)width;
    if (!features->map)
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "the head concat-pool needs a map of features, and this model has none; use the "
                             "head linear");
    eh_tensor *pools[2] = { eh_max(g, features->map, places, false),
                            eh_mean(g, features->map, places, false) };
    eh_tensor *x = pools[0] && pools[1] ? eh_concat(g, pools, 2, 1) : NULL; /* [N,2C] */
    eh_scope_push(g, "%s", name);
    x = eh_layer_batch_norm(b, "2", x);
    if (o->hidden > 0) {
        x = linear(b, "4", eh_layer_dropout(b, x, o->dropout / 2), o->hidden); /* [N,hidden] */
        x = eh_layer_batch_norm(b, "6", eh_relu(g, x));
    }
    x = linear(b, "8", eh_layer_dropout(b, x, o->dropout), outputs);
    eh_scope_pop(g);
    return x;
}

const eh_head eh_head_concat_pool = {
    .entry = { .name = "concat-pool",
               .summary = "maximum and average of the map, normalised, with one hidden layer: fastai's head",
               .source = "fastai, create_head",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .build = build,
};
