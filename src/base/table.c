/* table.c - text tables for people; see table.h. */
#include "base/table.h"

#include "evenhand/memory.h"

#include <assert.h>
#include <string.h>

/* A row is `columns` cells, or a rule when its first cell is NULL. */
struct eh_text_table {
    size_t columns;
    const char **title;
    const char **cell; /* row-major, growing */
    size_t count, capacity;
    eh_arena *arena;
    bool failed;
};

eh_text_table *eh_text_table_new(const char *const *titles, size_t columns)
{
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return NULL;
    eh_text_table *t = eh_arena_alloc(arena, 1, sizeof *t);
    const char **title = eh_arena_alloc(arena, columns, sizeof *title);
    bool complete = t && title;
    for (size_t i = 0; complete && i < columns; i++) {
        title[i] = eh_arena_strdup(arena, titles[i]);
        complete = title[i] != NULL;
    }
    if (!complete) {
        eh_arena_free(arena);
        return NULL;
    }
    *t = (eh_text_table){ .columns = columns, .title = title, .arena = arena };
    return t;
}

static void push(eh_text_table *t, const char *text)
{
    if (t->count == t->capacity) {
        size_t capacity = t->capacity ? t->capacity * 2 : 16 * t->columns;
        const char **grown = eh_realloc(t->cell, t->count, capacity, sizeof *grown);
        if (!grown) {
            t->failed = true;
            return;
        }
        t->cell = grown;
        t->capacity = capacity;
    }
    t->cell[t->count++] = text;
}

void eh_text_table_cell(eh_text_table *t, const char *format, ...)
{
    if (t->failed)
        return;
    eh_str text = { 0 }, shown = { 0 };
    va_list args;
    va_start(args, format);
    eh_str_appendv(&text, format, args);
    va_end(args);
    eh_str_append_shown(&shown, eh_str_text(&text));
    char *copy = text.failed || shown.failed ? NULL : eh_arena_strdup(t->arena, eh_str_text(&shown));
    eh_str_clear(&text);
    eh_str_clear(&shown);
    if (!copy) {
        t->failed = true;
        return;
    }
    push(t, copy);
}

void eh_text_table_rule(eh_text_table *t)
{
    for (size_t i = 0; i < t->columns && !t->failed; i++)
        push(t, NULL);
}

static bool is_right_aligned(const eh_text_table *t, size_t column)
{
    return t->title[column][0] == '>';
}

static const char *title_text(const eh_text_table *t, size_t column)
{
    return t->title[column] + is_right_aligned(t, column);
}

static void append_repeated(eh_str *out, char c, size_t count)
{
    while (count-- > 0)
        eh_str_append_bytes(out, &c, 1);
}

static void append_rule(eh_str *out, const size_t *width, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        append_repeated(out, ' ', i ? 2 : 0);
        append_repeated(out, '-', width[i]);
    }
    eh_str_append(out, "\n");
}

/* One line; spaces at its end are left out. */
static void append_row(eh_str *out, const eh_text_table *t, const char *const *cell, const size_t *width)
{
    size_t pending = 0; /* spaces that are written only if text follows */
    for (size_t i = 0; i < t->columns; i++) {
        const char *text = cell ? cell[i] : title_text(t, i);
        size_t padding = width[i] - eh_utf8_width(text);
        pending += i ? 2 : 0;
        if (is_right_aligned(t, i))
            pending += padding;
        if (*text) {
            append_repeated(out, ' ', pending);
            eh_str_append(out, text);
            pending = 0;
        }
        if (!is_right_aligned(t, i))
            pending += padding;
    }
    eh_str_append(out, "\n");
}

void eh_text_table_render(const eh_text_table *t, eh_str *out)
{
    size_t *width = t->failed ? NULL : eh_alloc(t->columns, sizeof *width);
    if (!width) {
        out->failed = true;
        return;
    }
    assert(t->count % t->columns == 0); /* every row is complete */
    size_t rows = t->count / t->columns;
    for (size_t i = 0; i < t->columns; i++)
        width[i] = eh_utf8_width(title_text(t, i));
    for (size_t i = 0; i < rows * t->columns; i++) {
        size_t cell_width = t->cell[i] ? eh_utf8_width(t->cell[i]) : 0;
        if (cell_width > width[i % t->columns])
            width[i % t->columns] = cell_width;
    }
    append_row(out, t, NULL, width);
    append_rule(out, width, t->columns);
    for (size_t row = 0; row < rows; row++) {
        const char *const *cell = t->cell + row * t->columns;
        if (cell[0])
            append_row(out, t, cell, width);
        else
            append_rule(out, width, t->columns);
    }
    eh_free(width);
}

void eh_text_table_free(eh_text_table *t)
{
    if (!t)
        return;
    eh_free(t->cell);
    eh_arena_free(t->arena); /* holds `t` itself */
}
