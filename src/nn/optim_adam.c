/* optim_adam.c - Adam.
 *
 * Math    m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2;  p -= lr * (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + epsilon).
 * Source  Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015; the order of operations of torch.optim.Adam.
 * Differs nothing. Weight decay here is the classic L2 term in the gradient; adamw has the decoupled one.
 */
#include "evenhand/model.h"
#include "nn/adam_options.h"

static const eh_opt option_table[] = {
    EH_ADAM_OPTIONS(eh_adam_opts, "1e-8"),
    { .name = "weight-decay",
      .help = "L2 penalty added to the gradient; norms and biases are left out",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(eh_adam_opts, weight_decay),
      .def = "0",
      .min = 0,
      .max = 10 },
    { 0 },
};

static eh_tensor *update(eh_graph *g, const void *opts, eh_tensor *param, eh_tensor *grad, eh_tensor *lr,
                         eh_tensor *step, eh_tensor *momentum, bool decay)
{
    (void)momentum;
    eh_adam_opts o = *(const eh_adam_opts *)opts;
    o.weight_decay = decay ? o.weight_decay : 0;
    o.decoupled = false;
    return eh_adam_update(g, param, grad, lr, step, o);
}

const eh_optim eh_optim_adam = {
    .entry = { .name = "adam",
               .summary = "Adam: steps scaled by running moments of the gradient",
               .source = "Kingma and Ba 2015, Adam: a method for stochastic optimization",
               .opts = option_table,
               .opts_size = sizeof(eh_adam_opts) },
    .update = update,
};
