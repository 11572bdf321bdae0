/* json.c - reading, checking and writing JSON around jansson; see json.h.
 *
 * The writer is ours because jansson 2.14 prints 0.1 as 0.10000000000000001: numbers are written with the fewest digits
 * that read back as the same number.
 */
#include "base/json.h"
#include "base/file.h"

#include <math.h>
#include <string.h>

#define MAX_DEPTH 512

/* True when brackets nest deeper than the limit; strings are stepped over. */
static bool too_deep(const char *text, size_t size)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth > MAX_DEPTH)
            return true;
    }
    return false;
}

eh_status eh_json_read(json_t **out, const char *path, eh_error *err)
{
    *out = NULL;
    uint8_t *bytes;
    size_t size;
    EH_TRY(eh_file_read(&bytes, &size, path, 0, err));
    eh_status status = EH_OK;
    json_error_t problem;
    if (too_deep((const char *)bytes, size)) {
        status = eh_fail(err, EH_ERR_LIMIT, "%s nests deeper than %d levels.", path, MAX_DEPTH);
    } else {
        *out = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
        /* jansson does not always say that memory was the reason; then it says nothing. */
        if (!*out && (json_error_code(&problem) == json_error_out_of_memory || !problem.text[0]))
            status = eh_fail_memory(err, path, size, 1);
        else if (!*out)
            status = eh_fail(err, EH_ERR_INPUT, "%s:%d:%d is not valid JSON: %s.", path, problem.line,
                             problem.column, problem.text);
    }
    eh_free(bytes);
    return status;
}

static void append_string(eh_str *out, const char *text, size_t size)
{
    eh_str_append(out, "\"");
    size_t start = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
            continue;
        eh_str_append_bytes(out, text + start, i - start);
        start = i + 1;
        switch (c) {
        case '"':
            eh_str_append(out, "\\\"");
            break;
        case '\\':
            eh_str_append(out, "\\\\");
            break;
        case '\n':
            eh_str_append(out, "\\n");
            break;
        case '\t':
            eh_str_append(out, "\\t");
            break;
        default:
            eh_str_appendf(out, "\\u%04x", c);
        }
    }
    eh_str_append_bytes(out, text + start, size - start);
    eh_str_append(out, "\"");
}

static void append_break(eh_str *out, int indent)
{
    if (indent < 0)
        return;
    eh_str_appendf(out, "\n%*s", indent, "");
}

static void append_value(eh_str *out, const json_t *json, int indent);

/* indent: of the line that the container begins on; negative for everything on one line. */
static void append_array(eh_str *out, const json_t *array, int indent)
{
    int inner = indent < 0 ? indent : indent + 2;
    size_t count = json_array_size(array);
    bool flat = true; /* arrays of plain values stay on one line: long lists of numbers remain readable */
    for (size_t i = 0; i < count; i++)
        flat = flat && !json_is_object(json_array_get(array, i)) && !json_is_array(json_array_get(array, i));
    eh_str_append(out, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            eh_str_append(out, flat && indent >= 0 ? ", " : ",");
        if (!flat)
            append_break(out, inner);
        append_value(out, json_array_get(array, i), inner);
    }
    if (!flat)
        append_break(out, indent);
    eh_str_append(out, "]");
}

static void append_object(eh_str *out, const json_t *object, int indent)
{
    int inner = indent < 0 ? indent : indent + 2;
    bool first = true;
    /* jansson's iteration wants a pointer to non-const, but changes nothing. */
    json_t *walked = json_incref((json_t *)object);
    const char *key;
    json_t *value;
    eh_str_append(out, "{");
    json_object_foreach(walked, key, value)
    {
        if (!first)
            eh_str_append(out, ",");
        first = false;
        append_break(out, inner);
        append_string(out, key, strlen(key));
        eh_str_append(out, indent < 0 ? ":" : ": ");
        append_value(out, value, inner);
    }
    json_decref(walked);
    if (!first)
        append_break(out, indent);
    eh_str_append(out, "}");
}

static void append_value(eh_str *out, const json_t *json, int indent)
{
    char number[EH_FLOAT_TEXT];
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        append_object(out, json, indent);
        break;
    case JSON_ARRAY:
        append_array(out, json, indent);
        break;
    case JSON_STRING:
        append_string(out, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        eh_str_appendf(out, "%lld", (long long)json_integer_value(json));
        break;
    case JSON_REAL:
        eh_format_float(number, json_real_value(json));
        eh_str_append(out, number);
        /* Stays a real number for readers that tell 1 from 1.0. */
        if (!strpbrk(number, ".e"))
            eh_str_append(out, ".0");
        break;
    case JSON_TRUE:
        eh_str_append(out, "true");
        break;
    case JSON_FALSE:
        eh_str_append(out, "false");
        break;
    case JSON_NULL:
        eh_str_append(out, "null");
        break;
    }
}

void eh_json_append(eh_str *out, const json_t *json, bool pretty)
{
    append_value(out, json, pretty ? 0 : -1);
}

eh_status eh_json_write(const json_t *json, const char *path, eh_error *err)
{
    eh_str text = { 0 };
    eh_json_append(&text, json, true);
    eh_str_append(&text, "\n");
    eh_status status = eh_str_check(&text, err);
    if (status == EH_OK)
        status = eh_file_write_atomic(path, text.data, text.size, err);
    eh_str_clear(&text);
    return status;
}

json_t *eh_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void eh_json_push(json_t **array, json_t *member)
{
    if (*array && (!member || json_array_append(*array, member) != 0)) {
        json_decref(*array);
        *array = NULL;
    }
    json_decref(member);
}

bool eh_json_set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static eh_status fail_member(const json_t *value, const char *key, const char *where, const char *type,
                             eh_error *err)
{
    if (!value)
        return eh_fail(err, EH_ERR_INPUT, "%s lacks \"%s\" (%s).", where, key, type);
    return eh_fail(err, EH_ERR_INPUT, "%s: \"%s\" must be %s.", where, key, type);
}

eh_status eh_json_get_string(const char **out, const json_t *object, const char *key, const char *where,
                             eh_error *err)
{
    const json_t *value = json_object_get(object, key);
    *out = json_string_value(value);
    return *out ? EH_OK : fail_member(value, key, where, "a string", err);
}

eh_status eh_json_get_number(double *out, const json_t *object, const char *key, const char *where,
                             eh_error *err)
{
    const json_t *value = json_object_get(object, key);
    *out = json_is_number(value) ? json_number_value(value) : 0;
    return json_is_number(value) ? EH_OK : fail_member(value, key, where, "a number", err);
}
