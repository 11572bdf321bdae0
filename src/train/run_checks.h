/* run_checks.h - is there something to learn, and to judge it by? Each check ends the run with a sentence or adds remarks. */
#ifndef EH_TRAIN_RUN_CHECKS_H
#define EH_TRAIN_RUN_CHECKS_H

#include "train/run_data.h"

/* Parts: an empty training part is EH_ERR_NOT_ENOUGH; missing validation and test parts, and rows that are left out, are remarks. */
eh_status eh_run_check_rows(eh_run_data *d, const eh_train_opts *opts, eh_error *err);

/* Classes: fewer than two in the training part, or one that is only validated or tested, are EH_ERR_NOT_ENOUGH. */
eh_status eh_run_check_classes(eh_run_data *d, eh_error *err);

/* Groups: those without images in a part that is there are remarks; names that the predictions file needs are EH_ERR_USAGE. */
eh_status eh_run_check_groups(eh_run_data *d, const eh_train_opts *opts, eh_error *err);

/* Width, height and channels of the pack, from the options and the images. */
eh_status eh_run_choose_shape(eh_run_data *d, const eh_train_opts *opts, eh_error *err);

#endif
