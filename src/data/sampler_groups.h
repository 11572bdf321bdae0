/* sampler_groups.h - candidate rows sorted by group, for the samplers that look at groups. */
#ifndef EH_DATA_SAMPLER_GROUPS_H
#define EH_DATA_SAMPLER_GROUPS_H

#include "evenhand/loader.h"

/* Rows of group g are row[first[g]] .. row[first[g + 1] - 1], in the order in which the candidates came. */
typedef struct eh_rows_by_group {
    uint32_t *row; /* [candidates] */
    size_t *first; /* [groups + 1] */
    size_t groups;
} eh_rows_by_group;

/* EH_ERR_USAGE when no groups are known (`sampler` is named in the sentence). Release with eh_rows_by_group_clear. */
eh_status eh_rows_by_group_make(eh_rows_by_group *out, const eh_sampler_input *in, const char *sampler,
                                eh_error *err);
void eh_rows_by_group_clear(eh_rows_by_group *rows);

/* An order of `count` rows for a sampler to fill. Empty input is EH_ERR_NOT_ENOUGH. */
eh_status eh_sampler_allocate(uint32_t **order, size_t count, eh_error *err);

#endif
