/* sampler_balanced.c - every group equally often, to within one sample, in every stretch of the epoch.
 *
 * Idea     An epoch is as many draws as there are candidates. The groups that have candidates take turns; each group's rows come in
 *          random order, and when they are used up they are shuffled anew. So batches are balanced too, not only epochs.
 * Cost     O(n) per epoch.
 * Easy to get wrong: a small group is repeated n / (G * n_g) times, so its images are memorised first; augment.
 */
#include <assert.h>
#include "data/sampler_groups.h"

#include "base/rng.h"

/* One group's turn: its rows, where it stands, how often it was used up. */
typedef struct turn {
    uint32_t *row;
    size_t count, next;
    uint64_t round;
    uint32_t group;
} turn;

static void shuffle(turn *t, const eh_sampler_input *in)
{
    eh_rng rng = eh_rng_at(in->seed, EH_DRAW_SAMPLER, in->epoch,
                           ((uint64_t)t->group + 1) << 24 | (t->round & 0xffffff));
    eh_rng_shuffle(&rng, t->row, t->count);
    t->next = 0;
    t->round++;
}

static eh_status order(const void *opts, const eh_sampler_input *in, uint32_t **out, size_t *count,
                       eh_error *err)
{
    (void)opts;
    eh_rows_by_group by = { 0 };
    turn *turns = NULL;
    size_t groups = 0;
    EH_TRY(eh_sampler_allocate(out, in->rows, err));
    eh_status status;
    EH_TRY_GOTO(status, eh_rows_by_group_make(&by, in, "balanced", err));
    turns = eh_alloc(by.groups, sizeof *turns);
    if (!turns) {
        status = eh_fail_memory(err, "the order of samples", by.groups, sizeof *turns);
        goto done;
    }
    for (size_t g = 0; g < by.groups; g++) {
        size_t n = by.first[g + 1] - by.first[g];
        if (n == 0)
            continue;
        turns[groups] = (turn){ .row = by.row + by.first[g], .count = n, .group = (uint32_t)g };
        shuffle(&turns[groups++], in);
    }
    assert(groups > 0 || in->rows == 0); /* every row is in a group */
    for (size_t i = 0; i < in->rows; i++) {
        turn *t = &turns[i % groups];
        if (t->next == t->count)
            shuffle(t, in);
        (*out)[i] = t->row[t->next++];
    }
    *count = in->rows;
done:
    if (status != EH_OK) {
        eh_free(*out);
        *out = NULL;
    }
    eh_free(turns);
    eh_rows_by_group_clear(&by);
    return status;
}

const eh_sampler eh_sampler_balanced = {
    .entry = { .name = "balanced",
               .summary = "every group equally often: the groups take turns, small ones are repeated",
               .source = "group-balanced sampling, Sagawa et al. 2020" },
    .needs_groups = true,
    .order = order,
};
