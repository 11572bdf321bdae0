/* layer_rates.h - how much of the learning rate each variable gets: --layer-lr and --layer-decay; and patterns that name no variable. */
#ifndef EH_TRAIN_LAYER_RATES_H
#define EH_TRAIN_LAYER_RATES_H

#include "evenhand/params.h"
#include "evenhand/train.h"
#include "train/task.h"

/* Factors on the learning rate, one for each variable that the store holds now, in the arena; the first `model_variables` are the model's, with the
 * heads of `task`. EH_ERR_USAGE names an item of --layer-lr that is no
 * PATTERN=FACTOR, and a pattern of --layer-lr or --freeze that matches no variable, with the nearest that there is. */
eh_status eh_layer_rates(double **out, const eh_train_opts *opts, const eh_task *task, eh_params *params,
                         size_t model_variables, eh_arena *arena, eh_error *err);

#endif
