/* sampler_weighted.c - draws with replacement in proportion to a weight.
 *
 * Idea     An epoch is as many draws as there are candidates. A candidate is drawn with probability w_i / sum w. Without weights
 *          w_i = 1 / n_g(i), n_g = size of its group, so that every group is drawn equally often on average.
 * Source   PyTorch's WeightedRandomSampler(replacement=True); weights N / n_g as in Idrissi et al. 2022 ("RWG", ReSample).
 * Cost     O(n log n) per epoch: a running sum in double, and a binary search per draw.
 * Easy to get wrong: on average is not exactly; `balanced` makes the groups equal in every epoch.
 */
#include "data/sampler_groups.h"

#include "base/rng.h"

#include <math.h>

/* sum[i] = w_0 + ... + w_i. */
static eh_status running_sum(double *sum, const eh_sampler_input *in, eh_error *err)
{
    double total = 0;
    eh_rows_by_group by = { 0 };
    if (!in->weight)
        EH_TRY(eh_rows_by_group_make(&by, in, "weighted", err));
    eh_status status = EH_OK;
    for (size_t i = 0; i < in->rows && status == EH_OK; i++) {
        double w;
        if (in->weight) {
            w = (double)in->weight[i];
        } else {
            int32_t g = in->group[in->row[i]];
            w = 1.0 / (double)(by.first[g + 1] - by.first[g]);
        }
        if (!(w >= 0) || isinf(w))
            status = eh_fail(err, EH_ERR_NUMERIC,
                             "the weight of sample %zu is %g; weights must be finite and not negative", i, w);
        total += w;
        sum[i] = total;
    }
    eh_rows_by_group_clear(&by);
    if (status == EH_OK && !(total > 0))
        status = eh_fail(err, EH_ERR_NUMERIC, "all weights are 0, so no sample can be drawn");
    return status;
}

/* The first i with sum[i] > x. */
static size_t find(const double *sum, size_t count, double x)
{
    size_t low = 0, high = count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sum[middle] > x)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static eh_status order(const void *opts, const eh_sampler_input *in, uint32_t **out, size_t *count,
                       eh_error *err)
{
    (void)opts;
    EH_TRY(eh_sampler_allocate(out, in->rows, err));
    double *sum = eh_alloc(in->rows, sizeof *sum);
    eh_status status =
        sum ? running_sum(sum, in, err) : eh_fail_memory(err, "sample weights", in->rows, sizeof *sum);
    if (status == EH_OK) {
        eh_rng rng = eh_rng_at(in->seed, EH_DRAW_SAMPLER, in->epoch, 0);
        for (size_t i = 0; i < in->rows; i++) {
            size_t k = find(sum, in->rows, eh_rng_uniform(&rng) * sum[in->rows - 1]);
            (*out)[i] = in->row[k];
        }
        *count = in->rows;
    } else {
        eh_free(*out);
        *out = NULL;
    }
    eh_free(sum);
    return status;
}

const eh_sampler eh_sampler_weighted = {
    .entry = { .name = "weighted",
               .summary =
                   "draws with replacement in proportion to a weight, by default 1 / size of the group",
               .source =
                   "Idrissi et al. 2022, Simple data balancing achieves competitive worst-group-accuracy" },
    .order = order,
};
