/* optim_sgd.c - stochastic gradient descent with momentum.
 *
 * Math    b = momentum b + g (first step: b = g);  p -= lr b, or with Nesterov p -= lr (g + momentum b).
 * Source  Sutskever et al. 2013; the conventions of torch.optim.SGD, without dampening.
 * Easy to get wrong: momentum is a scalar input of the graph, so that a schedule can cycle it.
 */
#include "evenhand/model.h"

#include <stddef.h>

typedef struct options {
    double momentum, weight_decay;
    bool nesterov;
} options;

static const eh_opt option_table[] = {
    { .name = "momentum",
      .help = "share of the former step that is kept; one-cycle sets its own",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, momentum),
      .def = "0.9",
      .min = 0,
      .max = 0.9999 },
    { .name = "nesterov",
      .help = "look ahead along the momentum",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, nesterov),
      .def = "false" },
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
    (void)step;
    const options *o = opts;
    return eh_sgd_update(g, param, grad, lr, momentum,
                         (eh_sgd_opts){ .weight_decay = decay ? o->weight_decay : 0,
                                        .nesterov = o->nesterov });
}

static double base_momentum(const void *opts)
{
    return ((const options *)opts)->momentum;
}

const eh_optim eh_optim_sgd = {
    .entry = { .name = "sgd",
               .summary = "stochastic gradient descent with momentum",
               .source =
                   "Sutskever et al. 2013, On the importance of initialization and momentum in deep learning",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .update = update,
    .momentum = base_momentum,
};
