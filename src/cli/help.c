/* help.c - help for people, from the tables; see help.h. */
#include "cli/help.h"

#include "cli/args.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define WIDTH       80
#define OPTION_TEXT 28 /* column where the sentences of options begin */

const eh_help_pair eh_help_exit_codes[] = {
    { "0", "done" },
    { "1", "a gate that was asked for failed" },
    { "2", "the command line or a recipe asks for something that does not exist" },
    { "3", "a file cannot be read or written, or holds something that is wrong" },
    { "4", "too little data to judge" },
    { "130", "stopped by a signal; what was done is saved" },
    { NULL, NULL },
};

const eh_help_pair eh_help_environment[] = {
    { "EVENHAND_CACHE", "folder for decoded images and other things that can be made again; default "
                        "$XDG_CACHE_HOME/evenhand or ~/.cache/evenhand" },
    { "NO_COLOR", "when set, --color auto means never" },
    { "SOURCE_DATE_EPOCH", "seconds since 1970 to be written in place of the time of day" },
    { NULL, NULL },
};

const char *eh_help_metavar(const eh_opt *opt)
{
    if (opt->metavar)
        return opt->metavar;
    switch (opt->type) {
    case EH_OPT_BOOL:
        return "";
    case EH_OPT_INT:
        return "N";
    case EH_OPT_FLOAT:
        return "X";
    case EH_OPT_STRING:
        return "TEXT";
    case EH_OPT_CHOICE:
        return "WORD";
    case EH_OPT_LIST:
        return "A,B,...";
    case EH_OPT_SETS:
        return "A=1,B=2;...";
    case EH_OPT_THING:
        return "NAME[:OPTION=VALUE,...]";
    }
    return "VALUE";
}

static void append_range(eh_str *out, const eh_opt *opt)
{
    char low[EH_FLOAT_TEXT], high[EH_FLOAT_TEXT];
    eh_format_float(low, opt->min);
    eh_format_float(high, opt->max);
    if (isinf(opt->max))
        eh_str_appendf(out, "at least %s", low);
    else if (isinf(opt->min))
        eh_str_appendf(out, "at most %s", high);
    else
        eh_str_appendf(out, "%s to %s", low, high);
}

void eh_help_sentence(eh_str *out, const eh_opt *opt)
{
    eh_str_append(out, opt->help);
    const char *between = " (";
    if ((opt->type == EH_OPT_INT || opt->type == EH_OPT_FLOAT) && (opt->min != 0 || opt->max != 0)) {
        eh_str_append(out, between);
        append_range(out, opt);
        between = "; ";
    }
    if (opt->type == EH_OPT_CHOICE) {
        for (size_t i = 0; opt->choices[i]; i++) {
            eh_str_append(out, i ? ", " : between);
            eh_str_append(out, opt->choices[i]);
        }
        between = "; ";
    }
    const eh_kind *kind = opt->type == EH_OPT_THING ? eh_kind_find(opt->kind) : NULL;
    if (kind) {
        eh_str_appendf(out, "%ssee 'evenhand list %s'", between, kind->plural);
        between = "; ";
    }
    if (opt->required) {
        eh_str_appendf(out, "%srequired", between);
        between = "; ";
    }
    if (opt->def && opt->type != EH_OPT_BOOL) {
        eh_str_appendf(out, "%sdefault %s", between, *opt->def ? opt->def : "none");
        between = "; ";
    } else if (opt->def && opt->type == EH_OPT_BOOL) {
        bool on = false;
        if (eh_parse_bool(&on, opt->def) && on) {
            eh_str_appendf(out, "%son by default; --no-%s turns it off", between, opt->name);
            between = "; ";
        }
    }
    if (strcmp(between, "; ") == 0)
        eh_str_append(out, ")");
}

/* Appends words, wrapped; the cursor is at column `column`, later lines begin at `indent`. Ends with LF. */
static void append_wrapped(eh_str *out, const char *text, size_t length, size_t column, size_t indent)
{
    const char *end = text + length;
    bool first = true;
    while (text < end) {
        while (text < end && isspace((unsigned char)*text))
            text++;
        const char *word = text;
        while (text < end && !isspace((unsigned char)*text))
            text++;
        if (text == word)
            break;
        size_t width = (size_t)(text - word); /* help is ASCII, so bytes are columns */
        if (!first && column + 1 + width > WIDTH) {
            eh_str_appendf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            eh_str_append(out, " ");
            column++;
        }
        eh_str_append_bytes(out, word, width);
        column += width;
        first = false;
    }
    eh_str_append(out, "\n");
}

void eh_help_paragraphs(eh_str *out, const char *text, size_t indent)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t length = end ? (size_t)(end - text) : strlen(text);
        if (*text == ' ') { /* an example or a small table */
            eh_str_append_bytes(out, text, length);
            eh_str_append(out, "\n");
        } else {
            eh_str_appendf(out, "%*s", (int)indent, "");
            append_wrapped(out, text, length, indent, indent);
        }
        text += length;
        if (*text)
            eh_str_append(out, "\n");
        text += strspn(text, "\n");
    }
}

/* "  name   sentence", the sentence at `column`, on a line of its own when the name is long. */
static void append_entry(eh_str *out, const char *name, const char *sentence, size_t column)
{
    eh_str_appendf(out, "  %s", name);
    size_t width = 2 + strlen(name);
    if (width + 2 > column) {
        eh_str_appendf(out, "\n%*s", (int)column, "");
    } else {
        eh_str_appendf(out, "%*s", (int)(column - width), "");
    }
    append_wrapped(out, sentence, strlen(sentence), column, column);
}

static void append_option(eh_str *out, const eh_opt *opt, bool positional)
{
    eh_str name = { 0 }, sentence = { 0 };
    const char *metavar = eh_help_metavar(opt);
    if (positional)
        eh_str_append(&name, opt->metavar ? opt->metavar : opt->name);
    else if (opt->short_name)
        eh_str_appendf(&name, "-%c, --%s%s%s", opt->short_name, opt->name, *metavar ? " " : "", metavar);
    else
        eh_str_appendf(&name, "    --%s%s%s", opt->name, *metavar ? " " : "", metavar);
    eh_help_sentence(&sentence, opt);
    append_entry(out, eh_str_text(&name), eh_str_text(&sentence), OPTION_TEXT);
    out->failed = out->failed || name.failed || sentence.failed;
    eh_str_clear(&name);
    eh_str_clear(&sentence);
}

static bool has_option(const eh_opt *table, const char *name)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++)
        if (strcmp(opt->name, name) == 0)
            return true;
    return false;
}

void eh_help_options(eh_str *out, const eh_opt *table)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++)
        append_option(out, opt, false);
}

void eh_help_arguments(eh_str *out, const eh_command *command)
{
    for (const eh_opt *opt = command->positionals; opt && opt->name; opt++) {
        const char *word = opt->metavar ? opt->metavar : opt->name;
        const char *more = opt->type == EH_OPT_LIST ? " ..." : "";
        if (opt != command->positionals)
            eh_str_append(out, " ");
        eh_str_appendf(out, opt->required ? "%s%s" : "[%s%s]", word, more);
    }
}

/* A summary as a paragraph of its own: with a capital letter and a full stop. */
static void append_sentence(eh_str *out, const char *summary)
{
    eh_str text = { 0 };
    eh_str_appendf(&text, "%c%s.", toupper((unsigned char)summary[0]), summary + 1);
    eh_help_paragraphs(out, eh_str_text(&text), 0);
    out->failed = out->failed || text.failed;
    eh_str_clear(&text);
}

void eh_help_command(eh_str *out, const eh_command *command)
{
    eh_str_appendf(out, "Usage: evenhand %s ", command->entry.name);
    size_t before = out->size;
    eh_help_arguments(out, command);
    eh_str_append(out, out->size > before ? " [options]\n\n" : "[options]\n\n");
    append_sentence(out, command->entry.summary);
    if (command->details) {
        eh_str_append(out, "\n");
        eh_help_paragraphs(out, command->details, 0);
    }
    if (command->positionals && command->positionals->name) {
        eh_str_append(out, "\nArguments:\n");
        for (const eh_opt *opt = command->positionals; opt->name; opt++)
            append_option(out, opt, true);
    }
    if (command->entry.opts && command->entry.opts->name) {
        eh_str_append(out, "\nOptions:\n");
        eh_help_options(out, command->entry.opts);
    }
    eh_str_append(out, "\nCommon options:\n");
    for (const eh_opt *opt = eh_common_option_table; opt->name; opt++)
        if (!has_option(command->entry.opts,
                        opt->name)) /* a command's own option of that name outweighs the common one */
            append_option(out, opt, false);
    if (command->examples) {
        eh_str_append(out, "\nExamples:\n");
        for (const char *const *pair = command->examples; pair[0]; pair += 2)
            eh_str_appendf(out, "  %s\n      %s\n", pair[0], pair[1]);
    }
}

static void append_pairs(eh_str *out, const eh_help_pair *pair, size_t column)
{
    for (; pair->word; pair++)
        append_entry(out, pair->word, pair->meaning, column);
}

void eh_help_program(eh_str *out)
{
    eh_str_append(out, "Usage: evenhand COMMAND [arguments] [options]\n\n");
    eh_help_paragraphs(
        out,
        "evenhand finds, measures and removes bias in image models: it imports images with their labels, "
        "trains a model with or without a mitigation method, measures every group of people, and writes "
        "one report.",
        0);
    eh_str_append(out, "\nCommands:\n");
    for (const eh_command *const *command = eh_command_list; *command; command++)
        append_entry(out, (*command)->entry.name, (*command)->entry.summary, 14);
    eh_str_append(out, "\nOptions of every command:\n");
    eh_help_options(out, eh_common_option_table);
    eh_str_append(out, "\nExit codes:\n");
    append_pairs(out, eh_help_exit_codes, 8);
    eh_str_append(out, "\nEnvironment:\n");
    append_pairs(out, eh_help_environment, 22);
    eh_str_append(out, "\n'evenhand help COMMAND' explains a command; 'evenhand list' shows the models,\n"
                       "methods and everything else that can be named in an option.\n");
}
