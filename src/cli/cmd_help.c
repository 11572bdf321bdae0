/* cmd_help.c - `evenhand help`: help for people, the man page, shell completion. */
#include "cli/help.h"

#include <string.h>

typedef struct options {
    const char *command;
    bool man;
    int completion;
} options;

/* The order of eh_shell, behind "none". */
static const char *const shells[] = { "none", "bash", "zsh", "fish", NULL };

static const eh_opt positional_table[] = {
    { .name = "command",
      .help = "the command to explain",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, command),
      .metavar = "COMMAND" },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "man",
      .help = "print the man page evenhand(1) as troff",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, man) },
    { .name = "completion",
      .help = "print the completion script for a shell",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, completion),
      .def = "none",
      .choices = shells,
      .metavar = "SHELL" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand help train",
    "explain the command train",
    "evenhand help --man | man -l -",
    "read the man page",
    "evenhand help --completion bash > ~/.local/share/bash-completion/completions/evenhand",
    "complete commands and options with the Tab key in bash",
    NULL,
};

/* One command's help, or the error that names the nearest command. */
static eh_status explain(eh_str *text, const eh_command_context *context, const char *name, eh_error *err)
{
    const eh_command *command = eh_command_find(name);
    if (command) {
        eh_help_command(text, command);
        return EH_OK;
    }
    const eh_kind *kind = eh_kind_find(name);
    if (kind)
        return eh_fail(err, EH_ERR_USAGE, "\"%s\" is no command; 'evenhand list %s' shows the %s.", name,
                       kind->plural, kind->plural);
    size_t count = 0;
    while (eh_command_list[count])
        count++;
    const char **names = eh_arena_alloc(context->arena, count + 1, sizeof *names);
    for (size_t i = 0; names && i < count; i++)
        names[i] = eh_command_list[i]->entry.name;
    const char *nearest = names ? eh_nearest(name, names) : NULL;
    return eh_fail(err, EH_ERR_USAGE, "There is no command \"%s\"%s%s%s 'evenhand help' lists the commands.",
                   name, nearest ? ". Did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : ";");
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_str text = { 0 };
    eh_status status = EH_OK;
    if (o->man)
        eh_help_man(&text);
    else if (o->completion > 0)
        eh_help_completion(&text, (eh_shell)(o->completion - 1));
    else if (o->command)
        status = explain(&text, context, o->command, err);
    else
        eh_help_program(&text);
    if (status == EH_OK && context->json) {
        status = eh_str_check(&text, err);
        if (status == EH_OK)
            status = eh_command_write_json(json_pack("{s:s}", "help", eh_str_text(&text)), err);
    } else if (status == EH_OK) {
        status = eh_command_write(&text, err);
    }
    eh_str_clear(&text);
    return status;
}

const eh_command eh_cmd_help = {
    .entry = { .name = "help",
               .summary = "explain a command; print the man page or a completion script",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .examples = examples,
    .run = run,
};
