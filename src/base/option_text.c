/* option_text.c - option structs back to text: "name:key=value" and YAML; declared in config.h. */
#include "base/config.h"

#include <string.h>

static const void *field_of(const eh_opt *opt, const void *opts)
{
    return (const char *)opts + opt->offset;
}

void eh_opt_append_escaped(eh_str *out, const char *text)
{
    for (; *text; text++) {
        if (*text == ',' || *text == '\\')
            eh_str_append(out, "\\");
        eh_str_append_bytes(out, text, 1);
    }
}

static bool append_value(eh_str *out, const eh_opt *opt, const void *opts);

/* True when the value is what the default text gives. */
static bool is_default(const eh_opt *opt, const void *opts, const char *text)
{
    if (!opt->def) {
        switch (opt->type) {
        case EH_OPT_BOOL:
            return !*(const bool *)field_of(opt, opts);
        case EH_OPT_INT:
            return *(const int64_t *)field_of(opt, opts) == 0;
        case EH_OPT_FLOAT:
            return *(const double *)field_of(opt, opts) == 0;
        case EH_OPT_CHOICE:
            return *(const int *)field_of(opt, opts) == 0;
        case EH_OPT_LIST:
        case EH_OPT_SETS:
            return ((const eh_str_list *)field_of(opt, opts))->count == 0;
        case EH_OPT_STRING:
        case EH_OPT_THING:
            return false; /* NULL values are left out before this is asked */
        }
    }
    if (opt->type == EH_OPT_FLOAT) {
        double value;
        return eh_parse_float(&value, opt->def) && value == *(const double *)field_of(opt, opts);
    }
    if (opt->type == EH_OPT_BOOL) {
        bool value;
        return eh_parse_bool(&value, opt->def) && value == *(const bool *)field_of(opt, opts);
    }
    return strcmp(opt->def, text) == 0;
}

/* "name:key=value,..." with the options that differ from their defaults. */
static void append_thing(eh_str *out, const eh_thing_spec *thing)
{
    eh_str_append(out, thing->entry->name);
    char between = ':';
    for (const eh_opt *opt = thing->entry->opts; opt && opt->name; opt++) {
        eh_str value = { 0 };
        bool given = append_value(&value, opt, thing->opts);
        /* No thing where the default is one is written as an empty value. */
        if (given ? !is_default(opt, thing->opts, eh_str_text(&value)) : opt->def != NULL) {
            eh_str_appendf(out, "%c%s=", between, opt->name);
            eh_opt_append_escaped(out, eh_str_text(&value));
            between = ',';
        }
        out->failed = out->failed || value.failed;
        eh_str_clear(&value);
    }
}

/* False when there is no value (NULL string, no thing). */
static bool append_value(eh_str *out, const eh_opt *opt, const void *opts)
{
    const void *field = field_of(opt, opts);
    char number[EH_FLOAT_TEXT];
    switch (opt->type) {
    case EH_OPT_BOOL:
        eh_str_append(out, *(const bool *)field ? "true" : "false");
        return true;
    case EH_OPT_INT:
        eh_str_appendf(out, "%lld", (long long)*(const int64_t *)field);
        return true;
    case EH_OPT_FLOAT:
        eh_format_float(number, *(const double *)field);
        eh_str_append(out, number);
        return true;
    case EH_OPT_STRING:
        if (!*(const char *const *)field)
            return false;
        eh_str_append(out, *(const char *const *)field);
        return true;
    case EH_OPT_CHOICE:
        eh_str_append(out, opt->choices[*(const int *)field]);
        return true;
    case EH_OPT_LIST: {
        const eh_str_list *list = field;
        for (size_t i = 0; i < list->count; i++) {
            eh_str_append(out, i ? "," : "");
            eh_opt_append_escaped(out, list->item[i]);
        }
        return true;
    }
    case EH_OPT_SETS: {
        const eh_str_list *list = field;
        for (size_t i = 0; i < list->count; i++) {
            eh_str_append(out, i ? ";" : "");
            for (const char *at = list->item[i]; *at; at++) {
                eh_str_append(out, *at == ';' ? "\\" : "");
                eh_str_append_bytes(out, at, 1);
            }
        }
        return true;
    }
    case EH_OPT_THING: {
        const eh_thing_spec *thing = field;
        if (!thing->entry)
            return false;
        append_thing(out, thing);
        return true;
    }
    }
    return false;
}

const char *eh_opt_text(const eh_opt *opt, const void *opts, eh_arena *arena)
{
    eh_str text = { 0 };
    const char *copy = NULL;
    if (append_value(&text, opt, opts) && !text.failed)
        copy = eh_arena_strdup(arena, eh_str_text(&text));
    eh_str_clear(&text);
    return copy;
}

/* ---------------------------------------------------------------- YAML */

/* True when YAML readers take the bare text as a string (or as the number that it is). */
static bool is_plain(const char *text)
{
    static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "null",
                                         "True", "False", "Yes", "No", "On", "Off", "Null",
                                         "TRUE", "FALSE", "YES", "NO", "ON", "OFF", "NULL",
                                         "y",    "n",     "Y",   "N" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0)
            return false;
    static const char letter[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return *text && strspn(text, letter) > 0 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") == strlen(text);
}

static void append_yaml_string(eh_str *out, const char *text)
{
    if (is_plain(text)) {
        eh_str_append(out, text);
        return;
    }
    eh_str_append(out, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            eh_str_appendf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            eh_str_appendf(out, "\\x%02x", c);
        else if (c == 0xC2 && (unsigned char)text[1] < 0xA0) /* U+0080 to U+009F */
            eh_str_appendf(out, "\\x%02x", (unsigned char)*++text);
        else
            eh_str_append_bytes(out, text, 1);
    }
    eh_str_append(out, "\"");
}

static void append_yaml_list(eh_str *out, const eh_str_list *list)
{
    eh_str_append(out, "[");
    for (size_t i = 0; i < list->count; i++) {
        eh_str_append(out, i ? ", " : "");
        append_yaml_string(out, list->item[i]);
    }
    eh_str_append(out, "]");
}

static void append_yaml_value(eh_str *out, const eh_opt *opt, const void *opts, int indent)
{
    const void *field = field_of(opt, opts);
    if (opt->type == EH_OPT_LIST || opt->type == EH_OPT_SETS) {
        append_yaml_list(out, field);
    } else if (opt->type == EH_OPT_STRING && *(const char *const *)field) {
        append_yaml_string(out, *(const char *const *)field);
    } else if (opt->type == EH_OPT_CHOICE) {
        append_yaml_string(out, opt->choices[*(const int *)field]);
    } else if (opt->type == EH_OPT_THING && ((const eh_thing_spec *)field)->entry) {
        const eh_thing_spec *thing = field;
        eh_str_appendf(out, "\n%*sname: ", indent + 2, "");
        append_yaml_string(out, thing->entry->name);
        eh_str_append(out, "\n");
        eh_opts_write_yaml(out, thing->entry->opts, thing->opts, indent + 2);
        return; /* ends with its own line end */
    } else if (!append_value(out, opt, opts)) {
        eh_str_append(out, "null");
    }
    eh_str_append(out, "\n");
}

void eh_opts_write_yaml(eh_str *out, const eh_opt *table, const void *opts, int indent)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++) {
        eh_str_appendf(out, "%*s%s:", indent, "", opt->name);
        bool nested = opt->type == EH_OPT_THING && ((const eh_thing_spec *)field_of(opt, opts))->entry;
        eh_str_append(out, nested ? "" : " ");
        append_yaml_value(out, opt, opts, indent);
    }
}
