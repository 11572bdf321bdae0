/* association.c - a table of counts for every pair of columns. */
#include "metric/association.h"

#include <string.h>

static size_t value_of(const eh_frame_column *column, size_t row)
{
    return column->cls[row] < 0 ? column->classes : (size_t)column->cls[row];
}

static eh_status measure(eh_association *out, const eh_frame *frame, const eh_frame_column *group,
                         const eh_frame_column *label, size_t repeats, uint64_t seed, eh_error *err)
{
    size_t rows = group->classes + 1, columns = label->classes + 1;
    uint64_t *count = eh_alloc(rows * columns, sizeof *count);
    if (!count)
        return eh_fail_memory(err, "a table of counts", rows * columns, sizeof *count);
    for (size_t row = 0; row < frame->rows; row++)
        count[value_of(group, row) * columns + value_of(label, row)]++;
    /* A bootstrap of a huge table would take minutes and say little more. */
    size_t cells = rows * columns, most = cells > 10000 ? 0 : repeats;
    eh_status status = eh_contingency_measure(&out->table, count, rows, columns, 0.95, most, seed, err);
    eh_free(count);
    return status;
}

eh_status eh_associations_make(eh_association **out, size_t *count, eh_arena *arena, const eh_frame *frame,
                               const eh_str_list *groups, const eh_str_list *labels, size_t repeats,
                               uint64_t seed, eh_error *err)
{
    *count = 0;
    *out = eh_arena_alloc(arena, groups->count * labels->count, sizeof **out);
    if (!*out)
        return eh_fail_memory(err, "associations", groups->count * labels->count, sizeof **out);
    for (size_t g = 0; g < groups->count; g++)
        for (size_t l = 0; l < labels->count; l++) {
            const eh_frame_column *group, *label;
            if (strcmp(groups->item[g], labels->item[l]) == 0)
                continue;
            EH_TRY(eh_frame_find(&group, frame, groups->item[g], err));
            EH_TRY(eh_frame_find(&label, frame, labels->item[l], err));
            if (group->kind != EH_COLUMN_CLASS || label->kind != EH_COLUMN_CLASS)
                return eh_fail(err, EH_ERR_USAGE,
                               "'%s' has no classes, so its association cannot be measured",
                               group->kind != EH_COLUMN_CLASS ? group->name : label->name);
            eh_association *one = &(*out)[(*count)++];
            one->group = eh_arena_strdup(arena, group->name);
            one->label = eh_arena_strdup(arena, label->name);
            if (!one->group || !one->label)
                return eh_fail_memory(err, "associations", 1, 64);
            EH_TRY(measure(one, frame, group, label, repeats, seed, err));
        }
    return EH_OK;
}
