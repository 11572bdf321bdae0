/* celeba_lists.c - reading CelebA's lists; see celeba_lists.h. Line ends may be LF, CRLF or CR. */
#include "data/celeba_lists.h"

#include "base/csv.h"
#include "base/str.h"

#include <string.h>

/* The next line of the text, ended by a NUL in place; NULL at the end. */
static char *next_line(char **at, const char *end)
{
    char *line = *at, *c = line;
    if (line >= end)
        return NULL;
    while (c < end && *c != '\n' && *c != '\r')
        c++;
    *at = c + 1;
    if (c + 1 < end && c[0] == '\r' && c[1] == '\n')
        *at = c + 2;
    *c = '\0'; /* the file's last byte is followed by a NUL of ours */
    return line;
}

/* The next word of a line, ended in place; NULL when there is none. */
static char *next_word(char **at)
{
    char *word = *at;
    while (*word == ' ' || *word == '\t')
        word++;
    if (!*word)
        return NULL;
    char *end = word;
    while (*end && *end != ' ' && *end != '\t')
        end++;
    *at = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

static size_t count_lines(const char *text, const char *end)
{
    size_t lines = 1;
    for (; text < end; text++)
        lines += *text == '\n' || (*text == '\r' && text[1] != '\n');
    return lines;
}

static size_t count_words(const char *line)
{
    size_t words = 0;
    while (*line) {
        while (*line == ' ' || *line == '\t')
            line++;
        words += *line != '\0';
        while (*line && *line != ' ' && *line != '\t')
            line++;
    }
    return words;
}

static eh_status allocate(eh_celeba_list *out, eh_arena *arena, size_t rows, eh_error *err)
{
    if (out->fields && rows > SIZE_MAX / out->fields)
        return eh_fail_memory(err, "a list of CelebA", rows, out->fields);
    out->name = eh_arena_alloc(arena, rows, sizeof *out->name);
    out->cell = eh_arena_alloc(arena, rows * out->fields, sizeof *out->cell);
    out->line = eh_arena_alloc(arena, rows, sizeof *out->line);
    out->extra = eh_arena_alloc(arena, rows, sizeof *out->extra);
    if (!out->name || !out->cell || !out->line || !out->extra)
        return eh_fail_memory(err, "a list of CelebA", rows * out->fields, sizeof *out->cell);
    return EH_OK;
}

/* Count and titles of list_attr_celeba.txt. Some copies lack the count. */
static eh_status read_titles(eh_celeba_list *out, eh_arena *arena, const char *path, char **at,
                             const char *end, size_t *line, eh_error *err)
{
    char *text = next_line(at, end);
    int64_t count;
    (*line)++;
    if (text && count_words(text) == 1) {
        if (!eh_parse_int(&count, next_word(&text)))
            return eh_fail(err, EH_ERR_INPUT,
                           "%s begins with neither a count nor the names of attributes; is it "
                           "list_attr_celeba.txt?",
                           path);
        out->claimed = count;
        text = next_line(at, end);
        (*line)++;
    }
    out->fields = text ? count_words(text) : 0;
    if (out->fields == 0 || out->fields > 900)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s has no line with the names of the attributes; is it list_attr_celeba.txt?", path);
    out->title = eh_arena_alloc(arena, out->fields, sizeof *out->title);
    if (!out->title)
        return eh_fail_memory(err, path, out->fields, sizeof *out->title);
    for (size_t i = 0; i < out->fields; i++)
        out->title[i] = next_word(&text);
    return EH_OK;
}

static eh_status read_text(eh_celeba_list *out, eh_arena *arena, const eh_source *source, const char *member,
                           const char *path, int titled, eh_error *err)
{
    uint8_t *bytes;
    size_t size, line = 0;
    EH_TRY(eh_source_read(&bytes, &size, source, member, 0, err));
    eh_status status = EH_OK;
    char *text = eh_arena_alloc(arena, size + 2, 1);
    if (!text) {
        status = eh_fail_memory(err, path, size, 1);
        goto done;
    }
    memcpy(text, bytes, size);
    if (memchr(text, 0, size) || !eh_utf8_valid(text, size)) {
        status = eh_fail(err, EH_ERR_INPUT, "%s is not a text file in UTF-8", path);
        goto done;
    }
    char *at = text, *end = text + size, *row;
    size_t lines = count_lines(text, end);
    out->fields = 1;
    if (titled)
        EH_TRY_GOTO(status, read_titles(out, arena, path, &at, end, &line, err));
    EH_TRY_GOTO(status, allocate(out, arena, lines, err));
    while ((row = next_line(&at, end))) {
        line++;
        char *name = next_word(&row);
        if (!name)
            continue;
        out->name[out->rows] = name;
        out->line[out->rows] = line;
        for (size_t i = 0; i < out->fields; i++)
            out->cell[out->rows * out->fields + i] = next_word(&row);
        out->extra[out->rows] = count_words(row);
        out->rows++;
    }
done:
    eh_free(bytes);
    return status;
}

static eh_status read_table(eh_celeba_list *out, eh_arena *arena, const eh_source *source, const char *member,
                            const char *path, eh_error *err)
{
    eh_csv csv;
    EH_TRY(eh_source_read_csv(&csv, arena, source, member, err));
    if (csv.columns < 2)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s has one column; a column with file names and at least one more are needed", path);
    out->fields = csv.columns - 1;
    out->title = csv.header + 1;
    EH_TRY(allocate(out, arena, csv.rows, err));
    out->rows = csv.rows;
    for (size_t row = 0; row < csv.rows; row++) {
        out->name[row] = csv.cell[row * csv.columns];
        out->line[row] = csv.line[row];
        for (size_t i = 0; i < out->fields; i++)
            out->cell[row * out->fields + i] = csv.cell[row * csv.columns + 1 + i];
    }
    return EH_OK;
}

eh_status eh_celeba_read(eh_celeba_list *out, eh_arena *arena, const eh_source *source, const char *path,
                         int titled, eh_error *err)
{
    const char *shown = eh_source_path(source, arena, path);
    *out = (eh_celeba_list){ .claimed = -1 };
    if (!shown)
        return eh_fail_memory(err, path, 1, strlen(path));
    if (eh_ends_with(path, ".csv"))
        return read_table(out, arena, source, path, shown, err);
    return read_text(out, arena, source, path, shown, titled, err);
}
