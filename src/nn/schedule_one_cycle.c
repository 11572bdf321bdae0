/* schedule_one_cycle.c - the rate rises from lr/25 to lr over the first quarter and falls to lr/100,000, momentum goes the other way.
 *
 * Math    with p = step / total and cos(a, b, t) = a + (b - a) (1 - cos(pi t)) / 2:
 *         p < start:  factor = cos(1/div, 1, p/start),              momentum = cos(.95, .85, p/start)
 *         else, t = (p - start) / (1 - start): cos(1, 1/div-final, t),          cos(.85, .95, t).
 *         rule=torch takes p = step / (start total - 1) for the first part and t = (step - (start total - 1)) / (total - start total) for the
 *         second, as torch.optim.lr_scheduler.OneCycleLR, whose defaults are start=0.3 and, counted from lr, div-final=250000.
 * Source  Smith, "Super-convergence", 2018; fastai's fit_one_cycle (combined_cos), whose step is step / total.
 * Differs Adam keeps its beta1: only optimisers with a momentum (sgd) have it cycled.
 */
#include "evenhand/model.h"

#include <math.h>
#include <stddef.h>

typedef struct options {
    double start, div, div_final, momentum_high, momentum_low;
    int rule;
} options;

enum { RULE_FASTAI, RULE_TORCH };
static const char *const rule_names[] = { "fastai", "torch", NULL };

static const eh_opt option_table[] = {
    { .name = "start",
      .help = "share of all steps in which the rate rises",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, start),
      .def = "0.25",
      .min = 0.001,
      .max = 0.999 },
    { .name = "div",
      .help = "the first rate is lr divided by this",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, div),
      .def = "25",
      .min = 1,
      .max = 1e9 },
    { .name = "div-final",
      .help = "the last rate is lr divided by this",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, div_final),
      .def = "1e5",
      .min = 1,
      .max = 1e12 },
    { .name = "momentum-high",
      .help = "momentum at both ends",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, momentum_high),
      .def = "0.95",
      .min = 0,
      .max = 0.9999 },
    { .name = "momentum-low",
      .help = "momentum at the highest rate",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, momentum_low),
      .def = "0.85",
      .min = 0,
      .max = 0.9999 },
    { .name = "rule",
      .help = "where a step stands in the cycle: by fastai's rule, or by that of PyTorch's OneCycleLR",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, rule),
      .def = "fastai",
      .choices = rule_names },
    { 0 },
};

static double between(double a, double b, double t)
{
    static const double pi = 3.14159265358979323846;
    return a + (b - a) * (1.0 - cos(pi * t)) / 2.0;
}

static void at(const void *opts, uint64_t step, uint64_t total, double *lr_factor, double *momentum)
{
    const options *o = opts;
    /* Steps of the first part, and of both. */
    double last = o->rule == RULE_TORCH ? 1.0 : 0.0, n = (double)total;
    double rise = o->start * n - last, all = n - last, at = (double)step;
    if (at < rise) {
        *lr_factor = between(1.0 / o->div, 1.0, at / rise);
        *momentum = between(o->momentum_high, o->momentum_low, at / rise);
    } else {
        double t = all > rise && at < all ? (at - rise) / (all - rise) : 1.0;
        *lr_factor = between(1.0, 1.0 / o->div_final, t);
        *momentum = between(o->momentum_low, o->momentum_high, t);
    }
}

const eh_schedule eh_schedule_one_cycle = {
    .entry = { .name = "one-cycle",
               .summary =
                   "rises for a quarter of the run, then falls to almost nothing; momentum the other way",
               .source = "Smith 2018, Super-convergence; fastai's fit_one_cycle",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .at = at,
};
