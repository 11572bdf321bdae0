/* optim_adam.c - Adam.
 *
 * Math    m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2;  p -= lr * (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + epsilon).
 * Source  Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015; the order of operations of torch.optim.Adam.
 * Differs nothing. Weight decay here is the classic L2 term in the gradient; adamw has the decoupled one.
 */
#include "evenhand/model.h"

#include <stddef.h>

typedef struct options {
    double beta1, beta2, epsilon, weight_decay;
} options;

static const eh_opt option_table[] = {
    { .name = "beta1",
      .help = "decay of the mean of gradients",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, beta1),
      .def = "0.9",
      .min = 0,
      .max = 0.999999 },
    { .name = "beta2",
      .help = "decay of the mean of squared gradients",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, beta2),
      .def = "0.999",
      .min = 0,
      .max = 0.9999999 },
    { .name = "epsilon",
      .help = "added to the root in the denominator",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, epsilon),
      .def = "1e-8",
      .min = 1e-30,
      .max = 1 },
    { .name = "weight-decay",
      .help = "L2 penalty added to the gradient; norms and biases are left out",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, weight_decay),
      .def = "0",
      .min = 0,
      .max = 10 },
    { 0 },
};

static eh_tensor *update(eh_graph *g, const void *opts, eh_tensor *param, eh_tensor *grad, eh_tensor *lr,
                         eh_tensor *step, eh_tensor *momentum, bool decay)
{
    (void)momentum;
    const options *o = opts;
    return eh_adam_update(g, param, grad, lr, step,
                          (eh_adam_opts){ .beta1 = o->beta1,
                                          .beta2 = o->beta2,
                                          .epsilon = o->epsilon,
                                          .weight_decay = decay ? o->weight_decay : 0,
                                          .decoupled = false });
}

const eh_optim eh_optim_adam = {
    .entry = { .name = "adam",
               .summary = "Adam: steps scaled by running moments of the gradient",
               .source = "Kingma and Ba 2015, Adam: a method for stochastic optimization",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .update = update,
};
