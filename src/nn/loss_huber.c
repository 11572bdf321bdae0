/* loss_huber.c - squared near the truth, linear away from it.
 *
 * Math    d = |z - t|; l = d^2 / 2 where d <= delta, else delta (d - delta / 2); t = (x - mean) / std of the training part.
 * Source  Huber 1964; the convention of torch.nn.HuberLoss(reduction="none").
 */
#include "nn/number_target.h"

#include <stddef.h>

typedef struct options {
    double delta;
} options;

static const eh_opt option_table[] = {
    { .name = "delta",
      .help = "where squared becomes linear, in standard deviations of the column",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, delta),
      .def = "1",
      .min = 1e-6,
      .max = 1e6 },
    { 0 },
};

static eh_tensor *build(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out,
                        eh_tensor *truth)
{
    const options *o = opts;
    eh_tensor *wanted = eh_number_scaled(g, target, truth); /* [N] */
    eh_tensor *z = out ? eh_reshape(g, out, eh_shape_of(1, eh_tensor_shape(out).dim[0])) : NULL;
    return eh_huber_error(g, z, wanted, o->delta);
}

const eh_loss eh_loss_huber = {
    .entry = { .name = "huber",
               .summary = "squared error near the truth, absolute away from it",
               .source = "Huber 1964, Robust estimation of a location parameter",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .outputs = eh_number_outputs,
    .build = build,
    .predict = eh_number_predict,
};
