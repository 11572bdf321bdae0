/* association.h - how strongly every group column goes with every label. */
#ifndef EH_METRIC_ASSOCIATION_H
#define EH_METRIC_ASSOCIATION_H

#include "evenhand/dataset.h"
#include "metric/contingency.h"

typedef struct eh_association {
    const char *group, *label; /* columns */
    eh_contingency table;      /* rows: the group column's values; a missing value is a value */
} eh_association;

/* Every pair of a group column and another label column of a frame, in this order; in the arena. Intervals by `repeats` bootstrap tables. */
eh_status eh_associations_make(eh_association **out, size_t *count, eh_arena *arena, const eh_frame *frame,
                               const eh_str_list *groups, const eh_str_list *labels, size_t repeats,
                               uint64_t seed, eh_error *err);

#endif
