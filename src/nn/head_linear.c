/* head_linear.c - one linear layer over the features. */
#include "nn/layer.h"

static eh_tensor *build(eh_build *b, const void *opts, const char *name, const eh_features *features,
                        int64_t outputs, int64_t height, int64_t width)
{
    (void)opts;
    (void)height;
    (void)width;
    if (!features->vector)
        return eh_graph_fail(b->graph, EH_ERR_USAGE,
                             "the head linear needs one vector of features per image, and this model has "
                             "features for every pixel only; use another model, or learn a column of masks");
    return eh_layer_linear(b, name, features->vector, outputs, true);
}

const eh_head eh_head_linear = {
    .entry = { .name = "linear",
               .summary = "one linear layer over the features",
               .source = "torch.nn.Linear" },
    .build = build,
};
