/* loss_cross_entropy.c - softmax cross-entropy.
 *
 * Math    l = -sum_k t_k log softmax(z)_k with t = (1-s) on the label and s/K everywhere (s = smoothing).
 * Source  Szegedy et al. 2016 for the smoothing; the convention of torch.nn.CrossEntropyLoss.
 */
#include "evenhand/model.h"

#include <stddef.h>

typedef struct options {
    double smoothing;
} options;

static const eh_opt option_table[] = {
    { .name = "smoothing",
      .help = "label smoothing: this share of the target is spread over all classes",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, smoothing),
      .def = "0",
      .min = 0,
      .max = 0.999 },
    { 0 },
};

static int64_t outputs(const void *opts, size_t classes)
{
    (void)opts;
    return classes >= 2 ? (int64_t)classes : 0;
}

static eh_tensor *build(eh_graph *g, const void *opts, eh_tensor *out, eh_tensor *labels)
{
    const options *o = opts;
    return eh_cross_entropy(g, out, labels, o->smoothing);
}

static eh_tensor *predict(eh_graph *g, const void *opts, eh_tensor *out, size_t classes)
{
    (void)opts;
    (void)classes;
    return eh_softmax(g, out);
}

const eh_loss eh_loss_cross_entropy = {
    .entry = { .name = "cross-entropy",
               .summary = "softmax cross-entropy, for two or more classes",
               .source = "Szegedy et al. 2016 (label smoothing)",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .outputs = outputs,
    .build = build,
    .predict = predict,
};
