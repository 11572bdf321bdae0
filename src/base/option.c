/* option.c - option tables: defaults, values from text, things from text;
 * declared in config.h and evenhand/option.h.
 *
 * Lists and things are written with commas; inside an item "\," is a comma and
 * "\\" a backslash. A backslash before any other character stands for itself.
 * Things may hold things: each level of nesting is unescaped once.
 */
#include "base/config.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void *field_of(const eh_opt *opt, void *opts)
{
    return (char *)opts + opt->offset;
}

static size_t field_size(eh_opt_type type)
{
    switch (type) {
    case EH_OPT_BOOL:
        return sizeof(bool);
    case EH_OPT_INT:
        return sizeof(int64_t);
    case EH_OPT_FLOAT:
        return sizeof(double);
    case EH_OPT_STRING:
        return sizeof(const char *);
    case EH_OPT_CHOICE:
        return sizeof(int);
    case EH_OPT_LIST:
    case EH_OPT_SETS:
        return sizeof(eh_str_list);
    case EH_OPT_THING:
        return sizeof(eh_thing_spec);
    }
    return 0;
}

static const eh_opt *find_option(const eh_opt *table, const char *key)
{
    for (; table && table->name; table++)
        if (strcmp(table->name, key) == 0)
            return table;
    return NULL;
}

static eh_status fail_unknown_key(const eh_opt *table, const char *key, const char *where, eh_error *err)
{
    size_t count = 0;
    while (table && table[count].name)
        count++;
    if (count == 0)
        return eh_fail(err, EH_ERR_USAGE, "%s: \"%s\" is not an option; there are no options here.", where,
                       key);
    eh_str list = { 0 };
    const char **names = eh_alloc(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        eh_str_appendf(&list, "%s%s", i ? ", " : "", table[i].name);
        if (names)
            names[i] = table[i].name;
    }
    const char *nearest = names ? eh_nearest(key, names) : NULL;
    if (nearest)
        eh_fail(err, EH_ERR_USAGE, "%s: there is no option \"%s\"; did you mean \"%s\"?", where, key,
                nearest);
    else
        eh_fail(err, EH_ERR_USAGE, "%s: there is no option \"%s\". The options are: %s.", where, key,
                eh_str_text(&list));
    eh_free(names);
    eh_str_clear(&list);
    return EH_ERR_USAGE;
}

/* ---------------------------------------------------------------- separated
 * text */

/* The end of the piece that begins at `text`: the next comma that is not
 * escaped, or the end. */
static const char *piece_end(const char *text)
{
    while (*text && *text != ',')
        text += text[0] == '\\' && (text[1] == ',' || text[1] == '\\') ? 2 : 1;
    return text;
}

/* The piece [from, to) with its escapes undone, in the arena; NULL when out of
 * memory. */
static char *unescape(eh_arena *arena, const char *from, const char *to)
{
    char *copy = eh_arena_alloc(arena, (size_t)(to - from) + 1, 1);
    if (!copy)
        return NULL;
    char *at = copy;
    while (from < to) {
        if (from[0] == '\\' && from + 1 < to && (from[1] == ',' || from[1] == '\\'))
            from++;
        *at++ = *from++;
    }
    *at = '\0';
    return copy;
}

static eh_status parse_list(eh_str_list *out, const eh_opt *opt, const char *text, const char *where,
                            eh_arena *arena, eh_error *err)
{
    *out = (eh_str_list){ 0 };
    if (!*text)
        return EH_OK;
    size_t count = 1;
    for (const char *at = piece_end(text); *at; at = piece_end(at + 1))
        count++;
    const char **item = eh_arena_alloc(arena, count, sizeof *item);
    if (!item)
        return eh_fail_memory(err, opt->name, count, sizeof *item);
    for (size_t i = 0; i < count; i++) {
        const char *end = piece_end(text);
        if (end == text)
            return eh_fail(err, EH_ERR_USAGE, "%s: item %zu of %s is empty; write a,b,c.", where, i + 1,
                           opt->name);
        item[i] = unescape(arena, text, end);
        if (!item[i])
            return eh_fail_memory(err, opt->name, count, sizeof *item);
        text = *end ? end + 1 : end;
    }
    *out = (eh_str_list){ .item = item, .count = count };
    return EH_OK;
}

/* Sets are separated by semicolons; "\\;" inside of one is a semicolon, and nothing else is unescaped: a set has commas of its own. */
static eh_status parse_sets(eh_str_list *out, const eh_opt *opt, const char *text, const char *where,
                            eh_arena *arena, eh_error *err)
{
    size_t count = 1;
    *out = (eh_str_list){ 0 };
    if (!*text)
        return EH_OK;
    for (const char *at = text; *at; at++)
        count += *at == ';' && (at == text || at[-1] != '\\');
    const char **item = eh_arena_alloc(arena, count, sizeof *item);
    char *copy = eh_arena_alloc(arena, strlen(text) + 1, 1);
    if (!item || !copy)
        return eh_fail_memory(err, opt->name, count, sizeof *item);
    for (size_t i = 0; i < count; i++, text += *text == ';') {
        item[i] = copy;
        for (; *text && *text != ';'; text++) {
            text += text[0] == '\\' && text[1] == ';';
            *copy++ = *text;
        }
        *copy++ = '\0';
        if (!*item[i])
            return eh_fail(err, EH_ERR_USAGE, "%s: item %zu of %s is empty; write a=1,b=2;a=3.", where, i + 1,
                           opt->name);
    }
    *out = (eh_str_list){ .item = item, .count = count };
    return EH_OK;
}

/* ---------------------------------------------------------------- single
 * values */

enum { SUBJECT_BYTES = 512 };

/* What an error sentence is about: "--lr" on the command line, else
 * "recipe.yaml:12: lr". */
static const char *subject(char out[SUBJECT_BYTES], const char *where, const eh_opt *opt)
{
    if (eh_starts_with(where, "--") && strcmp(where + 2, opt->name) == 0)
        snprintf(out, SUBJECT_BYTES, "%s", where);
    else
        snprintf(out, SUBJECT_BYTES, "%s: %s", where, opt->name);
    return out;
}
#define SUBJECT(where, opt) subject((char[SUBJECT_BYTES]){ 0 }, (where), (opt))

/* "must be between 0 and 1", for the option's range. */
static eh_status check_range(const eh_opt *opt, double value, const char *text, const char *where,
                             eh_error *err)
{
    bool unlimited = opt->min == 0 && opt->max == 0;
    if (unlimited || (value >= opt->min && value <= opt->max))
        return EH_OK;
    char low[EH_FLOAT_TEXT], high[EH_FLOAT_TEXT];
    eh_format_float(low, opt->min);
    eh_format_float(high, opt->max);
    if (isinf(opt->max))
        return eh_fail(err, EH_ERR_USAGE, "%s must be at least %s, not %s.", SUBJECT(where, opt), low, text);
    if (isinf(opt->min))
        return eh_fail(err, EH_ERR_USAGE, "%s must be at most %s, not %s.", SUBJECT(where, opt), high, text);
    return eh_fail(err, EH_ERR_USAGE, "%s must be between %s and %s, not %s.", SUBJECT(where, opt), low, high,
                   text);
}

static eh_status set_choice(const eh_opt *opt, int *field, const char *text, const char *where, eh_error *err)
{
    for (int i = 0; opt->choices[i]; i++) {
        if (strcmp(opt->choices[i], text) == 0) {
            *field = i;
            return EH_OK;
        }
    }
    eh_str list = { 0 };
    for (int i = 0; opt->choices[i]; i++)
        eh_str_appendf(&list, "%s%s", i ? ", " : "", opt->choices[i]);
    const char *nearest = eh_nearest(text, opt->choices);
    eh_fail(err, EH_ERR_USAGE, "%s is one of %s, not \"%s\"%s%s%s", SUBJECT(where, opt), eh_str_text(&list),
            text, nearest ? "; did you mean \"" : ".", nearest ? nearest : "", nearest ? "\"?" : "");
    eh_str_clear(&list);
    return EH_ERR_USAGE;
}

static eh_status set_string(const char **field, const eh_opt *opt, const char *text, eh_arena *arena,
                            eh_error *err)
{
    const char *copy = eh_arena_strdup(arena, text);
    if (!copy)
        return eh_fail_memory(err, opt->name, strlen(text), 1);
    *field = copy;
    return EH_OK;
}

/* Sets the field from text; NULL text means no value. A value that is refused leaves the field as it was. */
static eh_status set_value(const eh_opt *opt, void *opts, const char *text, const char *where,
                           eh_arena *arena, eh_error *err)
{
    void *field = field_of(opt, opts);
    if (!text) {
        assert(!opt->def || opt->type == EH_OPT_THING);
        memset(field, 0, field_size(opt->type));
        return EH_OK;
    }
    switch (opt->type) {
    case EH_OPT_BOOL:
        if (eh_parse_bool((bool *)field, text))
            return EH_OK;
        return eh_fail(err, EH_ERR_USAGE, "%s is true or false, not \"%s\".", SUBJECT(where, opt), text);
    case EH_OPT_INT: {
        int64_t value;
        if (!eh_parse_int(&value, text))
            return eh_fail(err, EH_ERR_USAGE, "%s needs a whole number, not \"%s\".", SUBJECT(where, opt),
                           text);
        EH_TRY(check_range(opt, (double)value, text, where, err));
        *(int64_t *)field = value;
        return EH_OK;
    }
    case EH_OPT_FLOAT: {
        double value;
        if (!eh_parse_float(&value, text))
            return eh_fail(err, EH_ERR_USAGE, "%s needs a number, not \"%s\".", SUBJECT(where, opt), text);
        EH_TRY(check_range(opt, value, text, where, err));
        *(double *)field = value;
        return EH_OK;
    }
    case EH_OPT_STRING:
        return set_string(field, opt, text, arena, err);
    case EH_OPT_CHOICE:
        return set_choice(opt, field, text, where, err);
    case EH_OPT_LIST: {
        eh_str_list list;
        EH_TRY(parse_list(&list, opt, text, where, arena, err));
        *(eh_str_list *)field = list;
        return EH_OK;
    }
    case EH_OPT_SETS: {
        eh_str_list list;
        EH_TRY(parse_sets(&list, opt, text, where, arena, err));
        *(eh_str_list *)field = list;
        return EH_OK;
    }
    case EH_OPT_THING: {
        eh_thing_spec thing;
        EH_TRY(eh_thing_parse(&thing, opt->kind, text, where, arena, err));
        *(eh_thing_spec *)field = thing;
        return EH_OK;
    }
    }
    assert(!"an option type without a parser");
    return EH_ERR_INTERNAL;
}

eh_status eh_opts_set(const eh_opt *table, void *opts, const char *key, const char *text, const char *where,
                      eh_arena *arena, eh_error *err)
{
    const eh_opt *opt = find_option(table, key);
    if (!opt)
        return fail_unknown_key(table, key, where, err);
    return set_value(opt, opts, text, where, arena, err);
}

eh_status eh_opts_defaults(const eh_opt *table, void *opts, eh_arena *arena, eh_error *err)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++) {
        memset(field_of(opt, opts), 0, field_size(opt->type));
        if (opt->def)
            EH_TRY(set_value(opt, opts, opt->def, "The default", arena, err));
    }
    return EH_OK;
}

eh_status eh_opts_check_required(const eh_opt *table, const void *opts, const char *where, eh_error *err)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++) {
        if (!opt->required)
            continue;
        assert(opts);
        const void *field = (const char *)opts + opt->offset;
        bool given = true;
        if (opt->type == EH_OPT_STRING)
            given = *(const char *const *)field != NULL;
        else if (opt->type == EH_OPT_LIST || opt->type == EH_OPT_SETS)
            given = ((const eh_str_list *)field)->count > 0;
        else if (opt->type == EH_OPT_THING)
            given = ((const eh_thing_spec *)field)->entry != NULL;
        else
            assert(!"only strings, lists and things can be required");
        if (!given)
            return eh_fail(err, EH_ERR_USAGE, "%s is missing (%s).", SUBJECT(where, opt), opt->help);
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- things */

/* Finds the thing and gives it its default options. */
static eh_status start_thing(eh_thing_spec *out, const char *kind, const char *name, const char *where,
                             eh_arena *arena, eh_error *err)
{
    *out = (eh_thing_spec){ 0 };
    eh_error inner = { 0 };
    const eh_entry *entry;
    eh_status status = eh_thing_find(&entry, kind, name, &inner);
    if (status != EH_OK)
        return eh_fail(err, status, "%s: %s", where, inner.message);
    void *opts = NULL;
    if (entry->opts_size > 0 && !(opts = eh_arena_alloc(arena, 1, entry->opts_size)))
        return eh_fail_memory(err, name, entry->opts_size, 1);
    EH_TRY(eh_opts_defaults(entry->opts, opts, arena, err));
    *out = (eh_thing_spec){ .entry = entry, .opts = opts };
    return EH_OK;
}

/* True for a piece "key=..." whose option is a list. */
static bool sets_list(const eh_opt *table, const char *at, const char *end)
{
    const char *equals = memchr(at, '=', (size_t)(end - at));
    for (const eh_opt *opt = table; opt && opt->name && equals; opt++)
        if (strlen(opt->name) == (size_t)(equals - at) && memcmp(opt->name, at, (size_t)(equals - at)) == 0)
            return opt->type == EH_OPT_LIST;
    return false;
}

/* The end of the pair that begins at `text`: what follows the value of a list without an equals sign belongs to the list, as in groups=gender,skin. */
static const char *pair_end(const eh_opt *table, const char *text)
{
    const char *end = piece_end(text);
    if (!sets_list(table, text, end))
        return end;
    while (*end) {
        const char *next = piece_end(end + 1);
        if (next == end + 1 || memchr(end + 1, '=', (size_t)(next - end - 1)))
            break;
        end = next;
    }
    return end;
}

bool eh_opts_end_in_list(const eh_opt *table, const char *pairs)
{
    const char *last = pairs;
    for (const char *at = pairs; *at;) {
        const char *end = pair_end(table, at);
        last = at;
        at = *end ? end + 1 : end;
    }
    return sets_list(table, last, piece_end(last));
}

eh_status eh_opts_set_pairs(const eh_opt *table, void *opts, const char *owner, const char *pairs,
                            const char *where, eh_arena *arena, eh_error *err)
{
    for (const char *at = pairs; *at;) {
        const char *end = pair_end(table, at);
        char *pair = unescape(arena, at, end);
        if (!pair)
            return eh_fail_memory(err, pairs, strlen(pairs), 1);
        char *equals = strchr(pair, '=');
        const eh_opt *alone = equals ? NULL : find_option(table, pair);
        if (!equals && !(alone && alone->type == EH_OPT_BOOL))
            return eh_fail(err, EH_ERR_USAGE, "%s: \"%s\" lacks a value; write %s:%s=VALUE.", where, pair,
                           owner, pair);
        if (equals)
            *equals = '\0';
        EH_TRY(eh_opts_set(table, opts, pair, equals ? equals + 1 : "yes", where, arena, err));
        at = *end ? end + 1 : end;
    }
    return EH_OK;
}

eh_status eh_thing_parse(eh_thing_spec *out, const char *kind, const char *text, const char *where,
                         eh_arena *arena, eh_error *err)
{
    *out = (eh_thing_spec){ 0 };
    if (!*text)
        return EH_OK;
    const char *colon = strchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : strlen(text);
    char *name = eh_arena_printf(arena, "%.*s", (int)length, text);
    if (!name)
        return eh_fail_memory(err, text, length, 1);
    eh_thing_spec thing;
    EH_TRY(start_thing(&thing, kind, name, where, arena, err));
    if (colon)
        EH_TRY(eh_opts_set_pairs(thing.entry->opts, thing.opts, name, colon + 1, where, arena, err));
    EH_TRY(eh_opts_check_required(thing.entry->opts, thing.opts, where, err));
    *out = thing;
    return EH_OK;
}

/* ---------------------------------------------------------------- from a tree
 */

/* What the command line would say for a value of a set: a word, a,b of a sequence, name:key=value of a thing. */
static void append_node(eh_str *out, const eh_config *node)
{
    eh_str part = { 0 };
    bool thing = node->type == EH_CONFIG_MAPPING;
    const eh_config *name = thing ? eh_config_get(node, "name") : NULL;
    if (node->type == EH_CONFIG_SCALAR)
        eh_str_append(out, node->text);
    if (name)
        eh_str_append(out, name->text);
    char between = ':';
    for (size_t i = 0; node->type != EH_CONFIG_SCALAR && i < node->count; i++) {
        if (node->item[i] == name)
            continue;
        append_node(&part, node->item[i]);
        if (thing)
            eh_str_appendf(out, "%c%s=", between, node->item[i]->key);
        else
            eh_str_append(out, i ? "," : "");
        between = ',';
        eh_opt_append_escaped(out, eh_str_text(&part));
        out->failed = out->failed || part.failed;
        eh_str_clear(&part);
    }
}

/* "key=value,key=value" of a mapping. */
static const char *set_text(const eh_config *node, eh_arena *arena)
{
    eh_str text = { 0 }, value = { 0 };
    for (size_t i = 0; i < node->count; i++) {
        append_node(&value, node->item[i]);
        eh_str_appendf(&text, "%s%s=", i ? "," : "", node->item[i]->key);
        eh_opt_append_escaped(&text, eh_str_text(&value));
        text.failed = text.failed || value.failed;
        eh_str_clear(&value);
    }
    const char *copy = text.failed ? NULL : eh_arena_strdup(arena, eh_str_text(&text));
    eh_str_clear(&text);
    return copy;
}

static eh_status set_sets_from_sequence(const eh_opt *opt, void *opts, const eh_config *node, eh_arena *arena,
                                        eh_error *err)
{
    const char **item = eh_arena_alloc(arena, node->count, sizeof *item);
    if (!item)
        return eh_fail_memory(err, opt->name, node->count, sizeof *item);
    for (size_t i = 0; i < node->count; i++) {
        const eh_config *member = node->item[i];
        if (member->type != EH_CONFIG_MAPPING && (member->type != EH_CONFIG_SCALAR || !*member->text))
            return eh_fail(err, EH_ERR_USAGE,
                           "%s:%d: item %zu of %s must be lines of the form \"option: value\".", member->file,
                           member->line, i + 1, opt->name);
        item[i] = member->type == EH_CONFIG_MAPPING ? set_text(member, arena) : member->text;
        if (!item[i])
            return eh_fail_memory(err, opt->name, node->count, sizeof *item);
    }
    *(eh_str_list *)field_of(opt, opts) = (eh_str_list){ .item = item, .count = node->count };
    return EH_OK;
}

static eh_status set_list_from_sequence(const eh_opt *opt, void *opts, const eh_config *node, eh_arena *arena,
                                        eh_error *err)
{
    const char **item = eh_arena_alloc(arena, node->count, sizeof *item);
    if (!item)
        return eh_fail_memory(err, opt->name, node->count, sizeof *item);
    for (size_t i = 0; i < node->count; i++) {
        const eh_config *member = node->item[i];
        if (member->type != EH_CONFIG_SCALAR || !*member->text)
            return eh_fail(err, EH_ERR_USAGE, "%s:%d: item %zu of %s must be a word or a number.",
                           member->file, member->line, i + 1, opt->name);
        item[i] = member->text;
    }
    *(eh_str_list *)field_of(opt, opts) = (eh_str_list){ .item = item, .count = node->count };
    return EH_OK;
}

static eh_status set_from_node(const eh_opt *opt, void *opts, const eh_config *node, eh_arena *arena,
                               eh_error *err);

/* {name: gdro, step-size: 0.02} */
static eh_status set_thing_from_mapping(const eh_opt *opt, eh_thing_spec *out, const eh_config *node,
                                        const char *where, eh_arena *arena, eh_error *err)
{
    const eh_config *name = eh_config_get(node, "name");
    if (!name || name->type != EH_CONFIG_SCALAR)
        return eh_fail(err, EH_ERR_USAGE, "%s needs a name, as in {name: ..., option: value}.",
                       SUBJECT(where, opt));
    eh_thing_spec thing;
    EH_TRY(start_thing(&thing, opt->kind, name->text, where, arena, err));
    for (size_t i = 0; i < node->count; i++) {
        const eh_config *member = node->item[i];
        if (member == name)
            continue;
        const eh_opt *inner = find_option(thing.entry->opts, member->key);
        if (!inner) {
            const char *inner_where = eh_arena_printf(arena, "%s:%d", member->file, member->line);
            return fail_unknown_key(thing.entry->opts, member->key, inner_where ? inner_where : member->file,
                                    err);
        }
        EH_TRY(set_from_node(inner, thing.opts, member, arena, err));
    }
    EH_TRY(eh_opts_check_required(thing.entry->opts, thing.opts, where, err));
    *out = thing;
    return EH_OK;
}

static eh_status set_from_node(const eh_opt *opt, void *opts, const eh_config *node, eh_arena *arena,
                               eh_error *err)
{
    const char *where = eh_arena_printf(arena, "%s:%d", node->file, node->line);
    if (!where)
        return eh_fail_memory(err, node->file, 1, 1);
    switch (node->type) {
    case EH_CONFIG_SCALAR:
        return set_value(opt, opts, node->text, where, arena, err);
    case EH_CONFIG_NULL:
        if (opt->type != EH_OPT_THING && (opt->def || (opt->type != EH_OPT_STRING &&
                                                       opt->type != EH_OPT_LIST && opt->type != EH_OPT_SETS)))
            return eh_fail(err, EH_ERR_USAGE, "%s needs a value.", SUBJECT(where, opt));
        memset(field_of(opt, opts), 0, field_size(opt->type));
        return EH_OK;
    case EH_CONFIG_SEQUENCE:
        if (opt->type == EH_OPT_SETS)
            return set_sets_from_sequence(opt, opts, node, arena, err);
        if (opt->type == EH_OPT_LIST)
            return set_list_from_sequence(opt, opts, node, arena, err);
        return eh_fail(err, EH_ERR_USAGE, "%s: %s takes one value, not a list.", where, opt->name);
    case EH_CONFIG_MAPPING:
        if (opt->type == EH_OPT_THING)
            return set_thing_from_mapping(opt, field_of(opt, opts), node, where, arena, err);
        return eh_fail(err, EH_ERR_USAGE, "%s: %s takes a value, not a mapping.", where, opt->name);
    }
    return EH_ERR_INTERNAL;
}

eh_status eh_opts_from_config(const eh_opt *table, void *opts, const eh_config *mapping, eh_arena *arena,
                              eh_error *err)
{
    if (mapping->type == EH_CONFIG_NULL)
        return EH_OK;
    if (mapping->type != EH_CONFIG_MAPPING)
        return eh_fail(err, EH_ERR_USAGE, "%s:%d: lines of the form \"option: value\" are needed here.",
                       mapping->file, mapping->line);
    for (size_t i = 0; i < mapping->count; i++) {
        const eh_config *member = mapping->item[i];
        const eh_opt *opt = find_option(table, member->key);
        if (!opt) {
            const char *where = eh_arena_printf(arena, "%s:%d", member->file, member->line);
            return fail_unknown_key(table, member->key, where ? where : member->file, err);
        }
        EH_TRY(set_from_node(opt, opts, member, arena, err));
    }
    return EH_OK;
}
