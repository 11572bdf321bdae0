/* predictions_groups.c - which group each row of a file of predictions belongs to.
 *
 * The predictions of a run are sorted into the run's groups, so that a group without test images stays in the list. Of other files the groups
 * are the crossings that occur, made and named by data/groups.c as for any data set.
 */
#include "report/predictions_reader.h"

#include <stdlib.h>
#include <string.h>

#define MOST_GROUPS 10000

/* ---------------------------------------------------------------- groups of a run */

/* One known group, for sorting and searching by its values. */
typedef struct known_group {
    const char *const *value;
    size_t columns, index;
} known_group;

static int compare_known(const void *a, const void *b)
{
    const known_group *left = a, *right = b;
    for (size_t c = 0; c < left->columns; c++) {
        int order = strcmp(left->value[c], right->value[c]);
        if (order)
            return order;
    }
    return 0;
}

static eh_status fail_unknown_group(eh_prediction_reader *r, size_t row, const char *const *value)
{
    eh_str text = { 0 };
    for (size_t c = 0; c < r->column.groups; c++)
        eh_str_appendf(&text, "%s%s=%s", c ? ", " : "", r->csv.header[r->column.group[c]], value[c]);
    eh_fail(r->err, EH_ERR_INPUT, "%s:%zu: the run knows no group %s.", r->path, r->csv.line[row],
            eh_str_text(&text));
    eh_str_clear(&text);
    return EH_ERR_INPUT;
}

static eh_status place_in_known(eh_prediction_reader *r, const known_group *sorted)
{
    eh_predictions *p = r->p;
    size_t columns = r->column.groups;
    const char **value = eh_arena_alloc(p->arena, columns + 1, sizeof *value);
    if (!value)
        return eh_fail_memory(r->err, "the groups of predictions", columns, sizeof *value);
    for (size_t i = 0; i < p->rows; i++) {
        for (size_t c = 0; c < columns; c++) {
            value[c] = eh_prediction_cell(r, i, r->column.group[c]);
            if (eh_prediction_missing(value[c], false))
                value[c] = "(missing)";
        }
        known_group wanted = { value, columns, 0 };
        const known_group *found = bsearch(&wanted, sorted, p->groups, sizeof *sorted, compare_known);
        if (!found)
            return fail_unknown_group(r, i, value);
        p->group[i] = (int32_t)found->index;
    }
    return EH_OK;
}

static eh_status read_known_groups(eh_prediction_reader *r)
{
    const eh_predictions_opts *o = r->opts;
    eh_predictions *p = r->p;
    size_t columns = r->column.groups;
    p->groups = o->known_groups;
    p->group_columns = columns;
    p->group_name = o->group_name;
    p->group_value = o->group_value;
    p->group_column = o->groups.item;
    known_group *sorted = eh_alloc(p->groups, sizeof *sorted);
    if (!sorted)
        return eh_fail_memory(r->err, "the groups of predictions", p->groups, sizeof *sorted);
    for (size_t g = 0; g < p->groups; g++)
        sorted[g] = (known_group){ o->group_value + g * columns, columns, g };
    qsort(sorted, p->groups, sizeof *sorted, compare_known);
    eh_status status = place_in_known(r, sorted);
    eh_free(sorted);
    return status;
}

/* ---------------------------------------------------------------- groups that the file shows */

/* One group column as a class column of a frame: its values sorted, the missing ones apart. */
static eh_status make_column(eh_frame_column *out, eh_prediction_reader *r, size_t column)
{
    eh_arena *arena = r->p->arena;
    size_t rows = r->p->rows, classes = 0;
    const char **name = eh_arena_alloc(arena, rows, sizeof *name);
    int32_t *cls = eh_arena_alloc(arena, rows, sizeof *cls);
    if (!name || !cls)
        return eh_fail_memory(r->err, "a group column", rows, sizeof *name + sizeof *cls);
    for (size_t i = 0; i < rows; i++) {
        const char *text = eh_prediction_cell(r, i, column);
        if (!eh_prediction_missing(text, false))
            name[classes++] = text;
    }
    classes = eh_prediction_sort_names(name, classes);
    eh_name_index index;
    EH_TRY(eh_name_index_make(&index, arena, name, classes, r->err));
    for (size_t i = 0; i < rows; i++) {
        const char *text = eh_prediction_cell(r, i, column);
        cls[i] = eh_prediction_missing(text, false) ? -1 : eh_name_find(&index, text);
    }
    *out = (eh_frame_column){ .name = r->csv.header[column],
                              .kind = EH_COLUMN_CLASS,
                              .class_name = name,
                              .classes = classes,
                              .cls = cls };
    return EH_OK;
}

/* Takes over what the groups hold, so that nothing else has to be released later. */
static eh_status copy_groups(eh_prediction_reader *r, const eh_groups *groups)
{
    eh_predictions *p = r->p;
    size_t values = groups->count * groups->columns;
    const char **name = eh_arena_alloc(p->arena, groups->count, sizeof *name);
    const char **value = eh_arena_alloc(p->arena, values + 1, sizeof *value);
    const char **column = eh_arena_alloc(p->arena, groups->columns + 1, sizeof *column);
    bool complete = name && value && column;
    for (size_t i = 0; complete && i < groups->count; i++)
        complete = (name[i] = eh_arena_strdup(p->arena, groups->name[i])) != NULL;
    for (size_t i = 0; complete && i < values; i++)
        complete = (value[i] = eh_arena_strdup(p->arena, groups->value[i])) != NULL;
    for (size_t i = 0; complete && i < groups->columns; i++)
        complete = (column[i] = eh_arena_strdup(p->arena, groups->column[i])) != NULL;
    if (!complete)
        return eh_fail_memory(r->err, "the groups of predictions", groups->count, sizeof *name);
    memcpy(p->group, groups->of_row, p->rows * sizeof *p->group);
    p->groups = groups->count;
    p->group_columns = groups->columns;
    p->group_name = name;
    p->group_value = value;
    p->group_column = column;
    return EH_OK;
}

static eh_status read_found_groups(eh_prediction_reader *r)
{
    size_t columns = r->column.groups;
    eh_frame frame = { .rows = r->p->rows, .columns = columns };
    frame.column = eh_arena_alloc(r->p->arena, columns, sizeof *frame.column);
    const char **name = eh_arena_alloc(r->p->arena, columns, sizeof *name);
    if (!frame.column || !name)
        return eh_fail_memory(r->err, "the group columns", columns, sizeof *frame.column);
    for (size_t c = 0; c < columns; c++) {
        EH_TRY(make_column(&frame.column[c], r, r->column.group[c]));
        name[c] = frame.column[c].name;
    }
    eh_groups *groups;
    EH_TRY(eh_groups_make(&groups, &frame, name, columns, r->err));
    eh_status status = EH_OK;
    if (groups->count > MOST_GROUPS)
        status =
            eh_fail(r->err, EH_ERR_LIMIT,
                    "%s: the group columns make %zu groups, more than the %d that can be audited; name fewer "
                    "columns, or such with fewer values.",
                    r->path, groups->count, MOST_GROUPS);
    else
        status = copy_groups(r, groups);
    eh_groups_free(groups);
    return status;
}

eh_status eh_prediction_read_groups(eh_prediction_reader *r)
{
    if (r->column.groups == 0 && r->opts->known_groups <= 1)
        return EH_OK;
    r->p->group = eh_arena_alloc(r->p->arena, r->p->rows, sizeof *r->p->group);
    if (!r->p->group)
        return eh_fail_memory(r->err, "the groups of predictions", r->p->rows, sizeof *r->p->group);
    return r->opts->group_name ? read_known_groups(r) : read_found_groups(r);
}
