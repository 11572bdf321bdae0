/* mask_classes.c - the list of classes that lies beside folders of masks; see mask_classes.h. */
#include "data/mask_classes.h"

#include "base/str.h"

#include <string.h>

#define WORDS 16

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == ':';
}

/* Cuts the line into words in place; their number, at most WORDS. */
static size_t cut(char *line, char *word[WORDS])
{
    size_t words = 0;
    for (char *c = line; *c && words < WORDS;) {
        while (is_separator(*c))
            *c++ = '\0';
        if (!*c)
            break;
        word[words++] = c;
        while (*c && !is_separator(*c))
            c++;
    }
    return words;
}

static bool is_number(const char *word, int64_t *out)
{
    return eh_parse_int(out, word) && *out >= 0;
}

/* "name,r,g,b" and the like: a header, not a class. */
static bool is_header(char *const *word, size_t words)
{
    return words >= 4 && strcmp(word[words - 3], "r") == 0 && strcmp(word[words - 2], "g") == 0 &&
           strcmp(word[words - 1], "b") == 0;
}

/* One line's words into a class. Numbers in front and behind are told from the name between them. */
static eh_status read_words(eh_mask_class *out, eh_arena *arena, char **word, size_t words, size_t place,
                            const char *where, size_t line, eh_error *err)
{
    int64_t number, front[4], behind[3];
    size_t before = 0, after = 0;
    while (before < 4 && before + 1 < words && is_number(word[before], &number))
        front[before++] = number;
    while (after < 3 && before + after + 1 < words && is_number(word[words - 1 - after], &number))
        behind[2 - after++] = number;
    bool index = before == 1 || before == 4;
    bool colour = before >= 3 || after == 3;
    if (!(before == 0 || before == 1 || before == 3 || before == 4) || (after == 3 && before >= 3))
        return eh_fail(err, EH_ERR_INPUT,
                       "%s:%zu: %zu numbers stand before the name; there may be none, a number, or a colour",
                       where, line, before);
    if (after < 3)
        after = 0; /* "class 2": part of the name */
    *out = (eh_mask_class){ .index = (uint32_t)(index ? front[0] : (int64_t)place), .has_colour = colour };
    const int64_t *rgb = after == 3 ? behind : front + (before == 4);
    for (int c = 0; colour && c < 3; c++) {
        if (rgb[c] > 255)
            return eh_fail(err, EH_ERR_INPUT, "%s:%zu: the colour has a part of %lld; 255 is the most", where,
                           line, (long long)rgb[c]);
        out->rgb[c] = (uint8_t)rgb[c];
    }
    if (out->index > 255 && !colour)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s:%zu: the number %u is beyond 255, which masks of one byte a pixel can hold", where,
                       line, (unsigned)out->index);
    eh_str name = { 0 };
    for (size_t i = before; i < words - after; i++)
        eh_str_appendf(&name, "%s%s", i > before ? " " : "", word[i]);
    out->name = name.failed ? NULL : eh_arena_strdup(arena, eh_str_text(&name));
    eh_str_clear(&name);
    return out->name ? EH_OK : eh_fail_memory(err, where, 1, 64);
}

static eh_status check_twice(const eh_mask_class_list *list, const char *where, eh_error *err)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < i; k++) {
            const eh_mask_class *a = &list->item[k], *b = &list->item[i];
            if (strcmp(a->name, b->name) == 0)
                return eh_fail(err, EH_ERR_INPUT, "%s names the class '%s' twice", where, b->name);
            if (!list->colours && a->index == b->index)
                return eh_fail(err, EH_ERR_INPUT, "%s gives the number %u to '%s' and to '%s'", where,
                               (unsigned)b->index, a->name, b->name);
            if (list->colours && memcmp(a->rgb, b->rgb, 3) == 0)
                return eh_fail(err, EH_ERR_INPUT, "%s gives the same colour to '%s' and to '%s'", where,
                               a->name, b->name);
        }
    return EH_OK;
}

eh_status eh_mask_classes_parse(eh_mask_class_list *out, eh_arena *arena, const char *where,
                                const uint8_t *bytes, size_t size, eh_error *err)
{
    size_t lines = 2, line = 0, coloured = 0;
    *out = (eh_mask_class_list){ 0 };
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        bytes += 3, size -= 3;
    if (memchr(bytes, 0, size) || !eh_utf8_valid((const char *)bytes, size))
        return eh_fail(err, EH_ERR_INPUT, "%s is not a text file in UTF-8", where);
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n' || bytes[i] == '\r';
    char *text = eh_arena_alloc(arena, size + 1, 1);
    out->item = eh_arena_alloc(arena, lines, sizeof *out->item);
    if (!text || !out->item)
        return eh_fail_memory(err, where, lines, sizeof *out->item);
    memcpy(text, bytes, size);
    for (char *at = text, *end = text + size; at < end;) {
        size_t length = strcspn(at, "\r\n");
        char *word[WORDS], *next = at + length + (at[length] == '\r' && at[length + 1] == '\n' ? 2 : 1);
        at[length] = '\0';
        line++;
        size_t words = at[0] == '#' ? 0 : cut(at, word);
        at = next;
        if (words == 0 || (line == 1 && is_header(word, words)))
            continue;
        EH_TRY(read_words(&out->item[out->count], arena, word, words, out->count, where, line, err));
        coloured += out->item[out->count++].has_colour;
    }
    if (out->count == 0)
        return eh_fail(err, EH_ERR_INPUT, "%s names no class", where);
    if (coloured != 0 && coloured != out->count)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s gives a colour to %zu of its %zu classes; all of them or none need one", where,
                       coloured, out->count);
    out->colours = coloured > 0;
    return check_twice(out, where, err);
}

bool eh_mask_class_is_void(const char *name)
{
    static const char *const words[] = { "void",    "unlabelled",   "unlabeled", "ignore",    "ignored",
                                         "unknown", "unclassified", "dont care", "don't care" };
    char lower[32];
    size_t size = strlen(name);
    if (size >= sizeof lower)
        return false;
    for (size_t i = 0; i <= size; i++) {
        char c = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
        lower[i] = c == '_' || c == '-' ? ' ' : c;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(lower, words[i]) == 0)
            return true;
    return false;
}
