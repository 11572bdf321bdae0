/* args.h - the command line, read by the option tables of the command and of the program. */
#ifndef EH_CLI_ARGS_H
#define EH_CLI_ARGS_H

#include "cli/command.h"

/* How progress is shown; the order of --progress. */
typedef enum eh_progress_mode {
    EH_PROGRESS_AUTO, /* a bar on a terminal, else plain lines */
    EH_PROGRESS_BAR,
    EH_PROGRESS_PLAIN,
    EH_PROGRESS_JSON,
    EH_PROGRESS_NONE
} eh_progress_mode;

/* The order of --color. */
typedef enum eh_color_mode { EH_COLOR_AUTO, EH_COLOR_ALWAYS, EH_COLOR_NEVER } eh_color_mode;

/* Options that every command has. */
typedef struct eh_common_options {
    bool json, quiet, help, version;
    const char *config; /* recipe, already read */
    int64_t seed, threads;
    int color, progress; /* eh_color_mode, eh_progress_mode */
} eh_common_options;

/* Their table, over eh_common_options. */
extern const eh_opt eh_common_option_table[];

/* A command line that was read. */
typedef struct eh_args {
    eh_common_options common;
    const eh_command *command; /* NULL when none was named */
    void *opts;                /* entry.opts_size bytes in the arena, defaults and the user's values */
} eh_args;

/* Reads argv[1..argc). `out` is filled as far as it was understood also when this fails, so that --json and --color hold for
 * the error message. Required arguments are not asked for when --help is among the options. Errors: EH_ERR_USAGE. */
eh_status eh_args_parse(eh_args *out, int argc, char **argv, eh_arena *arena, eh_error *err);

#endif
