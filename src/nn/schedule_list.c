/* schedule_list.c - the table of learning-rate schedules. */
#include "evenhand/model.h"

extern const eh_schedule eh_schedule_constant, eh_schedule_cosine, eh_schedule_one_cycle, eh_schedule_step;

const eh_entry *const eh_schedule_list[] = {
    &eh_schedule_constant.entry,
    &eh_schedule_cosine.entry,
    &eh_schedule_one_cycle.entry,
    &eh_schedule_step.entry,
    NULL,
};
