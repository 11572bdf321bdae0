/* groups.c - groups as the crossing of class columns.
 *
 * Idea    A row's values, one per column, are the digits of a number in mixed radix: class 0 .. k-1, and k for "(missing)". The
 *         numbers that occur, sorted, are the groups; so their order is the first column's classes, then the second's ...
 * Cost    O(rows * columns + groups log groups); no table over all crossings is made, so many columns are fine.
 * Easy to get wrong: a group that is empty in the test part must stay a group, hence all rows count, whatever their part.
 */
#include "evenhand/dataset.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define MISSING "(missing)"

typedef struct crossing {
    uint64_t code;
    size_t row;
} crossing;

static int by_code(const void *a, const void *b)
{
    const crossing *x = a, *y = b;
    if (x->code != y->code)
        return x->code < y->code ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Words that say nothing without the column's name: numbers, yes and no, and the mark of a missing value. */
static bool needs_column_name(const char *value)
{
    static const char *const bare[] = { "yes", "no", "true", "false", "y", "n", MISSING, "none", "unknown" };
    double number;
    if (eh_parse_float(&number, value))
        return true;
    char lower[16];
    size_t size = strlen(value);
    if (size >= sizeof lower)
        return false;
    for (size_t i = 0; i <= size; i++)
        lower[i] = (char)(value[i] >= 'A' && value[i] <= 'Z' ? value[i] + 32 : value[i]);
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
        if (strcmp(lower, bare[i]) == 0)
            return true;
    return false;
}

static const char *value_name(const eh_frame_column *column, int32_t cls)
{
    return cls < 0 ? MISSING : column->class_name[cls];
}

static eh_status fail_kind(const eh_frame_column *column, eh_error *err)
{
    if (column->kind == EH_COLUMN_MASK)
        return eh_fail(err, EH_ERR_USAGE,
                       "groups are made of columns with classes, but '%s' holds masks; name another column",
                       column->name);
    return eh_fail(err, EH_ERR_USAGE,
                   "groups are made of columns with classes, but '%s' holds %s; name another column, or "
                   "import the table again with it as classes: --format csv:groups=%s",
                   column->name, column->kind == EH_COLUMN_NUMBER ? "numbers" : "free text", column->name);
}

/* Finds the columns; refuses those that have no classes. */
static eh_status find_columns(const eh_frame_column **column, const eh_frame *frame, const char *const *names,
                              size_t count, eh_error *err)
{
    uint64_t codes = 1;
    for (size_t i = 0; i < count; i++) {
        EH_TRY(eh_frame_find(&column[i], frame, names[i], err));
        for (size_t j = 0; j < i; j++)
            if (column[j] == column[i])
                return eh_fail(err, EH_ERR_USAGE,
                               "the column '%s' is named twice in the list of groups; name it once",
                               names[i]);
        if (column[i]->kind != EH_COLUMN_CLASS)
            return fail_kind(column[i], err);
        uint64_t radix = (uint64_t)column[i]->classes + 1;
        if (codes > UINT64_MAX / radix)
            return eh_fail(err, EH_ERR_LIMIT,
                           "crossing %zu columns gives more groups than can be numbered; name fewer columns",
                           count);
        codes *= radix;
    }
    return EH_OK;
}

static uint64_t row_code(const eh_frame_column *const *column, size_t count, size_t row)
{
    uint64_t code = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t cls = column[i]->cls[row];
        code = code * ((uint64_t)column[i]->classes + 1) +
               (cls < 0 ? (uint64_t)column[i]->classes : (uint64_t)cls);
    }
    return code;
}

/* "Blond Male", "blond=yes Male". */
static eh_status name_group(eh_groups *g, size_t group, const eh_frame_column *const *column, size_t row,
                            eh_error *err)
{
    eh_str name = { 0 };
    for (size_t i = 0; i < g->columns; i++) {
        const char *value = value_name(column[i], column[i]->cls[row]);
        bool full = needs_column_name(value);
        eh_str_appendf(&name, "%s%s%s%s", i ? " " : "", full ? column[i]->name : "", full ? "=" : "", value);
        g->value[group * g->columns + i] = eh_arena_strdup(g->arena, value);
        if (!g->value[group * g->columns + i])
            name.failed = true;
    }
    g->name[group] = g->columns ? eh_arena_strdup(g->arena, eh_str_text(&name)) : "all";
    bool failed = name.failed || !g->name[group];
    eh_str_clear(&name);
    return failed ? eh_fail_memory(err, "the names of groups", 1, 64) : EH_OK;
}

/* Two crossings can have one name ("a b" x "c", "a" x "b c"); then every value is written with its column. */
static eh_status make_names_unique(eh_groups *g, eh_error *err)
{
    for (size_t i = 0; i < g->count; i++)
        for (size_t j = i + 1; j < g->count && g->count <= 4096; j++) {
            if (strcmp(g->name[i], g->name[j]) != 0)
                continue;
            size_t both[2] = { i, j };
            for (int b = 0; b < 2; b++) {
                eh_str name = { 0 };
                for (size_t k = 0; k < g->columns; k++)
                    eh_str_appendf(&name, "%s%s=%s", k ? " " : "", g->column[k],
                                   g->value[both[b] * g->columns + k]);
                g->name[both[b]] = eh_arena_strdup(g->arena, eh_str_text(&name));
                bool failed = name.failed || !g->name[both[b]];
                eh_str_clear(&name);
                if (failed)
                    return eh_fail_memory(err, "the names of groups", 1, 64);
            }
        }
    return EH_OK;
}

/* Numbers the crossings that occur and gives every row its group. */
static eh_status number_rows(eh_groups *g, crossing *all, const eh_frame_column *const *column, eh_error *err)
{
    for (size_t row = 0; row < g->rows; row++)
        all[row] = (crossing){ row_code(column, g->columns, row), row };
    qsort(all, g->rows, sizeof *all, by_code);
    for (size_t i = 0; i < g->rows; i++)
        g->count += i == 0 || all[i].code != all[i - 1].code;
    g->name = eh_arena_alloc(g->arena, g->count, sizeof *g->name);
    g->value = eh_arena_alloc(g->arena, g->count * (g->columns ? g->columns : 1), sizeof *g->value);
    if (!g->name || !g->value)
        return eh_fail_memory(err, "groups", g->count, sizeof *g->name);
    size_t group = 0;
    for (size_t i = 0; i < g->rows; i++) {
        if (i > 0 && all[i].code != all[i - 1].code)
            group++;
        if (i == 0 || all[i].code != all[i - 1].code)
            EH_TRY(name_group(g, group, column, all[i].row, err));
        g->of_row[all[i].row] = (int32_t)group;
    }
    return make_names_unique(g, err);
}

eh_status eh_groups_make(eh_groups **out, const eh_frame *frame, const char *const *names, size_t count,
                         eh_error *err)
{
    *out = NULL;
    eh_status status;
    crossing *all = NULL;
    eh_groups *g = NULL;
    eh_arena *arena = eh_arena_new();
    const eh_frame_column **column = arena ? eh_arena_alloc(arena, count + 1, sizeof *column) : NULL;
    if (!column || !(g = eh_arena_alloc(arena, 1, sizeof *g))) {
        status = eh_fail_memory(err, "groups", 1, sizeof *g);
        goto done;
    }
    *g = (eh_groups){ .arena = arena, .columns = count, .rows = frame->rows };
    EH_TRY_GOTO(status, find_columns(column, frame, names, count, err));
    g->column = eh_arena_alloc(arena, count, sizeof *g->column);
    g->of_row = eh_arena_alloc(arena, frame->rows, sizeof *g->of_row);
    all = eh_alloc(frame->rows, sizeof *all);
    if (!g->column || !g->of_row || !all) {
        status = eh_fail_memory(err, "groups", frame->rows, sizeof *all);
        goto done;
    }
    for (size_t i = 0; i < count; i++)
        if (!(g->column[i] = eh_arena_strdup(arena, names[i]))) {
            status = eh_fail_memory(err, "groups", 1, 64);
            goto done;
        }
    EH_TRY_GOTO(status, number_rows(g, all, column, err));
    *out = g;
    arena = NULL;
done:
    eh_free(all);
    eh_arena_free(arena);
    return status;
}

void eh_groups_free(eh_groups *groups)
{
    if (groups)
        eh_arena_free(groups->arena);
}

void eh_groups_counts(const eh_groups *groups, const eh_frame *frame, eh_part part, uint64_t *counts)
{
    memset(counts, 0, groups->count * sizeof *counts);
    for (size_t row = 0; row < groups->rows; row++)
        if (part == EH_PART_NONE || frame->part[row] == part)
            counts[groups->of_row[row]]++;
}
