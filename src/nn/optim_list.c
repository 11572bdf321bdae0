/* optim_list.c - the table of optimisers. */
#include "evenhand/model.h"

extern const eh_optim eh_optim_adam, eh_optim_adamw, eh_optim_lamb, eh_optim_sgd;

const eh_entry *const eh_optim_list[] = {
    &eh_optim_adam.entry, &eh_optim_adamw.entry, &eh_optim_lamb.entry, &eh_optim_sgd.entry, NULL,
};
