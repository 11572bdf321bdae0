/* group_numbers.h - numbers group by group: sizes and quality of pictures, ages, anything. */
#ifndef EH_METRIC_GROUP_NUMBERS_H
#define EH_METRIC_GROUP_NUMBERS_H

#include "evenhand/dataset.h"

/* One column in one group. Without values all numbers are NaN. */
typedef struct eh_group_number {
    uint64_t n, missing;
    double mean, low, high; /* of the mean: 95 % by its standard error, NaN below two values */
    double deviation, smallest, largest;
} eh_group_number;

/* numbers[columns * groups] for the named number columns of the frame, in the arena; `groups` NULL: all rows are one. */
eh_status eh_group_numbers_make(eh_group_number **out, eh_arena *arena, const eh_frame *frame,
                                const eh_groups *groups, const char *const *column, size_t columns,
                                eh_error *err);

#endif
