/* sampler_uniform.c - every row once in each epoch, in a new random order. */
#include "data/sampler_groups.h"

#include "base/rng.h"

#include <string.h>

static eh_status order(const void *opts, const eh_sampler_input *in, uint32_t **out, size_t *count,
                       eh_error *err)
{
    (void)opts;
    EH_TRY(eh_sampler_allocate(out, in->rows, err));
    memcpy(*out, in->row, in->rows * sizeof **out);
    eh_rng rng = eh_rng_at(in->seed, EH_DRAW_SAMPLER, in->epoch, 0);
    eh_rng_shuffle(&rng, *out, in->rows);
    *count = in->rows;
    return EH_OK;
}

const eh_sampler eh_sampler_uniform = {
    .entry = { .name = "uniform",
               .summary = "every image once per epoch, in random order",
               .source = "plain training" },
    .order = order,
};
