/* schedule_cosine.c - half a cosine from the full rate to (nearly) nothing, after an optional warm-up.
 *
 * Math    warm-up of w steps: (step + 1) / w. Then with t = (step - w) / (total - w): floor + (1 - floor) (1 + cos(pi t)) / 2.
 * Source  Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017 (one period); Goyal et al. 2017 (warm-up).
 */
#include "evenhand/model.h"

#include <math.h>
#include <stddef.h>

typedef struct options {
    double warm_up, floor;
} options;

static const eh_opt option_table[] = {
    { .name = "warm-up",
      .help = "share of all steps in which the rate rises linearly",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, warm_up),
      .def = "0",
      .min = 0,
      .max = 0.9 },
    { .name = "floor",
      .help = "factor that the rate ends at",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, floor),
      .def = "0",
      .min = 0,
      .max = 1 },
    { 0 },
};

static void at(const void *opts, uint64_t step, uint64_t total, double *lr_factor, double *momentum)
{
    static const double pi = 3.14159265358979323846;
    const options *o = opts;
    (void)momentum; /* stays the optimiser's */
    uint64_t warm = (uint64_t)(o->warm_up * (double)total);
    if (step < warm) {
        *lr_factor = (double)(step + 1) / (double)warm;
        return;
    }
    double t = total > warm ? (double)(step - warm) / (double)(total - warm) : 0.0;
    if (t > 1.0)
        t = 1.0;
    *lr_factor = o->floor + (1.0 - o->floor) * 0.5 * (1.0 + cos(pi * t));
}

const eh_schedule eh_schedule_cosine = {
    .entry = { .name = "cosine",
               .summary = "falls along half a cosine, after an optional warm-up",
               .source = "Loshchilov and Hutter 2017, SGDR",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .at = at,
};
