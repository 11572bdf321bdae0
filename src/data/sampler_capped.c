/* sampler_capped.c - at most so many rows of each group.
 *
 * Idea     Each group is cut to `cap` randomly chosen rows (0: to the size of the smallest group that has any), and the chosen rows are
 *          shuffled. The choice is the same in every epoch, or with `redraw` another one, so that in time every image is seen.
 * Source   "SUBG": Idrissi et al. 2022, Simple data balancing achieves competitive worst-group-accuracy (one fixed choice).
 * Cost     O(n) per epoch.
 */
#include "data/sampler_groups.h"

#include "base/rng.h"

typedef struct options {
    int64_t cap;
    bool redraw;
} options;

static const eh_opt option_table[] = {
    { .name = "cap",
      .help = "most images of one group; 0 = size of the smallest group",
      .type = EH_OPT_INT,
      .offset = offsetof(options, cap),
      .def = "0",
      .min = 0,
      .max = 1e12 },
    { .name = "redraw",
      .help = "choose other images in each epoch",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, redraw),
      .def = "false" },
    { 0 },
};

static size_t find_cap(const eh_rows_by_group *by, int64_t wanted)
{
    size_t smallest = SIZE_MAX;
    if (wanted > 0)
        return (size_t)wanted;
    for (size_t g = 0; g < by->groups; g++) {
        size_t n = by->first[g + 1] - by->first[g];
        if (n > 0 && n < smallest)
            smallest = n;
    }
    return smallest;
}

static eh_status order(const void *opts, const eh_sampler_input *in, uint32_t **out, size_t *count,
                       eh_error *err)
{
    const options *o = opts;
    eh_rows_by_group by = { 0 };
    size_t used = 0;
    EH_TRY(eh_sampler_allocate(out, in->rows, err));
    eh_status status = eh_rows_by_group_make(&by, in, "capped", err);
    if (status != EH_OK) {
        eh_free(*out);
        *out = NULL;
        return status;
    }
    size_t cap = find_cap(&by, o ? o->cap : 0);
    uint64_t choice = o && o->redraw ? in->epoch : 0;
    for (size_t g = 0; g < by.groups; g++) {
        size_t n = by.first[g + 1] - by.first[g];
        eh_rng rng = eh_rng_at(in->seed, EH_DRAW_SAMPLER, choice, g + 1);
        eh_rng_shuffle(&rng, by.row + by.first[g], n);
        for (size_t i = 0; i < n && i < cap; i++)
            (*out)[used++] = by.row[by.first[g] + i];
    }
    eh_rng rng = eh_rng_at(in->seed, EH_DRAW_SAMPLER, in->epoch, 0);
    eh_rng_shuffle(&rng, *out, used);
    *count = used;
    eh_rows_by_group_clear(&by);
    return EH_OK;
}

const eh_sampler eh_sampler_capped = {
    .entry = { .name = "capped",
               .summary = "at most so many images of each group (by default as many as the smallest has)",
               .source =
                   "Idrissi et al. 2022, Simple data balancing achieves competitive worst-group-accuracy",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .needs_groups = true,
    .order = order,
};
