/* loss_list.c - the table of losses. */
#include "evenhand/model.h"

extern const eh_loss eh_loss_cross_entropy, eh_loss_dice, eh_loss_focal_dice, eh_loss_binary_cross_entropy,
    eh_loss_mse, eh_loss_l1, eh_loss_huber, eh_loss_binned, eh_loss_ordinal;

const eh_entry *const eh_loss_list[] = {
    &eh_loss_cross_entropy.entry, &eh_loss_binary_cross_entropy.entry,
    &eh_loss_mse.entry,           &eh_loss_l1.entry,
    &eh_loss_huber.entry,         &eh_loss_binned.entry,
    &eh_loss_ordinal.entry,       &eh_loss_dice.entry,
    &eh_loss_focal_dice.entry,    NULL,
};
