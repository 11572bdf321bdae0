/* help_completion.c - completion scripts for bash, zsh and fish, from the same tables as the help.
 *
 * Names in the tables are kebab-case words and sentences in plain ASCII; sentences are quoted for the shell all the same.
 */
#include "cli/help.h"

#include "cli/args.h"

/* Text inside single quotes: a quote ends them, stands escaped, and begins them again. */
static void append_quoted(eh_str *out, const char *text)
{
    eh_str_append(out, "'");
    for (; *text; text++)
        eh_str_append(out, *text == '\'' ? "'\\''" : (const char[]){ *text, '\0' });
    eh_str_append(out, "'");
}

/* The words that an option's value can be, separated by spaces; nothing for free values. */
static void append_values(eh_str *out, const eh_opt *opt)
{
    if (opt->type == EH_OPT_CHOICE)
        for (size_t i = 0; opt->choices[i]; i++)
            eh_str_appendf(out, "%s%s", i ? " " : "", opt->choices[i]);
    const eh_kind *kind = opt->type == EH_OPT_THING ? eh_kind_find(opt->kind) : NULL;
    for (size_t i = 0; kind && kind->list[i]; i++)
        eh_str_appendf(out, "%s%s", i ? " " : "", kind->list[i]->name);
}

static bool has_values(const eh_opt *opt)
{
    return opt->type == EH_OPT_CHOICE || (opt->type == EH_OPT_THING && eh_kind_find(opt->kind));
}

static void append_option_words(eh_str *out, const eh_opt *table)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++) {
        eh_str_appendf(out, " --%s", opt->name);
        if (opt->short_name)
            eh_str_appendf(out, " -%c", opt->short_name);
    }
}

static void append_command_words(eh_str *out)
{
    for (const eh_command *const *command = eh_command_list; *command; command++)
        eh_str_appendf(out, "%s%s", command == eh_command_list ? "" : " ", (*command)->entry.name);
}

/* ---------------------------------------------------------------- bash */

/* "command:--option) values": what follows an option; free values are file names. */
static void append_bash_values(eh_str *out, const char *command, const eh_opt *table)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++) {
        if (opt->type == EH_OPT_BOOL)
            continue;
        eh_str_appendf(out, "    %s:--%s", command, opt->name);
        if (opt->short_name)
            eh_str_appendf(out, " | %s:-%c", command, opt->short_name);
        eh_str_append(out, ")\n        ");
        if (has_values(opt)) {
            eh_str_append(out, "COMPREPLY=($(compgen -W \"");
            append_values(out, opt);
            eh_str_append(out, "\" -- \"$word\"))");
        } else if (opt->type == EH_OPT_STRING || opt->type == EH_OPT_LIST || opt->type == EH_OPT_SETS) {
            eh_str_append(out, "COMPREPLY=($(compgen -f -- \"$word\"))");
        } else {
            eh_str_append(out, "COMPREPLY=()");
        }
        eh_str_append(out, "\n        return\n        ;;\n");
    }
}

static void append_bash(eh_str *out)
{
    eh_str_append(out,
                  "# bash completion for evenhand, made by 'evenhand help --completion bash'\n"
                  "_evenhand() {\n"
                  "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= i\n"
                  "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                  "        case ${COMP_WORDS[i]} in\n"
                  "        -*) ;;\n"
                  "        *) command=${COMP_WORDS[i]}; break ;;\n"
                  "        esac\n"
                  "    done\n"
                  "    if [[ -z $command ]]; then\n"
                  "        COMPREPLY=($(compgen -W \"");
    append_command_words(out);
    append_option_words(out, eh_common_option_table);
    eh_str_append(out, "\" -- \"$word\"))\n        return\n    fi\n    case $command:$before in\n");
    for (const eh_command *const *command = eh_command_list; *command; command++)
        append_bash_values(out, (*command)->entry.name, (*command)->entry.opts);
    append_bash_values(out, "*", eh_common_option_table);
    eh_str_append(out, "    esac\n    if [[ $word != -* ]]; then\n        case $command in\n"
                       "        help) COMPREPLY=($(compgen -W \"");
    append_command_words(out);
    eh_str_append(out, "\" -- \"$word\")) ;;\n        list) COMPREPLY=($(compgen -W \"commands");
    for (const eh_kind *const *kind = eh_kinds(); *kind; kind++)
        eh_str_appendf(out, " %s", (*kind)->plural);
    eh_str_append(out,
                  "\" -- \"$word\")) ;;\n        *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n        esac\n"
                  "        return\n    fi\n    case $command in\n");
    for (const eh_command *const *command = eh_command_list; *command; command++) {
        eh_str_appendf(out, "    %s) COMPREPLY=($(compgen -W \"", (*command)->entry.name);
        append_option_words(out, (*command)->entry.opts);
        append_option_words(out, eh_common_option_table);
        eh_str_append(out, "\" -- \"$word\")) ;;\n");
    }
    eh_str_append(out, "    esac\n}\ncomplete -o filenames -o bashdefault -F _evenhand evenhand\n");
}

/* ---------------------------------------------------------------- zsh */

/* A sentence inside _arguments' brackets, where ':', '[' and ']' have a meaning. */
static void append_zsh_option(eh_str *out, const eh_opt *opt)
{
    eh_str spec = { 0 };
    eh_str_appendf(&spec, "--%s%s[", opt->name, opt->type == EH_OPT_BOOL ? "" : "=");
    for (const char *c = opt->help; *c; c++) {
        if (*c == '[' || *c == ']' || *c == ':' || *c == '\\')
            eh_str_append(&spec, "\\");
        eh_str_append_bytes(&spec, c, 1);
    }
    eh_str_append(&spec, "]");
    if (has_values(opt)) {
        eh_str_appendf(&spec, ":%s:(", opt->name);
        append_values(&spec, opt);
        eh_str_append(&spec, ")");
    } else if (opt->type == EH_OPT_STRING || opt->type == EH_OPT_LIST || opt->type == EH_OPT_SETS) {
        eh_str_appendf(&spec, ":%s:_files", opt->name);
    } else if (opt->type != EH_OPT_BOOL) {
        eh_str_appendf(&spec, ":%s: ", opt->name);
    }
    eh_str_append(out, " \\\n            ");
    append_quoted(out, eh_str_text(&spec));
    out->failed = out->failed || spec.failed;
    eh_str_clear(&spec);
}

static void append_zsh(eh_str *out)
{
    eh_str_append(out, "#compdef evenhand\n# zsh completion for evenhand, made by 'evenhand help "
                       "--completion zsh'\n"
                       "_evenhand() {\n    local -a commands\n    commands=(\n");
    for (const eh_command *const *command = eh_command_list; *command; command++) {
        eh_str line = { 0 };
        eh_str_appendf(&line, "%s:%s", (*command)->entry.name, (*command)->entry.summary);
        eh_str_append(out, "        ");
        append_quoted(out, eh_str_text(&line));
        eh_str_append(out, "\n");
        out->failed = out->failed || line.failed;
        eh_str_clear(&line);
    }
    eh_str_append(
        out,
        "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
        "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n");
    for (const eh_command *const *command = eh_command_list; *command; command++) {
        eh_str_appendf(out, "    %s)\n        _arguments", (*command)->entry.name);
        for (const eh_opt *opt = (*command)->entry.opts; opt && opt->name; opt++)
            append_zsh_option(out, opt);
        for (const eh_opt *opt = eh_common_option_table; opt->name; opt++)
            append_zsh_option(out, opt);
        eh_str_append(out, " \\\n            '*:file:_files'\n        ;;\n");
    }
    eh_str_append(out, "    esac\n}\n_evenhand \"$@\"\n");
}

/* ---------------------------------------------------------------- fish */

static void append_fish_options(eh_str *out, const char *command, const eh_opt *table)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++) {
        eh_str_append(out, "complete -c evenhand");
        if (command)
            eh_str_appendf(out, " -n '__fish_seen_subcommand_from %s'", command);
        eh_str_appendf(out, " -l %s", opt->name);
        if (opt->short_name)
            eh_str_appendf(out, " -s %c", opt->short_name);
        if (has_values(opt)) {
            eh_str_append(out, " -x -a '");
            append_values(out, opt);
            eh_str_append(out, "'");
        } else if (opt->type == EH_OPT_STRING || opt->type == EH_OPT_LIST || opt->type == EH_OPT_SETS) {
            eh_str_append(out, " -r");
        } else if (opt->type != EH_OPT_BOOL) {
            eh_str_append(out, " -x");
        }
        eh_str_append(out, " -d ");
        append_quoted(out, opt->help);
        eh_str_append(out, "\n");
    }
}

static void append_fish(eh_str *out)
{
    eh_str_append(out, "# fish completion for evenhand, made by 'evenhand help --completion fish'\n");
    for (const eh_command *const *command = eh_command_list; *command; command++) {
        eh_str_appendf(out, "complete -c evenhand -n __fish_use_subcommand -f -a %s -d ",
                       (*command)->entry.name);
        append_quoted(out, (*command)->entry.summary);
        eh_str_append(out, "\n");
    }
    append_fish_options(out, NULL, eh_common_option_table);
    for (const eh_command *const *command = eh_command_list; *command; command++)
        append_fish_options(out, (*command)->entry.name, (*command)->entry.opts);
}

void eh_help_completion(eh_str *out, eh_shell shell)
{
    switch (shell) {
    case EH_SHELL_BASH:
        append_bash(out);
        break;
    case EH_SHELL_ZSH:
        append_zsh(out);
        break;
    case EH_SHELL_FISH:
        append_fish(out);
        break;
    }
}
