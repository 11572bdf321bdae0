/* stages.h - a run in stages: each with its own data, rate, image size, frozen variables and so on, one after another with the same weights.
 *
 * A stage begins like a run whose initial weights are those that the stage before it ended with: the optimiser, the average of the weights, the method and
 * the choice of the best epoch begin anew; epochs, steps of dropout and the order of images go on counting. Numbers that a head learns keep the first
 * stage's scale; images are scaled by each stage's own training part.
 */
#ifndef EH_TRAIN_STAGES_H
#define EH_TRAIN_STAGES_H

#include "train/run_data.h"
#include "train/task.h"

/* The options of every stage in the arena: those of the run with what the stage sets in their place; one stage where --stages is not given.
 * EH_ERR_USAGE names the stage and what is wrong with it. */
eh_status eh_train_stages(eh_train_opts **out, size_t *count, const eh_train_opts *opts, eh_arena *arena,
                          eh_error *err);

/* EH_ERR_USAGE, naming the difference, when what is learned in stage `number` (from 1) is not what the first stage learns: other kinds or classes. */
eh_status eh_train_stage_fits(const eh_run_data *first, const eh_run_data *other, size_t number,
                              eh_error *err);

/* Gives the heads of numbers the scale that the first stage's have. EH_ERR_USAGE when a head then has another number of outputs. */
eh_status eh_train_stage_scale(eh_task *task, const eh_target *first, size_t number, eh_error *err);

#endif
