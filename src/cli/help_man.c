/* help_man.c - the man page evenhand(1), from the same tables as the help. */
#include "cli/help.h"

#include "cli/args.h"

/* Text with troff's special characters escaped. A hyphen is escaped too, so that an option can be copied from the page. */
static void append_text(eh_str *out, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            eh_str_append(out, "\\&");
        if (*text == '\\')
            eh_str_append(out, "\\e");
        else if (*text == '-')
            eh_str_append(out, "\\-");
        else
            eh_str_append_bytes(out, text, 1);
        line_start = *text == '\n';
    }
}

/* Paragraphs; those that begin with a space are set as they are. */
static void append_paragraphs(eh_str *out, const char *text)
{
    bool verbatim = *text == ' ';
    eh_str_append(out, verbatim ? ".nf\n" : "");
    for (; *text; text++) {
        if (text[0] == '\n' && text[1] == '\n') {
            while (text[1] == '\n')
                text++;
            eh_str_append(out, verbatim ? "\n.fi\n.PP\n" : "\n.PP\n");
            verbatim = text[1] == ' ';
            eh_str_append(out, verbatim ? ".nf\n" : "");
            continue;
        }
        append_text(out, (const char[]){ *text, '\0' });
    }
    eh_str_append(out, verbatim ? "\n.fi\n" : "\n");
}

static void append_option(eh_str *out, const eh_opt *opt, bool positional)
{
    eh_str_append(out, ".TP\n");
    const char *metavar = eh_help_metavar(opt);
    if (positional) {
        eh_str_append(out, ".I \"");
        append_text(out, opt->metavar ? opt->metavar : opt->name);
        eh_str_append(out, "\"\n");
    } else {
        if (opt->short_name)
            eh_str_appendf(out, "\\fB\\-%c\\fR, ", opt->short_name);
        eh_str_append(out, "\\fB\\-\\-");
        append_text(out, opt->name);
        eh_str_append(out, "\\fR");
        if (*metavar) {
            eh_str_append(out, " \\fI");
            append_text(out, metavar);
            eh_str_append(out, "\\fR");
        }
        eh_str_append(out, "\n");
    }
    eh_str sentence = { 0 };
    eh_help_sentence(&sentence, opt);
    append_text(out, eh_str_text(&sentence));
    eh_str_append(out, ".\n");
    out->failed = out->failed || sentence.failed;
    eh_str_clear(&sentence);
}

static void append_options(eh_str *out, const eh_opt *table, bool positional)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++)
        append_option(out, opt, positional);
}

static void append_command(eh_str *out, const eh_command *command)
{
    eh_str arguments = { 0 };
    eh_help_arguments(&arguments, command);
    eh_str_append(out, ".SS evenhand ");
    append_text(out, command->entry.name);
    eh_str_append(out, arguments.size ? " " : "");
    append_text(out, eh_str_text(&arguments));
    eh_str_append(out, "\n");
    out->failed = out->failed || arguments.failed;
    eh_str_clear(&arguments);

    append_paragraphs(out, command->entry.summary);
    if (command->details) {
        eh_str_append(out, ".PP\n");
        append_paragraphs(out, command->details);
    }
    append_options(out, command->positionals, true);
    append_options(out, command->entry.opts, false);
    for (const char *const *pair = command->examples; pair && pair[0]; pair += 2) {
        eh_str_append(out, ".PP\n.nf\n  ");
        append_text(out, pair[0]);
        eh_str_append(out, "\n.fi\n");
        append_text(out, pair[1]);
        eh_str_append(out, "\n");
    }
}

static void append_kind(eh_str *out, const eh_kind *kind)
{
    eh_str_append(out, ".SS ");
    append_text(out, kind->plural);
    eh_str_append(out, "\n");
    append_paragraphs(out, kind->summary);
    for (const eh_entry *const *entry = kind->list; *entry; entry++) {
        eh_str_append(out, ".TP\n.B \"");
        append_text(out, (*entry)->name);
        eh_str_append(out, "\"\n");
        append_text(out, (*entry)->summary);
        eh_str_append(out, ".\n");
        if ((*entry)->source) {
            eh_str_append(out, "Source: ");
            append_text(out, (*entry)->source);
            eh_str_append(out, ".\n");
        }
        if ((*entry)->opts && (*entry)->opts->name) {
            eh_str_append(out, ".RS\n");
            append_options(out, (*entry)->opts, false);
            eh_str_append(out, ".RE\n");
        }
    }
}

static void append_pairs(eh_str *out, const eh_help_pair *pair)
{
    for (; pair->word; pair++) {
        eh_str_append(out, ".TP\n.B \"");
        append_text(out, pair->word);
        eh_str_append(out, "\"\n");
        append_text(out, pair->meaning);
        eh_str_append(out, ".\n");
    }
}

void eh_help_man(eh_str *out)
{
    eh_str_appendf(out, ".TH EVENHAND 1 \"\" \"evenhand %s\" \"User Commands\"\n", EH_VERSION);
    eh_str_append(out, ".SH NAME\nevenhand \\- find, measure and remove bias in image models\n");
    eh_str_append(out, ".SH SYNOPSIS\n.B evenhand\n.I command\n[\\fIarguments\\fR] [\\fIoptions\\fR]\n");
    eh_str_append(out, ".SH DESCRIPTION\n");
    append_text(
        out, "evenhand imports images with their labels, trains a model with or without a mitigation method, "
             "measures every group of people, and writes one report. Data is written to the standard output, "
             "messages and progress to the standard error.\n");
    eh_str_append(out, ".SH COMMANDS\n");
    for (const eh_command *const *command = eh_command_list; *command; command++)
        append_command(out, *command);
    eh_str_append(out, ".SH OPTIONS OF EVERY COMMAND\n");
    append_options(out, eh_common_option_table, false);
    eh_str_append(out, ".SH THINGS THAT OPTIONS NAME\n");
    append_text(out, "Their own options follow a colon on the command line, as in "
                     "NAME:OPTION=VALUE,OPTION=VALUE, and are "
                     "lines below the name in a recipe.\n");
    for (const eh_kind *const *kind = eh_kinds(); *kind; kind++)
        append_kind(out, *kind);
    eh_str_append(out, ".SH EXIT STATUS\n");
    append_pairs(out, eh_help_exit_codes);
    eh_str_append(out, ".SH ENVIRONMENT\n");
    append_pairs(out, eh_help_environment);
}
