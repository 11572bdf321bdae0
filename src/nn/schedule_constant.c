/* schedule_constant.c - the same learning rate at every step. */
#include "evenhand/model.h"

static void at(const void *opts, uint64_t step, uint64_t total, double *lr_factor, double *momentum)
{
    (void)opts;
    (void)step;
    (void)total;
    (void)momentum; /* stays the optimiser's */
    *lr_factor = 1.0;
}

const eh_schedule eh_schedule_constant = {
    .entry = { .name = "constant", .summary = "the same learning rate at every step" },
    .at = at,
};
