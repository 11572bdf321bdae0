/* str.h - growing strings and small text helpers. */
#ifndef EH_BASE_STR_H
#define EH_BASE_STR_H

#include "evenhand/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing byte string, always NUL-terminated once non-empty. Zero-initialise. When an allocation fails it sets `failed` and ignores all
 * later appends, so that a writer checks once at the end. */
typedef struct eh_str {
    char *data;
    size_t size, capacity;
    bool failed;
} eh_str;

void eh_str_append(eh_str *s, const char *text);
void eh_str_append_bytes(eh_str *s, const void *bytes, size_t size);
void eh_str_appendf(eh_str *s, const char *format, ...) EH_PRINTF(2, 3);
void eh_str_appendv(eh_str *s, const char *format, va_list args);
void eh_str_clear(eh_str *s); /* releases and zeroes */

/* EH_ERR_MEMORY when any append failed. */
eh_status eh_str_check(const eh_str *s, eh_error *err);

/* The text, "" when empty. Borrowed. */
const char *eh_str_text(const eh_str *s);

/* Strict numbers: the whole text must be one number, no leading or trailing characters; false otherwise. */
bool eh_parse_int(int64_t *out, const char *text);
bool eh_parse_float(double *out, const char *text); /* finite only; "1e-3" ok; locale-independent */
bool eh_parse_bool(bool *out, const char *text);

/* Of two classes X and "not X" the one that "yes", "true", "on" and "1", or "no", "false", "off" and "0" mean (X and not X); -1 for other classes or words. */
int64_t eh_yes_no_class(const char *const *name, size_t classes, const char *word);

/* The shortest decimal text that eh_parse_float reads back as exactly `value` ("0.1", "1e-05"); "nan", "inf", "-inf" for those. Independent
 * of the locale. `out` holds at least EH_FLOAT_TEXT bytes. */
#define EH_FLOAT_TEXT 32
void eh_format_float(char *out, double value);

/* Cuts blanks at both ends, in place; returns where the text begins. */
char *eh_trim(char *text);

/* The member of NULL-terminated `candidates` nearest to `word` by edit distance, or NULL when none is near
 * (distance > max(2, length / 3)). For "did you mean". */
const char *eh_nearest(const char *word, const char *const *candidates);

bool eh_starts_with(const char *text, const char *prefix);
bool eh_ends_with(const char *text, const char *suffix);

/* True when `text` is well-formed UTF-8 (no surrogates, no overlong forms). */
bool eh_utf8_valid(const char *text, size_t size);

/* Display width in terminal columns of a UTF-8 string; malformed bytes and control characters count 1. */
size_t eh_utf8_width(const char *text);

/* Replaces control characters by '?', in place. For text from files that goes to a terminal, where an escape sequence could do anything. */
void eh_replace_control(char *text);

/* Appends text from a file as people are shown it: control characters as '?', and of text wider than EH_SHOWN_COLUMNS its beginning and "...". */
enum { EH_SHOWN_COLUMNS = 200 };
void eh_str_append_shown(eh_str *s, const char *text);

/* Lower-case hexadecimal of `size` bytes into out (2 * size + 1 bytes). */
void eh_hex(char *out, const uint8_t *bytes, size_t size);

#endif
