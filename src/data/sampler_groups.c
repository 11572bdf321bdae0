/* sampler_groups.c - candidate rows sorted by group (counting sort, O(rows + groups)); see sampler_groups.h. */
#include "data/sampler_groups.h"

#include <assert.h>

eh_status eh_rows_by_group_make(eh_rows_by_group *out, const eh_sampler_input *in, const char *sampler,
                                eh_error *err)
{
    *out = (eh_rows_by_group){ .groups = in->groups };
    if (!in->group || in->groups == 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "the sampler '%s' needs groups; name the columns that make them with --groups",
                       sampler);
    out->row = eh_alloc(in->rows, sizeof *out->row);
    out->first = eh_alloc(in->groups + 2, sizeof *out->first);
    if (!out->row || !out->first) {
        eh_rows_by_group_clear(out);
        return eh_fail_memory(err, "the order of samples", in->rows, sizeof *out->row);
    }
    /* first[g + 2] counts group g; after the sum first[g + 1] is where the next row of group g goes, and in the end where g + 1 begins. */
    for (size_t i = 0; i < in->rows; i++) {
        assert(in->group[in->row[i]] >= 0 && (size_t)in->group[in->row[i]] < in->groups);
        out->first[in->group[in->row[i]] + 2]++;
    }
    for (size_t g = 0; g < in->groups; g++)
        out->first[g + 2] += out->first[g + 1];
    for (size_t i = 0; i < in->rows; i++)
        out->row[out->first[in->group[in->row[i]] + 1]++] = in->row[i];
    return EH_OK;
}

void eh_rows_by_group_clear(eh_rows_by_group *rows)
{
    eh_free(rows->row);
    eh_free(rows->first);
    *rows = (eh_rows_by_group){ 0 };
}

eh_status eh_sampler_allocate(uint32_t **order, size_t count, eh_error *err)
{
    *order = NULL;
    if (count == 0)
        return eh_fail(err, EH_ERR_NOT_ENOUGH,
                       "the training part has no images to draw from; split the catalog first ('evenhand "
                       "split')");
    *order = eh_alloc(count, sizeof **order);
    return *order ? EH_OK : eh_fail_memory(err, "the order of samples", count, sizeof **order);
}
