/* cmd_list.c - `evenhand list`: everything that is registered, and the options of one thing. */
#include "cli/help.h"
#include "base/config.h"
#include "base/json.h"
#include "base/table.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

typedef struct options {
    const char *kind, *name;
} options;

static const eh_opt positional_table[] = {
    { .name = "kind",
      .help = "one kind of thing, such as methods or models",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, kind),
      .metavar = "KIND" },
    { .name = "name",
      .help = "one thing of that kind: its source and its options",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, name),
      .metavar = "NAME" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand list",
    "all kinds of things and their names",
    "evenhand list methods",
    "every mitigation method with one line about it",
    "evenhand list methods gdro",
    "the options of one method",
    NULL,
};

/* ---------------------------------------------------------------- JSON */

static const char *const type_names[] = {
    "bool", "int", "float", "string", "choice", "list", "sets", "thing"
};

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *option_json(const eh_opt *opt)
{
    json_t *object = json_object();
    if (!object)
        return NULL;
    bool complete = eh_json_set(object, "name", json_string(opt->name)) &&
                    eh_json_set(object, "help", json_string(opt->help)) &&
                    eh_json_set(object, "type", json_string(type_names[opt->type])) &&
                    eh_json_set(object, "default", text_or_null(opt->def)) &&
                    eh_json_set(object, "required", json_boolean(opt->required));
    bool number = opt->type == EH_OPT_INT || opt->type == EH_OPT_FLOAT;
    if (number && (opt->min != 0 || opt->max != 0))
        complete = complete && eh_json_set(object, "min", eh_json_number(opt->min)) &&
                   eh_json_set(object, "max", eh_json_number(opt->max));
    if (opt->type == EH_OPT_CHOICE) {
        json_t *choices = json_array();
        for (size_t i = 0; choices && opt->choices[i]; i++)
            complete = json_array_append_new(choices, json_string(opt->choices[i])) == 0 && complete;
        complete = eh_json_set(object, "choices", choices) && complete;
    }
    if (opt->type == EH_OPT_THING)
        complete = complete && eh_json_set(object, "kind", json_string(opt->kind));
    if (!complete) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *entry_json(const eh_entry *entry)
{
    json_t *object = json_object(), *list = json_array();
    bool complete = object && list;
    for (const eh_opt *opt = entry->opts; complete && opt && opt->name; opt++)
        complete = json_array_append_new(list, option_json(opt)) == 0;
    complete = complete && eh_json_set(object, "name", json_string(entry->name)) &&
               eh_json_set(object, "summary", json_string(entry->summary)) &&
               eh_json_set(object, "source", text_or_null(entry->source)) &&
               eh_json_set(object, "options", json_incref(list));
    json_decref(list);
    if (!complete) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *kind_json(const eh_kind *kind)
{
    json_t *object = json_object(), *list = json_array();
    bool complete = object && list;
    for (const eh_entry *const *entry = kind->list; complete && *entry; entry++)
        complete = json_array_append_new(list, entry_json(*entry)) == 0;
    complete = complete && eh_json_set(object, "kind", json_string(kind->name)) &&
               eh_json_set(object, "plural", json_string(kind->plural)) &&
               eh_json_set(object, "summary", json_string(kind->summary)) &&
               eh_json_set(object, "things", json_incref(list));
    json_decref(list);
    if (!complete) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *all_json(const eh_kind *commands)
{
    json_t *list = json_array();
    bool complete = list != NULL;
    for (const eh_kind *const *kind = eh_kinds(); complete && *kind; kind++)
        complete = json_array_append_new(list, kind_json(*kind)) == 0;
    complete = complete && json_array_append_new(list, kind_json(commands)) == 0;
    if (!complete) {
        json_decref(list);
        return NULL;
    }
    return list;
}

/* ---------------------------------------------------------------- text */

static eh_status append_kind_table(eh_str *out, const eh_kind *kind, eh_error *err)
{
    static const char *const titles[] = { "name", "what it is" };
    eh_text_table *table = eh_text_table_new(titles, 2);
    if (!table)
        return eh_fail_memory(err, "a table", 1, 1);
    for (const eh_entry *const *entry = kind->list; *entry; entry++) {
        eh_text_table_cell(table, "%s", (*entry)->name);
        eh_text_table_cell(table, "%s", (*entry)->summary);
    }
    eh_text_table_render(table, out);
    eh_text_table_free(table);
    return EH_OK;
}

static void append_kind_names(eh_str *out, const eh_kind *kind)
{
    eh_str names = { 0 };
    for (const eh_entry *const *entry = kind->list; *entry; entry++)
        eh_str_appendf(&names, "%s%s", entry == kind->list ? "" : ", ", (*entry)->name);
    eh_str_appendf(out, "%s: %s\n", kind->plural, kind->summary);
    eh_help_paragraphs(out, eh_str_text(&names), 4);
    out->failed = out->failed || names.failed;
    eh_str_clear(&names);
}

/* One paragraph, wrapped. */
EH_PRINTF(2, 3) static void append_paragraph(eh_str *out, const char *format, ...)
{
    eh_str text = { 0 };
    va_list args;
    va_start(args, format);
    eh_str_appendv(&text, format, args);
    va_end(args);
    eh_help_paragraphs(out, eh_str_text(&text), 0);
    out->failed = out->failed || text.failed;
    eh_str_clear(&text);
}

static void append_entry(eh_str *out, const eh_kind *kind, const eh_entry *entry)
{
    eh_str_appendf(out, "%s %s\n\n", kind->name, entry->name);
    eh_help_paragraphs(out, entry->summary, 0);
    if (entry->source) {
        eh_str_append(out, "\n");
        append_paragraph(out, "Source: %s", entry->source);
    }
    if (entry->opts && entry->opts->name) {
        eh_str_append(out, "\nOptions:\n");
        eh_help_options(out, entry->opts);
        eh_str_append(out, "\n");
        append_paragraph(out,
                         "On the command line an option is written %s:%s=VALUE; further ones follow after a "
                         "comma, and so do the items of a list.",
                         entry->name, entry->opts->name);
    } else {
        eh_str_append(out, "\nIt has no options.\n");
    }
}

/* ---------------------------------------------------------------- the command */

/* The kind that the user names: one of the registry's, or the commands, which the program adds. */
static eh_status find_kind(const eh_kind **out, const eh_kind *commands, const char *name, eh_arena *arena,
                           eh_error *err)
{
    *out = eh_kind_find(name);
    if (!*out && (strcmp(name, commands->name) == 0 || strcmp(name, commands->plural) == 0))
        *out = commands;
    if (*out)
        return EH_OK;
    size_t count = 1;
    for (const eh_kind *const *kind = eh_kinds(); *kind; kind++)
        count++;
    const char **names = eh_arena_alloc(arena, count + 1, sizeof *names);
    if (!names)
        return eh_fail_memory(err, name, count, sizeof *names);
    eh_str list = { 0 };
    for (size_t i = 0; i < count; i++) {
        names[i] = i + 1 < count ? eh_kinds()[i]->plural : commands->plural;
        eh_str_appendf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    const char *nearest = eh_nearest(name, names);
    eh_fail(err, EH_ERR_USAGE, "There is no kind of thing called \"%s\"%s%s%s The kinds are: %s.", name,
            nearest ? "; did you mean \"" : ".", nearest ? nearest : "", nearest ? "\"?" : "",
            eh_str_text(&list));
    eh_str_clear(&list);
    return EH_ERR_USAGE;
}

static eh_status find_entry(const eh_entry **out, const eh_kind *kind, const eh_kind *commands,
                            const char *name, eh_error *err)
{
    assert(kind); /* the name is the second argument, so the first is there */
    if (kind != commands)
        return eh_thing_find(out, kind->name, name, err);
    const eh_command *command = eh_command_find(name);
    if (!command)
        return eh_fail(err, EH_ERR_USAGE, "There is no command \"%s\"; 'evenhand help' lists the commands.",
                       name);
    *out = &command->entry;
    return EH_OK;
}

/* The table of commands as a kind; its list in the arena. */
static eh_status make_command_kind(eh_kind *out, eh_arena *arena, eh_error *err)
{
    size_t count = 0;
    while (eh_command_list[count])
        count++;
    const eh_entry **list = eh_arena_alloc(arena, count + 1, sizeof *list);
    if (!list)
        return eh_fail_memory(err, "the list of commands", count, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = &eh_command_list[i]->entry;
    *out = (eh_kind){
        .name = "command", .plural = "commands", .summary = "what the program does", .list = list
    };
    return EH_OK;
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_kind commands;
    EH_TRY(make_command_kind(&commands, context->arena, err));
    const eh_kind *kind = NULL;
    const eh_entry *entry = NULL;
    if (o->kind)
        EH_TRY(find_kind(&kind, &commands, o->kind, context->arena, err));
    if (o->name)
        EH_TRY(find_entry(&entry, kind, &commands, o->name, err));

    if (context->json)
        return eh_command_write_json(entry  ? entry_json(entry)
                                     : kind ? kind_json(kind)
                                            : all_json(&commands),
                                     err);

    eh_str text = { 0 };
    eh_status status = EH_OK;
    if (entry && kind == &commands) {
        eh_help_command(&text, (const eh_command *)entry); /* the entry is the command's first member */
    } else if (entry) {
        append_entry(&text, kind, entry);
    } else if (kind) {
        status = append_kind_table(&text, kind, err);
    } else {
        for (const eh_kind *const *each = eh_kinds(); *each; each++)
            append_kind_names(&text, *each);
        append_kind_names(&text, &commands);
    }
    if (status == EH_OK)
        status = eh_command_write(&text, err);
    eh_str_clear(&text);
    return status;
}

const eh_command eh_cmd_list = {
    .entry = { .name = "list",
               .summary = "show the models, methods and everything else that can be named in an option",
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .examples = examples,
    .run = run,
};
