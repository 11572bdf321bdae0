/* batch_statistics.h - the running statistics of batch normalisation, measured anew for weights that no step has led to. */
#ifndef EH_TRAIN_BATCH_STATISTICS_H
#define EH_TRAIN_BATCH_STATISTICS_H

#include "train/trainer.h"

/* Sets them to the mean over the batches of one epoch of the training part, with its augmentation. Frozen ones stay; nothing happens in models without.
 * EH_ERR_INTERRUPTED when the user asks to stop. */
eh_status eh_batch_statistics_measure(eh_trainer *t, eh_error *err);

#endif
