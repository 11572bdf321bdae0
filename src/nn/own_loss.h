/* own_loss.h - which images a model's own loss counts for. */
#ifndef EH_NN_OWN_LOSS_H
#define EH_NN_OWN_LOSS_H

#include "evenhand/model.h"

/* [N]: 1 where the label (i32 [N]) is the class `only`, else 0. */
eh_tensor *eh_own_loss_mask(eh_graph *g, eh_tensor *labels, int64_t classes, int64_t only);

/* [N] of the heads and [N] of the model itself into one: heads + mask * own; either may be NULL, no mask: every image counts. */
eh_tensor *eh_own_loss_add(eh_graph *g, eh_tensor *heads, eh_tensor *own, eh_tensor *mask);

#endif
