/* number_target.h - what losses of numbers share: networks learn (x - mean) / std of the training part. */
#ifndef EH_NN_NUMBER_TARGET_H
#define EH_NN_NUMBER_TARGET_H

#include "evenhand/model.h"

/* 1 for numbers, else 0: eh_loss.outputs of losses with one output. */
int64_t eh_number_outputs(const void *opts, const eh_target *target);

/* truth [N] in its units -> [N] as it is learned. */
eh_tensor *eh_number_scaled(eh_graph *g, const eh_target *target, eh_tensor *truth);

/* out [N,1] as it was learned -> [N,1] in the column's units: eh_loss.predict of losses with one output. */
eh_tensor *eh_number_predict(eh_graph *g, const void *opts, const eh_target *target, eh_tensor *out);

/* The `steps` - 1 edges between `steps` equally wide intervals from low to high, as a constant [1, steps - 1]. */
eh_tensor *eh_number_edges(eh_graph *g, const eh_target *target, int64_t steps);

#endif
