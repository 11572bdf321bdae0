/* schedule_step.c - the rate falls by a factor at given shares of the run.
 *
 * Math    warm-up of w steps: (step + 1) / w. Then factor^k, k the number of `at` shares that are over: step >= share * total.
 * Source  He et al. 2016 (a tenth at 50 % and 75 %); torch.optim.lr_scheduler.MultiStepLR.
 */
#include "evenhand/model.h"

#include <stddef.h>

typedef struct options {
    double factor, warm_up, first, second, third;
} options;

static const eh_opt option_table[] = {
    { .name = "factor",
      .help = "what the rate is multiplied by at each step",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, factor),
      .def = "0.1",
      .min = 0,
      .max = 1 },
    { .name = "first",
      .help = "share of all steps after which it falls for the first time",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, first),
      .def = "0.5",
      .min = 0,
      .max = 1 },
    { .name = "second",
      .help = "for the second time; 1: never",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, second),
      .def = "0.75",
      .min = 0,
      .max = 1 },
    { .name = "third",
      .help = "for the third time; 1: never",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, third),
      .def = "1",
      .min = 0,
      .max = 1 },
    { .name = "warm-up",
      .help = "share of all steps in which the rate rises linearly",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, warm_up),
      .def = "0",
      .min = 0,
      .max = 0.9 },
    { 0 },
};

static void at(const void *opts, uint64_t step, uint64_t total, double *lr_factor, double *momentum)
{
    const options *o = opts;
    const double share[3] = { o->first, o->second, o->third };
    (void)momentum; /* stays the optimiser's */
    uint64_t warm = (uint64_t)(o->warm_up * (double)total);
    *lr_factor = step < warm ? (double)(step + 1) / (double)warm : 1;
    for (int i = 0; i < 3; i++)
        if (share[i] < 1 && (double)step >= share[i] * (double)total)
            *lr_factor *= o->factor;
}

const eh_schedule eh_schedule_step = {
    .entry = { .name = "step",
               .summary = "falls by a factor at up to three shares of the run",
               .source = "He et al. 2016; torch.optim.lr_scheduler.MultiStepLR",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .at = at,
};
