/* optim_adamw.c - Adam with decoupled weight decay.
 *
 * Math    p -= lr * wd * p, then the step of Adam (optim_adam.c) with the pure gradient.
 * Source  Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019; the order of operations of torch.optim.AdamW.
 * Easy to get wrong: the decay is multiplied by the learning rate, so a schedule changes both.
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
      .help = "share of a weight taken off each step, times the learning rate; norms and biases are left out",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, weight_decay),
      .def = "0.01",
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
                                          .decoupled = true });
}

const eh_optim eh_optim_adamw = {
    .entry = { .name = "adamw",
               .summary = "Adam with decoupled weight decay",
               .source = "Loshchilov and Hutter 2019, Decoupled weight decay regularization",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .update = update,
};
