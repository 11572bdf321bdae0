/* text.c - numbers from text, the nearest word, UTF-8; declared in str.h. */
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool eh_parse_int(int64_t *out, const char *text)
{
    const char *digit = text + (*text == '-' || *text == '+');
    if (!isdigit((unsigned char)*digit))
        return false;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (*end != '\0' || errno == ERANGE)
        return false;
    *out = value;
    return true;
}

static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* Switches this thread to the C locale, as the host program's may write the
 * decimal point as a comma. Returns what leave_c_locale needs. */
static locale_t enter_c_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_c_locale);
    return c_locale ? uselocale(c_locale) : (locale_t)0;
}

static void leave_c_locale(locale_t previous)
{
    if (previous)
        uselocale(previous);
}

bool eh_parse_float(double *out, const char *text)
{
    /* strtod also takes "inf", "nan", hexadecimal and leading space, which are no
   * numbers in a recipe. */
    if (*text == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return false;
    locale_t previous = enter_c_locale();
    char *end;
    double value = strtod(text, &end);
    leave_c_locale(previous);
    if (end == text || *end != '\0' || !isfinite(value))
        return false;
    *out = value;
    return true;
}

void eh_format_float(char *out, double value)
{
    if (!isfinite(value)) {
        snprintf(out, EH_FLOAT_TEXT, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    locale_t previous = enter_c_locale();
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, EH_FLOAT_TEXT, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    leave_c_locale(previous);
}

bool eh_parse_bool(bool *out, const char *text)
{
    static const char *const yes[] = { "true", "yes", "on", "1" };
    static const char *const no[] = { "false", "no", "off", "0" };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcasecmp(text, yes[i]) == 0) {
            *out = true;
            return true;
        }
        if (strcasecmp(text, no[i]) == 0) {
            *out = false;
            return true;
        }
    }
    return false;
}

int64_t eh_yes_no_class(const char *const *name, size_t classes, const char *word)
{
    bool yes;
    if (classes != 2 || !eh_parse_bool(&yes, word))
        return -1;
    for (int negative = 0; negative < 2; negative++)
        if (eh_starts_with(name[negative], "not ") && strcmp(name[negative] + 4, name[1 - negative]) == 0)
            return yes ? 1 - negative : negative;
    return -1;
}

#define LONGEST_WORD 95

/* Edits (insert, delete, replace, swap of neighbours) from a to b. Optimal
 * string alignment distance. O(|a| |b|). */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST_WORD + 1];
    size_t *before = rows[0], *previous = rows[1], *current = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        previous[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        current[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t best = previous[j - 1] + (a[i - 1] != b[j - 1]);
            if (previous[j] + 1 < best)
                best = previous[j] + 1;
            if (current[j - 1] + 1 < best)
                best = current[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            current[j] = best;
        }
        size_t *oldest = before;
        before = previous;
        previous = current;
        current = oldest;
    }
    return previous[b_length];
}

const char *eh_nearest(const char *word, const char *const *candidates)
{
    size_t length = strlen(word);
    if (length > LONGEST_WORD)
        return NULL;
    size_t best_distance = length / 3 > 2 ? length / 3 : 2;
    const char *best = NULL;
    for (; *candidates; candidates++) {
        size_t candidate_length = strlen(*candidates);
        if (candidate_length > LONGEST_WORD)
            continue;
        size_t distance = edit_distance(word, length, *candidates, candidate_length);
        if (distance < best_distance || (distance == best_distance && !best)) {
            best_distance = distance;
            best = *candidates;
        }
    }
    return best;
}

bool eh_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool eh_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), suffix_length = strlen(suffix);
    return suffix_length <= length && strcmp(text + length - suffix_length, suffix) == 0;
}

/* Length in bytes of the well-formed UTF-8 character at p (at most `left`
 * bytes), its code point in `code`; 0 when malformed. */
static size_t utf8_next(const unsigned char *p, size_t left, uint32_t *code)
{
    if (left == 0)
        return 0;
    if (p[0] < 0x80) {
        *code = p[0];
        return 1;
    }
    size_t length = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || length > left)
        return 0;
    uint32_t value = p[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3Fu);
    }
    static const uint32_t smallest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (value < smallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code = value;
    return length;
}

bool eh_utf8_valid(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text;
    uint32_t code;
    while (size > 0) {
        size_t length = utf8_next(p, size, &code);
        if (length == 0)
            return false;
        p += length;
        size -= length;
    }
    return true;
}

typedef struct range {
    uint32_t first, last;
} range;

static bool in_ranges(uint32_t code, const range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* Columns of one character. The ranges are the blocks of Unicode that matter
 * for names: combining marks and joiners take none; East Asian wide and
 * full-width forms and pictographs take two. */
static size_t code_width(uint32_t code)
{
    static const range none[] = {
        { 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x0610, 0x061A }, { 0x064B, 0x065F },
        { 0x093C, 0x093C }, { 0x0941, 0x0948 }, { 0x0E31, 0x0E31 }, { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E },
        { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x200B, 0x200F }, { 0x202A, 0x202E }, { 0x2060, 0x2064 },
        { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }, { 0xFEFF, 0xFEFF }, { 0xE0100, 0xE01EF }
    };
    static const range wide[] = { { 0x1100, 0x115F },   { 0x2E80, 0x303E },   { 0x3041, 0x33FF },
                                  { 0x3400, 0x4DBF },   { 0x4E00, 0x9FFF },   { 0xA000, 0xA4CF },
                                  { 0xA960, 0xA97F },   { 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },
                                  { 0xFE30, 0xFE6F },   { 0xFF00, 0xFF60 },   { 0xFFE0, 0xFFE6 },
                                  { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF },
                                  { 0x20000, 0x3FFFD } };
    if (code < 0x0300)
        return 1;
    if (in_ranges(code, none, sizeof none / sizeof *none))
        return 0;
    return in_ranges(code, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}

/* Bytes of the longest beginning of `text` that is at most `limit` columns wide; its width in *columns. */
static size_t bytes_within(const char *text, size_t limit, size_t *columns)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t size = strlen(text), at = 0;
    *columns = 0;
    while (at < size) {
        uint32_t code = 0;
        size_t length = utf8_next(p + at, size - at, &code), width = length == 0 ? 1 : code_width(code);
        if (*columns + width > limit)
            break;
        *columns += width;
        at += length + (length == 0);
    }
    return at;
}

size_t eh_utf8_width(const char *text)
{
    size_t columns;
    bytes_within(text, SIZE_MAX, &columns);
    return columns;
}

void eh_replace_control(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7F)
            *p = '?';
        else if (*p == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0) /* U+0080 to U+009F */
            p[0] = p[1] = '?';
}

void eh_str_append_shown(eh_str *s, const char *text)
{
    static const char more[] = "...";
    size_t columns, size = bytes_within(text, EH_SHOWN_COLUMNS, &columns), before = s->size;
    bool whole = text[size] == '\0';
    if (!whole)
        size = bytes_within(text, EH_SHOWN_COLUMNS - (sizeof more - 1), &columns);
    eh_str_append_bytes(s, text, size);
    if (!s->failed && size > 0)
        eh_replace_control(s->data + before);
    eh_str_append(s, whole ? "" : more);
}

void eh_hex(char *out, const uint8_t *bytes, size_t size)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digit[bytes[i] >> 4];
        out[2 * i + 1] = digit[bytes[i] & 15];
    }
    out[2 * size] = '\0';
}
