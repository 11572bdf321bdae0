/* group_power.c - power.c's formulas, with a group against all other images of the test part. */
#include "metric/group_power.h"

#include "metric/power.h"

eh_status eh_group_power_make(eh_group_power **out, eh_arena *arena, const eh_frame *frame,
                              const eh_groups *groups, const eh_power_question *q, eh_error *err)
{
    uint64_t *count = eh_arena_alloc(arena, groups->count, sizeof *count), all = 0;
    *out = eh_arena_alloc(arena, groups->count, sizeof **out);
    if (!count || !*out)
        return eh_fail_memory(err, "the power of groups", groups->count, sizeof **out);
    eh_groups_counts(groups, frame, EH_PART_TEST, count);
    for (size_t g = 0; g < groups->count; g++)
        all += count[g];
    for (size_t g = 0; g < groups->count; g++) {
        eh_group_power *p = &(*out)[g];
        p->test = count[g];
        p->others = all - count[g];
        p->smallest =
            eh_smallest_difference((double)p->test, q->accuracy, (double)p->others, q->alpha, q->power);
        p->needed = eh_images_needed(q->gap, q->accuracy, (double)p->others, q->alpha, q->power);
    }
    return EH_OK;
}
