/* method_resample.c - images are drawn with replacement so that every group comes equally often.
 *
 * Idea    small groups are shown more often instead of large ones being cut.
 * Math    an epoch is n draws; image i is drawn with probability proportional to 1 / n_g(i).
 * Source  "RWG" in Idrissi et al., "Simple data balancing achieves competitive worst-group-accuracy", CLeaR 2022; ReSample of SubpopBench;
 *         WeightedRandomSampler(N / n_g) of the group DRO code (--reweight_groups).
 * Cost    none per step; one draw per image and epoch.
 * Differs nothing.
 * Easy to get wrong: few images are repeated often and are learned by heart; watch the validation, stop early or augment.
 */
#include "train/hooks.h"

static eh_status epoch(void *state, eh_run *run, eh_epoch_order *order, eh_error *err)
{
    (void)state;
    return eh_run_draw(run, &eh_sampler_weighted, NULL, NULL, order, err);
}

const eh_method eh_method_resample = {
    .entry = { .name = "resample",
               .summary = "draws images so that every group comes equally often",
               .source = "Idrissi et al. 2022, Simple data balancing achieves competitive "
                         "worst-group-accuracy (RWG)" },
    .needs = EH_NEEDS_GROUPS,
    .hooks = { .epoch = epoch },
};
