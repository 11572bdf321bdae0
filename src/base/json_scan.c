/* json_scan.c - see json_scan.h. One pass over the bytes; nesting up to 512 levels, as jansson is limited in json.c. */
#include "base/json_scan.h"

#include <string.h>

#define DEEPEST 512

static eh_status fail_at(const eh_json_scan *s, const char *what, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT, "%s: byte %zu of the part that is read: %s", s->name,
                   (size_t)(s->at - s->begin), what);
}

static void skip_blanks(eh_json_scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
        s->at++;
}

/* From the opening quote to behind the closing one. */
static eh_status skip_string(eh_json_scan *s, eh_error *err)
{
    for (s->at++; s->at < s->end; s->at++) {
        if (*s->at == '"') {
            s->at++;
            return EH_OK;
        }
        if (*s->at == '\\')
            s->at++;
    }
    s->at = s->end;
    return fail_at(s, "a text has no end", err);
}

/* Over an object or array with all that it holds. */
static eh_status skip_nested(eh_json_scan *s, eh_error *err)
{
    char closing[DEEPEST];
    size_t depth = 0;
    while (s->at < s->end) {
        char c = *s->at;
        if (c == '"') {
            EH_TRY(skip_string(s, err));
            continue;
        }
        if (c == '{' || c == '[') {
            if (depth == DEEPEST)
                return fail_at(s, "more than 512 brackets inside each other", err);
            closing[depth++] = c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']') {
            if (closing[depth - 1] != c)
                return fail_at(s, "a bracket of the wrong kind", err);
            depth--;
        }
        s->at++;
        if (depth == 0)
            return EH_OK;
    }
    return fail_at(s, "the text ends before its brackets are closed", err);
}

static eh_status skip_value(eh_json_scan *s, eh_json_span *value, eh_error *err)
{
    const char *begin = s->at;
    if (s->at == s->end)
        return fail_at(s, "a value is missing", err);
    if (*s->at == '"')
        EH_TRY(skip_string(s, err));
    else if (*s->at == '{' || *s->at == '[')
        EH_TRY(skip_nested(s, err));
    else
        while (s->at < s->end && !strchr(",]} \n\r\t", *s->at))
            s->at++;
    *value = (eh_json_span){ begin, (size_t)(s->at - begin) };
    return value->size ? EH_OK : fail_at(s, "a value is missing", err);
}

eh_status eh_json_scan_begin(eh_json_scan *s, const char *name, eh_json_span span, char open, eh_error *err)
{
    *s = (eh_json_scan){ .name = name, .begin = span.text, .at = span.text, .end = span.text + span.size };
    if (span.size >= 3 && memcmp(s->at, "\xef\xbb\xbf", 3) == 0)
        s->at += 3;
    skip_blanks(s);
    if (s->at == s->end || *s->at != open)
        return fail_at(s,
                       open == '{' ? "an object {...} has to stand here" : "a list [...] has to stand here",
                       err);
    s->at++;
    return EH_OK;
}

eh_status eh_json_scan_next(eh_json_scan *s, eh_json_span *key, eh_json_span *value, bool *more,
                            eh_error *err)
{
    *more = false;
    skip_blanks(s);
    if (s->at == s->end)
        return fail_at(s, "the text ends before its brackets are closed", err);
    bool closed = *s->at == '}' || *s->at == ']';
    if (closed)
        return EH_OK;
    if (s->started) {
        if (*s->at != ',')
            return fail_at(s, "a comma is missing", err);
        s->at++;
        skip_blanks(s);
    }
    s->started = true;
    if (key) {
        const char *begin = s->at;
        if (s->at == s->end || *s->at != '"')
            return fail_at(s, "a key in quotes has to stand here", err);
        EH_TRY(skip_string(s, err));
        *key = (eh_json_span){ begin + 1, (size_t)(s->at - begin - 2) };
        skip_blanks(s);
        if (s->at == s->end || *s->at != ':')
            return fail_at(s, "a colon is missing", err);
        s->at++;
        skip_blanks(s);
    }
    EH_TRY(skip_value(s, value, err));
    *more = true;
    return EH_OK;
}

bool eh_json_key_is(eh_json_span key, const char *word)
{
    return strlen(word) == key.size && memcmp(key.text, word, key.size) == 0;
}

eh_status eh_json_span_load(json_t **out, const char *name, eh_json_span span, eh_error *err)
{
    json_error_t why;
    *out = json_loadb(span.text, span.size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
    if (*out)
        return EH_OK;
    return eh_fail(err, EH_ERR_INPUT, "%s: '%.*s%s': %s", name, (int)(span.size < 60 ? span.size : 60),
                   span.text, span.size < 60 ? "" : " ...", why.text);
}
