/* label_lines.c - JSON lines as a table; see label_table.h. */
#include "data/label_table.h"

#include "base/json.h"
#include "base/str.h"
#include "data/text_index.h"

#include <string.h>

#define MOST_KEYS    4096
#define LONGEST_LINE ((size_t)16 << 20)

typedef struct cell {
    uint32_t column;
    const char *text;
} cell;

typedef struct reader {
    eh_arena *arena;
    const char *name;
    eh_text_index keys; /* the strings lie in the arena */
    bool *nested;       /* [MOST_KEYS] some value was a list or an object */
    cell *cell;
    size_t cells, cell_capacity;
    size_t *first, *line; /* [rows] of the row's cells; in the file */
    size_t rows, row_capacity;
    eh_error *err;
} reader;

/* A value as a CSV file would write it; NULL: none. */
static const char *text_of(reader *r, const json_t *value, eh_status *status)
{
    char number[EH_FLOAT_TEXT];
    const char *text = NULL;
    if (json_is_string(value))
        text = json_string_value(value);
    else if (json_is_boolean(value))
        text = json_is_true(value) ? "true" : "false";
    else if (json_is_integer(value))
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        eh_format_float(number, json_real_value(value));
    if (json_is_number(value))
        text = number;
    if (!text)
        return NULL;
    text = eh_arena_strdup(r->arena, text);
    if (!text)
        *status = eh_fail_memory(r->err, r->name, 1, 64);
    return text;
}

static eh_status add_cell(reader *r, const char *key, const json_t *value)
{
    uint32_t column;
    eh_status status = EH_OK;
    int64_t known = eh_text_index_find(&r->keys, key);
    if (known < 0 && r->keys.count == MOST_KEYS)
        return eh_fail(r->err, EH_ERR_LIMIT, "%s has more than %d different keys", r->name, MOST_KEYS);
    const char *copy = known < 0 ? eh_arena_strdup(r->arena, key) : key;
    if (!copy)
        return eh_fail_memory(r->err, r->name, 1, strlen(key));
    if (known < 0)
        EH_TRY(eh_text_index_add(&r->keys, copy, &column, NULL, r->err));
    else
        column = (uint32_t)known;
    if (json_is_array(value) || json_is_object(value))
        r->nested[column] = true;
    const char *text = text_of(r, value, &status);
    if (!text)
        return status;
    if (r->cells == r->cell_capacity) {
        size_t capacity = r->cell_capacity ? r->cell_capacity * 2 : 1024;
        cell *wider = eh_realloc(r->cell, r->cells, capacity, sizeof *wider);
        if (!wider)
            return eh_fail_memory(r->err, r->name, capacity, sizeof *wider);
        r->cell = wider;
        r->cell_capacity = capacity;
    }
    r->cell[r->cells++] = (cell){ column, text };
    return EH_OK;
}

static eh_status add_row(reader *r, size_t line)
{
    if (r->rows == r->row_capacity) {
        size_t capacity = r->row_capacity ? r->row_capacity * 2 : 256;
        size_t *first = eh_realloc(r->first, r->rows, capacity, sizeof *first);
        if (!first)
            return eh_fail_memory(r->err, r->name, capacity, sizeof *first);
        r->first = first;
        size_t *lines = eh_realloc(r->line, r->rows, capacity, sizeof *lines);
        if (!lines)
            return eh_fail_memory(r->err, r->name, capacity, sizeof *lines);
        r->line = lines;
        r->row_capacity = capacity;
    }
    r->first[r->rows] = r->cells;
    r->line[r->rows++] = line;
    return EH_OK;
}

static eh_status read_line(reader *r, const char *text, size_t size, size_t line)
{
    json_error_t why;
    const char *key;
    json_t *value;
    if (size > LONGEST_LINE)
        return eh_fail(r->err, EH_ERR_LIMIT, "%s:%zu: the line is longer than 16 MiB", r->name, line);
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
    if (!object)
        return eh_fail(r->err, EH_ERR_INPUT, "%s:%zu:%d: %s", r->name, line, why.column, why.text);
    eh_status status = EH_OK;
    if (!json_is_object(object))
        status =
            eh_fail(r->err, EH_ERR_INPUT,
                    "%s:%zu: a line has to be one object, such as {\"file_name\": \"a.jpg\"}", r->name, line);
    if (status == EH_OK)
        status = add_row(r, line);
    json_object_foreach(object, key, value) if (status == EH_OK) status = add_cell(r, key, value);
    json_decref(object);
    return status;
}

static eh_status read_text(reader *r, const char *text, size_t size)
{
    size_t line = 0;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        size -= 3;
    }
    for (const char *at = text, *end = text + size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at), blank = 0;
        line++;
        while (blank < length && strchr(" \t\r", at[blank]))
            blank++;
        if (blank < length)
            EH_TRY(read_line(r, at, length, line));
        at += length + 1;
    }
    return EH_OK;
}

/* The cells in rows and columns, without the columns of lists and objects. */
static eh_status make_table(reader *r, eh_csv *out, size_t *nested)
{
    size_t columns = 0, *at = eh_arena_alloc(r->arena, r->keys.count + 1, sizeof *at);
    const char **header = eh_arena_alloc(r->arena, r->keys.count + 1, sizeof *header);
    size_t *line = eh_arena_alloc(r->arena, r->rows + 1, sizeof *line);
    *nested = 0;
    if (!at || !header || !line)
        return eh_fail_memory(r->err, r->name, r->rows + r->keys.count, sizeof *at);
    for (size_t k = 0; k < r->keys.count; k++) {
        *nested += r->nested[k];
        at[k] = r->nested[k] ? SIZE_MAX : columns;
        if (!r->nested[k])
            header[columns++] = r->keys.key[k];
    }
    const char **table = eh_arena_alloc(r->arena, r->rows * columns + 1, sizeof *table);
    if (!table)
        return eh_fail_memory(r->err, r->name, r->rows * columns, sizeof *table);
    for (size_t i = 0; i < r->rows * columns; i++)
        table[i] = "";
    for (size_t row = 0; row < r->rows; row++) {
        size_t end = row + 1 < r->rows ? r->first[row + 1] : r->cells;
        for (size_t i = r->first[row]; i < end; i++)
            if (at[r->cell[i].column] != SIZE_MAX)
                table[row * columns + at[r->cell[i].column]] = r->cell[i].text;
        line[row] = r->line[row];
    }
    *out = (eh_csv){ .header = header, .columns = columns, .cell = table, .rows = r->rows, .line = line };
    return EH_OK;
}

eh_status eh_label_read_lines(eh_csv *out, size_t *nested, eh_arena *arena, const eh_source *source,
                              const char *path, eh_error *err)
{
    reader r = { .arena = arena, .err = err };
    uint8_t *bytes = NULL;
    size_t size;
    eh_status status;
    r.name = eh_source_path(source, arena, path);
    r.nested = eh_arena_alloc(arena, MOST_KEYS, sizeof *r.nested);
    if (!r.name || !r.nested)
        return eh_fail_memory(err, "a file of JSON lines", MOST_KEYS, 1);
    EH_TRY_GOTO(status, eh_source_read(&bytes, &size, source, path, 0, err));
    EH_TRY_GOTO(status, read_text(&r, (const char *)bytes, size));
    status = make_table(&r, out, nested);
done:
    eh_free(bytes);
    eh_free(r.cell);
    eh_free(r.first);
    eh_free(r.line);
    eh_text_index_clear(&r.keys);
    return status;
}
