/* predictions_where.c - keeping only the rows of a file of predictions for which a query holds.
 *
 * The file's columns are seen as a data set's would be: numbers where every cell is one (or missing), classes where at most MOST_CLASSES different
 * words occur, so that a word that does not occur is a mistake with a nearest class; else text. Rows are taken out of the table before anything else reads it.
 */
#include "report/predictions_reader.h"

#include "evenhand/query.h"

#include <math.h>
#include <string.h>

#define MOST_CLASSES 1000

static bool is_missing(const char *cell)
{
    return eh_prediction_missing(cell, true);
}

/* Fills number[] where every cell that is not missing is one. */
static eh_status read_numbers(eh_frame_column *out, const eh_prediction_reader *r, eh_arena *arena,
                              size_t column, bool *numbers)
{
    out->number = eh_arena_alloc(arena, r->csv.rows, sizeof *out->number);
    if (!out->number)
        return eh_fail_memory(r->err, "a column of predictions", r->csv.rows, sizeof *out->number);
    *numbers = true;
    for (size_t row = 0; row < r->csv.rows && *numbers; row++) {
        const char *cell = eh_prediction_cell(r, row, column);
        double value = NAN;
        *numbers = is_missing(cell) || eh_parse_float(&value, cell);
        out->number[row] = (float)value;
    }
    return EH_OK;
}

static eh_status read_words(eh_frame_column *out, const eh_prediction_reader *r, eh_arena *arena,
                            size_t column)
{
    size_t rows = r->csv.rows, count = 0;
    const char **word = eh_arena_alloc(arena, rows, sizeof *word);
    out->text = eh_arena_alloc(arena, rows, sizeof *out->text);
    out->cls = eh_arena_alloc(arena, rows, sizeof *out->cls);
    if (!word || !out->text || !out->cls)
        return eh_fail_memory(r->err, "a column of predictions", rows, sizeof *word);
    for (size_t row = 0; row < rows; row++) {
        const char *cell = eh_prediction_cell(r, row, column);
        out->text[row] = is_missing(cell) ? NULL : cell;
        if (out->text[row])
            word[count++] = cell;
    }
    out->kind = EH_COLUMN_TEXT;
    count = eh_prediction_sort_names(word, count);
    if (count > MOST_CLASSES)
        return EH_OK;
    eh_name_index index;
    EH_TRY(eh_name_index_make(&index, arena, word, count, r->err));
    for (size_t row = 0; row < rows; row++)
        out->cls[row] = out->text[row] ? eh_name_find(&index, out->text[row]) : -1;
    out->kind = EH_COLUMN_CLASS;
    out->class_name = word;
    out->classes = count;
    return EH_OK;
}

/* The columns of the file; only those that the query names are read, of the others the name alone counts. */
static eh_status read_columns(eh_frame_column **out, const eh_prediction_reader *r, const eh_query *query,
                              eh_arena *arena)
{
    *out = eh_arena_alloc(arena, r->csv.columns, sizeof **out);
    if (!*out)
        return eh_fail_memory(r->err, "the columns of predictions", r->csv.columns, sizeof **out);
    for (size_t c = 0; c < r->csv.columns; c++) {
        eh_frame_column *column = &(*out)[c];
        bool named = false, numbers = false;
        *column = (eh_frame_column){ .name = r->csv.header[c], .kind = EH_COLUMN_NUMBER };
        for (size_t i = 0; i < eh_query_names(query); i++)
            named |= strcmp(eh_query_name(query, i), column->name) == 0;
        if (!named)
            continue;
        EH_TRY(read_numbers(column, r, arena, c, &numbers));
        if (!numbers)
            EH_TRY(read_words(column, r, arena, c));
    }
    return EH_OK;
}

static eh_status keep_rows(eh_prediction_reader *r, const eh_query *query, eh_arena *arena)
{
    eh_frame_column *column;
    size_t columns = r->csv.columns, kept = 0, rows = r->csv.rows;
    size_t *line = eh_arena_alloc(r->p->arena, rows, sizeof *line);
    uint8_t *keep = eh_arena_alloc(arena, rows, 1);
    if (!line || !keep)
        return eh_fail_memory(r->err, "predictions", rows, sizeof *line);
    EH_TRY(read_columns(&column, r, query, arena));
    EH_TRY(eh_query_rows(query, column, columns, rows, keep, NULL, r->err));
    for (size_t row = 0; row < rows; row++) {
        if (!keep[row])
            continue;
        memmove((void *)(r->csv.cell + kept * columns), (const void *)(r->csv.cell + row * columns),
                columns * sizeof *r->csv.cell);
        line[kept++] = r->csv.line[row];
    }
    r->csv.rows = kept;
    r->csv.line = line;
    return kept ? EH_OK
                : eh_fail(r->err, EH_ERR_NOT_ENOUGH, "the query '%.200s' holds for no row of %s",
                          eh_query_text(query), r->path);
}

eh_status eh_prediction_keep(eh_prediction_reader *r)
{
    if (!r->opts->where)
        return EH_OK;
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(r->err, "predictions", 1, 4096);
    eh_status status = keep_rows(r, r->opts->where, arena);
    eh_arena_free(arena);
    return status;
}
