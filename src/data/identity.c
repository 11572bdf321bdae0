/* identity.c - numbers for the values of identity columns; a union-find over rows where there are several. */
#include "data/identity.h"

#include "data/text_index.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The value of a row as text, NULL where it is missing; `number` holds at least 32 bytes. */
static const char *value_text(const eh_frame_column *column, size_t row, char number[32])
{
    if (column->kind == EH_COLUMN_CLASS)
        return column->cls[row] >= 0 ? column->class_name[column->cls[row]] : NULL;
    if (column->kind != EH_COLUMN_NUMBER)
        return column->text[row];
    if (isnan(column->number[row]))
        return NULL;
    snprintf(number, 32, "%.9g", (double)column->number[row]);
    return number;
}

void eh_identity_name(char *out, size_t size, const eh_frame_column *column, size_t row)
{
    char number[32];
    const char *text = value_text(column, row, number);
    snprintf(out, size, "%s", text ? text : "(missing)");
}

eh_status eh_number_identities(const eh_frame_column *column, size_t rows, int32_t *identity,
                               size_t *identities, eh_error *err)
{
    eh_text_index names = { 0 };
    eh_arena *arena = eh_arena_new();
    size_t alone = 0;
    eh_status status = EH_OK;
    if (!arena)
        return eh_fail_memory(err, "identities", 1, 4096);
    for (size_t row = 0; row < rows && status == EH_OK; row++) {
        char buffer[32];
        uint32_t number = 0;
        const char *name = value_text(column, row, buffer);
        identity[row] = -1;
        if (name == buffer && !(name = eh_arena_strdup(arena, buffer))) /* the index borrows its names */
            status = eh_fail_memory(err, "identities", rows, 16);
        if (name && status == EH_OK) {
            status = eh_text_index_add(&names, name, &number, NULL, err);
            identity[row] = (int32_t)number;
        }
    }
    for (size_t row = 0; row < rows && status == EH_OK; row++)
        if (identity[row] < 0)
            identity[row] = (int32_t)(names.count + alone++);
    *identities = names.count + alone;
    eh_text_index_clear(&names);
    eh_arena_free(arena);
    return status;
}

static int32_t root_of(int32_t *parent, int32_t row)
{
    while (parent[row] != row) {
        parent[row] = parent[parent[row]];
        row = parent[row];
    }
    return row;
}

/* Joins the rows that have equal values in a column. `number` and `first` are scratch, [rows] each. */
static eh_status join_column(int32_t *parent, int32_t *number, int32_t *first, const eh_frame_column *column,
                             size_t rows, eh_error *err)
{
    size_t values;
    EH_TRY(eh_number_identities(column, rows, number, &values, err));
    memset(first, 0xff, rows * sizeof *first);
    for (size_t row = 0; row < rows; row++) {
        int32_t *before = &first[number[row]];
        if (*before < 0) {
            *before = (int32_t)row;
            continue;
        }
        int32_t a = root_of(parent, *before), b = root_of(parent, (int32_t)row);
        parent[a > b ? a : b] = a > b ? b : a;
    }
    return EH_OK;
}

eh_status eh_join_rows(const eh_frame_column *column, size_t columns, size_t rows, int32_t *identity,
                       size_t *identities, eh_error *err)
{
    int32_t *parent = eh_alloc(rows, sizeof *parent), *number = eh_alloc(rows, sizeof *number),
            *first = eh_alloc(rows, sizeof *first);
    eh_status status = EH_OK;
    *identities = 0;
    if (!parent || !number || !first) {
        status = eh_fail_memory(err, "identities", rows, 3 * sizeof *parent);
        goto done;
    }
    for (size_t row = 0; row < rows; row++)
        parent[row] = (int32_t)row;
    for (size_t i = 0; i < columns; i++)
        EH_TRY_GOTO(status, join_column(parent, number, first, &column[i], rows, err));
    /* A root is the first row of its component, so it has been numbered before any other. */
    for (size_t row = 0; row < rows; row++) {
        int32_t root = root_of(parent, (int32_t)row);
        identity[row] = root == (int32_t)row ? (int32_t)(*identities)++ : identity[root];
    }
done:
    eh_free(parent);
    eh_free(number);
    eh_free(first);
    return status;
}
