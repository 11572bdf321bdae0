/* split_check_catalog.c - the check of the split of a catalog: which columns, which parts, who. */
#include "metric/split_check.h"

#include "base/str.h"
#include "data/identity.h"
#include "evenhand/query.h"

#include <stdio.h>
#include <string.h>

/* Notes the block of every row that fold `k` tests on (or validates on, beside a kept test part). */
static eh_status add_fold(int32_t *part, const eh_frame *frame, eh_catalog *catalog, int64_t k, int64_t folds,
                          bool keep_test, eh_error *err)
{
    static const char *const names[] = { "part" };
    char name[32];
    eh_frame *of_fold;
    snprintf(name, sizeof name, "fold-%lld", (long long)k);
    EH_TRY(eh_catalog_use_split(catalog, name, err));
    EH_TRY(eh_frame_load(&of_fold, catalog, names, 1, err));
    eh_part block = keep_test ? EH_PART_VALID : EH_PART_TEST;
    for (size_t i = 0, row = 0; i < of_fold->rows && row < frame->rows; i++) {
        if (of_fold->image[i] != frame->image[row])
            continue;
        if (of_fold->part[i] == block)
            part[row] = (int32_t)k - 1;
        else if (keep_test && of_fold->part[i] == EH_PART_TEST)
            part[row] = (int32_t)folds;
        row++;
    }
    eh_frame_free(of_fold);
    return EH_OK;
}

eh_status eh_split_parts(int32_t *part, const char **part_name, size_t *parts, const eh_frame *frame,
                         eh_catalog *catalog, int64_t folds, bool keep_test, eh_arena *arena, eh_error *err)
{
    *parts = folds ? (size_t)folds + keep_test : 3;
    for (size_t row = 0; row < frame->rows; row++)
        part[row] = folds ? -1 : (int32_t)frame->part[row] - 1;
    for (int64_t k = 1; k <= folds; k++) {
        if (!(part_name[k - 1] = eh_arena_printf(arena, "fold %lld", (long long)k)))
            return eh_fail_memory(err, "the names of folds", 1, 16);
        EH_TRY(add_fold(part, frame, catalog, k, folds, keep_test, err));
    }
    if (folds)
        part_name[folds] = "test";
    for (size_t p = 0; p < 3 && !folds; p++)
        part_name[p] = eh_part_name((eh_part)(EH_PART_TRAIN + p));
    return EH_OK;
}

/* Names of columns for a frame; the first `compared` are compared, the others say who is in the picture. */
typedef struct column_list {
    const char **name;
    size_t count, compared;
} column_list;

static eh_status choose_columns(column_list *out, eh_arena *arena, const eh_catalog *catalog,
                                const eh_str_list *by, eh_error *err)
{
    *out = (column_list){ .name = eh_arena_alloc(arena, eh_catalog_columns(catalog) + by->count + 1,
                                                 sizeof *out->name) };
    if (!out->name)
        return eh_fail_memory(err, "column names", eh_catalog_columns(catalog), sizeof *out->name);
    for (size_t i = 0; i < eh_catalog_columns(catalog); i++) {
        eh_column_info column = eh_catalog_column(catalog, i);
        bool named = column.kind != EH_COLUMN_CLASS && column.kind != EH_COLUMN_NUMBER;
        for (size_t k = 0; k < by->count; k++)
            named |= strcmp(by->item[k], column.name) == 0;
        if (!named)
            out->name[out->count++] = column.name;
    }
    out->compared = out->count;
    for (size_t k = 0; k < by->count; k++)
        out->name[out->count++] = by->item[k];
    if (out->count == 0)
        out->name[out->count++] = "part"; /* a count of 0 would load every column */
    return EH_OK;
}

/* One column that says who is in the picture: the only one of `by`, or the number of the component. */
static eh_status find_identity(eh_frame_column *out, eh_arena *arena, const eh_frame *frame,
                               const column_list *columns, eh_error *err)
{
    const eh_frame_column *first = &frame->column[columns->compared];
    size_t count = columns->count - columns->compared, identities;
    *out = *first;
    if (count == 1)
        return EH_OK;
    eh_str name = { 0 };
    for (size_t i = 0; i < count; i++)
        eh_str_appendf(&name, "%s%s", i ? " + " : "", first[i].name);
    int32_t *number = eh_arena_alloc(arena, frame->rows, sizeof *number);
    *out = (eh_frame_column){ .name = eh_arena_strdup(arena, eh_str_text(&name)),
                              .kind = EH_COLUMN_NUMBER,
                              .number = eh_arena_alloc(arena, frame->rows, sizeof *out->number) };
    eh_str_clear(&name);
    if (!number || !out->name || !out->number)
        return eh_fail_memory(err, "identities", frame->rows, sizeof *number);
    EH_TRY(eh_join_rows(first, count, frame->rows, number, &identities, err));
    for (size_t row = 0; row < frame->rows; row++)
        out->number[row] = (float)number[row];
    return EH_OK;
}

static eh_status check_frame(eh_split_check **out, eh_arena *arena, eh_catalog *catalog,
                             const eh_frame *frame, const column_list *columns, bool persons, int64_t folds,
                             bool keep_test, eh_error *err)
{
    const char *part_name[EH_MOST_FOLDS + 1];
    eh_frame_column identity;
    int32_t *part = eh_arena_alloc(arena, frame->rows, sizeof *part);
    if (!part)
        return eh_fail_memory(err, "the parts of a split", frame->rows, sizeof *part);
    eh_split_check_input in = { .frame = frame,
                                .part = part,
                                .part_name = part_name,
                                .column = columns->name,
                                .columns = columns->compared,
                                .identity = persons ? &identity : NULL };
    EH_TRY(eh_split_parts(part, part_name, &in.parts, frame, catalog, folds, keep_test, arena, err));
    if (persons)
        EH_TRY(find_identity(&identity, arena, frame, columns, err));
    return eh_split_check_make(out, &in, err);
}

eh_status eh_split_check_catalog(eh_split_check **out, eh_catalog *catalog, const eh_query *where,
                                 const eh_str_list *by, int64_t folds, bool keep_test, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    eh_frame *frame = NULL;
    eh_split_info info;
    column_list columns;
    eh_status status;
    *out = NULL;
    if (!arena)
        return eh_fail_memory(err, "the check of a split", 1, 4096);
    EH_TRY_GOTO(status, eh_catalog_split_info(&info, arena, catalog, err));
    by = by && by->count ? by : &info.by;
    EH_TRY_GOTO(status, choose_columns(&columns, arena, catalog, by, err));
    EH_TRY_GOTO(status, eh_frame_load_where(&frame, catalog, columns.name, columns.count, where, err));
    status = check_frame(out, arena, catalog, frame, &columns, by->count > 0, folds, keep_test, err);
done:
    eh_frame_free(frame);
    eh_arena_free(arena);
    return status;
}
