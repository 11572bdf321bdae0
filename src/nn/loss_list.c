/* loss_list.c - the table of losses. */
#include "evenhand/model.h"

extern const eh_loss eh_loss_cross_entropy, eh_loss_binary_cross_entropy;

const eh_entry *const eh_loss_list[] = {
    &eh_loss_cross_entropy.entry,
    &eh_loss_binary_cross_entropy.entry,
    NULL,
};
