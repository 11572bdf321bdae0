/* optim_adamw.c - Adam with decoupled weight decay.
 *
 * Math    p -= lr * wd * p, then the step of Adam (optim_adam.c) with the pure gradient.
 * Source  Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019; the order of operations of torch.optim.AdamW.
 * Easy to get wrong: the decay is multiplied by the learning rate, so a schedule changes both.
 */
#include "evenhand/model.h"
#include "nn/adam_options.h"

static const eh_opt option_table[] = {
    EH_ADAM_OPTIONS(eh_adam_opts, "1e-8"),
    { .name = "weight-decay",
      .help = "share of a weight taken off each step, times the learning rate; norms and biases are left out",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(eh_adam_opts, weight_decay),
      .def = "0.01",
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
    o.decoupled = true;
    return eh_adam_update(g, param, grad, lr, step, o);
}

const eh_optim eh_optim_adamw = {
    .entry = { .name = "adamw",
               .summary = "Adam with decoupled weight decay",
               .source = "Loshchilov and Hutter 2019, Decoupled weight decay regularization",
               .opts = option_table,
               .opts_size = sizeof(eh_adam_opts) },
    .update = update,
};
