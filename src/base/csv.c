/* csv.c - reading and writing comma-separated values; see csv.h.
 *
 * Idea     One copy of the text in the arena; every field is unquoted in place and ended by a NUL, so that a cell is a
 *          pointer into it. One pass, O(bytes).
 * Source   RFC 4180, and what programs write in practice: CR alone, a byte order mark, ';' or tab as separator.
 * Easy to get wrong: the NUL that ends a field overwrites the separator, which has to be looked at first.
 */
#include "base/csv.h"
#include "base/file.h"

#include <string.h>

#define MAX_FIELD  ((size_t)10 * 1024 * 1024)
#define MAX_HEADER 65536

typedef struct parser {
    eh_arena *arena;
    const char *name;
    char *at, *end;
    size_t line;
    char separator;
    const char **cell; /* growing; moved into the arena at the end */
    size_t count, capacity;
    size_t *row_line;
    size_t rows, row_capacity, unnamed;
    eh_error *err;
} parser;

static eh_status out_of_memory(parser *p)
{
    return eh_fail_memory(p->err, p->name, p->count + 1, sizeof(char *));
}

static eh_status push_cell(parser *p, const char *text)
{
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 256;
        const char **grown = eh_realloc(p->cell, p->count, capacity, sizeof *grown);
        if (!grown)
            return out_of_memory(p);
        p->cell = grown;
        p->capacity = capacity;
    }
    p->cell[p->count++] = text;
    return EH_OK;
}

static eh_status push_row(parser *p, size_t line)
{
    if (p->rows == p->row_capacity) {
        size_t capacity = p->row_capacity ? p->row_capacity * 2 : 64;
        size_t *grown = eh_realloc(p->row_line, p->rows, capacity, sizeof *grown);
        if (!grown)
            return out_of_memory(p);
        p->row_line = grown;
        p->row_capacity = capacity;
    }
    p->row_line[p->rows++] = line;
    return EH_OK;
}

/* The separator that the first line has most of, outside quotes; ',' when it has none. */
static char find_separator(const char *at, const char *end)
{
    static const char candidate[] = { ',', ';', '\t' };
    size_t found[3] = { 0 };
    bool quoted = false;
    for (; at < end && (quoted || (*at != '\n' && *at != '\r')); at++) {
        if (*at == '"')
            quoted = !quoted;
        for (int i = 0; i < 3 && !quoted; i++)
            found[i] += *at == candidate[i];
    }
    int best = 0;
    for (int i = 1; i < 3; i++)
        if (found[i] > found[best])
            best = i;
    return candidate[best];
}

/* Steps over one line end (LF, CRLF or CR); false when there is none at p->at. */
static bool take_line_end(parser *p)
{
    if (p->at >= p->end || (*p->at != '\n' && *p->at != '\r'))
        return false;
    if (*p->at == '\r' && p->at + 1 < p->end && p->at[1] == '\n')
        p->at++;
    p->at++;
    p->line++;
    return true;
}

/* A field in quotes; p->at is behind the opening one. Leaves p->at behind the closing one. */
static eh_status take_quoted(parser *p, char **field, char **field_end)
{
    size_t first_line = p->line;
    char *to = p->at;
    *field = p->at;
    for (;;) {
        if (p->at >= p->end)
            return eh_fail(p->err, EH_ERR_INPUT,
                           "%s:%zu: a quoted field is never closed; add the missing '\"'.", p->name,
                           first_line);
        if (*p->at == '"') {
            if (p->at + 1 >= p->end || p->at[1] != '"')
                break;
            p->at++;
        } else if (*p->at == '\n' || (*p->at == '\r' && (p->at + 1 >= p->end || p->at[1] != '\n'))) {
            p->line++;
        }
        *to++ = *p->at++;
    }
    p->at++;
    *field_end = to;
    if (p->at < p->end && *p->at != p->separator && *p->at != '\n' && *p->at != '\r')
        return eh_fail(p->err, EH_ERR_INPUT,
                       "%s:%zu: text follows the closing quote of a field; write a quote inside a field as "
                       "\"\".",
                       p->name, p->line);
    return EH_OK;
}

static eh_status check_field(parser *p, const char *field, size_t size, size_t line)
{
    if (size > MAX_FIELD)
        return eh_fail(p->err, EH_ERR_LIMIT, "%s:%zu: a field is larger than 10 MB; is a quote missing?",
                       p->name, line);
    if (memchr(field, '\0', size))
        return eh_fail(p->err, EH_ERR_INPUT, "%s:%zu: a field contains a NUL byte; is this a text file?",
                       p->name, line);
    if (!eh_utf8_valid(field, size))
        return eh_fail(p->err, EH_ERR_INPUT, "%s:%zu: a field is not UTF-8 text; save the file as UTF-8.",
                       p->name, line);
    return EH_OK;
}

/* One record: pushes its cells, steps over its line end. */
static eh_status take_record(parser *p, size_t *fields)
{
    *fields = 0;
    for (;;) {
        size_t line = p->line;
        char *field = p->at, *field_end = p->at;
        if (p->at < p->end && *p->at == '"') {
            p->at++;
            EH_TRY(take_quoted(p, &field, &field_end));
        } else {
            while (p->at < p->end && *p->at != p->separator && *p->at != '\n' && *p->at != '\r')
                p->at++;
            field_end = p->at;
        }
        EH_TRY(check_field(p, field, (size_t)(field_end - field), line));
        EH_TRY(push_cell(p, field));
        ++*fields;
        bool more = p->at < p->end && *p->at == p->separator;
        if (more)
            p->at++;
        else
            take_line_end(p);
        *field_end = '\0'; /* only now: it may overwrite the separator or line end */
        if (!more)
            return EH_OK;
    }
}

static eh_status check_header(parser *p, size_t columns)
{
    if (columns > MAX_HEADER)
        return eh_fail(p->err, EH_ERR_LIMIT, "%s: %zu columns are more than %d.", p->name, columns,
                       MAX_HEADER);
    for (size_t i = 0; i < columns; i++) {
        if (p->cell[i][0] == '\0') {
            p->cell[i] = eh_arena_printf(p->arena, "column_%zu", i + 1);
            if (!p->cell[i])
                return out_of_memory(p);
            p->unnamed++;
        }
        for (size_t j = 0; j < i; j++)
            if (strcmp(p->cell[i], p->cell[j]) == 0)
                return eh_fail(p->err, EH_ERR_INPUT,
                               "%s:%zu: columns %zu and %zu are both named \"%s\"; rename one.", p->name,
                               p->row_line[0], j + 1, i + 1, p->cell[i]);
    }
    return EH_OK;
}

static eh_status take_all(parser *p, size_t *columns)
{
    *columns = 0;
    while (p->at < p->end) {
        if (take_line_end(p))
            continue; /* an empty line */
        size_t line = p->line, fields;
        EH_TRY(push_row(p, line));
        EH_TRY(take_record(p, &fields));
        if (p->rows == 1) {
            *columns = fields;
            EH_TRY(check_header(p, fields));
        } else if (fields != *columns) {
            return eh_fail(p->err, EH_ERR_INPUT, "%s:%zu: this line has %zu fields, but the header has %zu.",
                           p->name, line, fields, *columns);
        }
    }
    if (p->rows == 0)
        return eh_fail(p->err, EH_ERR_INPUT, "%s is empty; a header line with the column names is needed.",
                       p->name);
    return EH_OK;
}

/* Parses `text` (size bytes and one more that may be written to), which lives as long as the arena. */
static eh_status parse_in_place(eh_csv *out, eh_arena *arena, const char *name, char *text, size_t size,
                                eh_error *err)
{
    parser p = { .arena = arena, .name = name, .at = text, .end = text + size, .line = 1, .err = err };
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        p.at += 3;
    p.separator = find_separator(p.at, p.end);
    size_t columns;
    eh_status status;
    EH_TRY_GOTO(status, take_all(&p, &columns));
    const char **cell = eh_arena_alloc(arena, p.count, sizeof *cell);
    size_t *line = eh_arena_alloc(arena, p.rows, sizeof *line);
    if (!cell || !line) {
        status = out_of_memory(&p);
        goto done;
    }
    memcpy(cell, p.cell, p.count * sizeof *cell);
    memcpy(line, p.row_line, p.rows * sizeof *line);
    *out = (eh_csv){ .header = cell,
                     .columns = columns,
                     .cell = cell + columns,
                     .rows = p.rows - 1,
                     .unnamed = p.unnamed,
                     .line = line + 1 };
done:
    eh_free(p.cell);
    eh_free(p.row_line);
    return status;
}

eh_status eh_csv_parse(eh_csv *out, eh_arena *arena, const char *name, const char *text, size_t size,
                       eh_error *err)
{
    *out = (eh_csv){ 0 };
    char *copy = eh_arena_alloc(arena, size + 1, 1);
    if (!copy)
        return eh_fail_memory(err, name, size, 1);
    if (size > 0)
        memcpy(copy, text, size);
    return parse_in_place(out, arena, name, copy, size, err);
}

eh_status eh_csv_read(eh_csv *out, eh_arena *arena, const char *path, eh_error *err)
{
    *out = (eh_csv){ 0 };
    uint8_t *bytes;
    size_t size;
    EH_TRY(eh_file_read(&bytes, &size, path, 0, err));
    eh_status status = eh_csv_parse(out, arena, path, (const char *)bytes, size, err);
    eh_free(bytes);
    return status;
}

eh_status eh_csv_column(size_t *out, const eh_csv *csv, const char *path, const char *name, eh_error *err)
{
    for (size_t i = 0; i < csv->columns; i++) {
        if (strcmp(csv->header[i], name) == 0) {
            *out = i;
            return EH_OK;
        }
    }
    *out = 0;
    eh_str list = { 0 };
    for (size_t i = 0; i < csv->columns; i++)
        eh_str_appendf(&list, "%s%s", i ? ", " : "", csv->header[i]);
    const char **candidates = eh_alloc(csv->columns + 1, sizeof *candidates);
    const char *nearest = NULL;
    if (candidates) {
        if (csv->columns > 0)
            memcpy(candidates, csv->header, csv->columns * sizeof *candidates);
        nearest = eh_nearest(name, candidates);
    }
    eh_status status = nearest ? eh_fail(err, EH_ERR_INPUT,
                                         "%s has no column \"%s\"; did you mean \"%s\"? Its columns are: %s.",
                                         path, name, nearest, eh_str_text(&list))
                               : eh_fail(err, EH_ERR_INPUT, "%s has no column \"%s\". Its columns are: %s.",
                                         path, name, eh_str_text(&list));
    eh_free(candidates);
    eh_str_clear(&list);
    return status;
}

void eh_csv_field(eh_str *out, const char *text)
{
    size_t length = strlen(text);
    /* Space at the ends is quoted too: some readers trim it. */
    bool quote = strpbrk(text, ",;\t\"\r\n") || (length > 0 && (text[0] == ' ' || text[length - 1] == ' '));
    if (!quote) {
        eh_str_append_bytes(out, text, length);
        return;
    }
    eh_str_append(out, "\"");
    for (const char *at = text; *at; at++)
        eh_str_append(out, *at == '"' ? "\"\"" : (const char[]){ *at, '\0' });
    eh_str_append(out, "\"");
}

void eh_csv_row(eh_str *out, const char *const *field, size_t count)
{
    /* A single empty field would read as an empty line, which is passed over. */
    if (count == 1 && field[0][0] == '\0')
        eh_str_append(out, "\"\"");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            eh_str_append(out, ",");
        eh_csv_field(out, field[i]);
    }
    eh_str_append(out, "\n");
}
