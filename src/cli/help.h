/* help.h - everything that is generated from the option tables: help, man page, shell completion. */
#ifndef EH_CLI_HELP_H
#define EH_CLI_HELP_H

#include "cli/command.h"

/* The program's help: its commands, common options, exit codes. */
void eh_help_program(eh_str *out);

/* One command's help. */
void eh_help_command(eh_str *out, const eh_command *command);

/* A table of options, one entry each, wrapped at 80 columns. */
void eh_help_options(eh_str *out, const eh_opt *table);

/* Paragraphs of `text`, wrapped at 80 columns, each line indented. Lines that begin with a space are kept as they are. */
void eh_help_paragraphs(eh_str *out, const char *text, size_t indent);

/* "CATALOG [FILE ...]": the arguments of a command, as its usage line shows them; empty for none. */
void eh_help_arguments(eh_str *out, const eh_command *command);

/* The word that stands for an option's value: "N", "FILE". Never NULL; "" for switches. */
const char *eh_help_metavar(const eh_opt *opt);

/* The help sentence of an option with its range, choices and default: "learning rate (0 to 10; default 0.001)". */
void eh_help_sentence(eh_str *out, const eh_opt *opt);

/* The man page evenhand(1) as troff. */
void eh_help_man(eh_str *out);

/* The completion script for a shell. */
typedef enum eh_shell { EH_SHELL_BASH, EH_SHELL_ZSH, EH_SHELL_FISH } eh_shell;
void eh_help_completion(eh_str *out, eh_shell shell);

/* A word and what it means. */
typedef struct eh_help_pair {
    const char *word, *meaning;
} eh_help_pair;

/* Exit codes and environment variables; the last element's word is NULL. */
extern const eh_help_pair eh_help_exit_codes[], eh_help_environment[];

#endif
