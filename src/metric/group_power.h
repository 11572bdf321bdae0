/* group_power.h - what the test part can tell about each group. */
#ifndef EH_METRIC_GROUP_POWER_H
#define EH_METRIC_GROUP_POWER_H

#include "evenhand/dataset.h"

/* What is asked. */
typedef struct eh_power_question {
    double accuracy;     /* of the other images; 0.9 */
    double gap;          /* how many images would a drop of so much take? 0.05 */
    double alpha, power; /* 0.05, 0.8 */
} eh_power_question;

typedef struct eh_group_power {
    uint64_t test, others; /* images of the group in the test part, and of all other groups */
    double smallest;       /* drop below `accuracy` that is found with that power; NaN: none is */
    double needed;         /* images of the group in the test part to find `gap`; NaN: no number is enough */
} eh_group_power;

/* One for every group, in the arena. Without a test part every smallest is NaN. */
eh_status eh_group_power_make(eh_group_power **out, eh_arena *arena, const eh_frame *frame,
                              const eh_groups *groups, const eh_power_question *question, eh_error *err);

#endif
