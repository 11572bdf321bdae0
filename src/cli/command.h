/* command.h - what a command of the program is.
 *
 * To add a command: one file src/cli/cmd_<name>.c that exports `const eh_command eh_cmd_<name>`, and one row in
 * command_list.c. Parsing, --help, the man page and shell completion come from its tables.
 *
 *     typedef struct options { const char *catalog, *output; int64_t epochs; } options;
 *     static const eh_opt positional_table[] = {
 *         { .name = "catalog", .help = "the catalog to train on", .type = EH_OPT_STRING,
 *           .offset = offsetof(options, catalog), .metavar = "CATALOG", .required = true },
 *         { 0 }
 *     };
 *     static const eh_opt option_table[] = { ..., { 0 } };
 *     static eh_status run(eh_command_context *context, const void *opts, eh_error *err);
 *     const eh_command eh_cmd_train = {
 *         .entry = { .name = "train", .summary = "train a model", .opts = option_table, .opts_size = sizeof(options) },
 *         .positionals = positional_table, .run = run };
 *
 * Rules for `run`
 *   - stdout is data, written through eh_command_write and eh_command_write_json only; stderr is for messages: progress and
 *     warnings go through context->progress.
 *   - With context->json stdout holds exactly one JSON document and nothing else.
 *   - Errors are returned, never printed: main prints "evenhand: <sentence>" and exits with eh_exit_code(status).
 *   - Nothing asks a question. What is allocated from context->arena is released after `run`.
 */
#ifndef EH_CLI_COMMAND_H
#define EH_CLI_COMMAND_H

#include "evenhand/memory.h"
#include "evenhand/option.h"
#include "evenhand/progress.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What every command gets besides its own options. Owned by main. */
typedef struct eh_command_context {
    eh_progress *progress;      /* pass it to the library; never NULL here */
    eh_arena *arena;            /* lives until the command has returned; option values live in it too */
    uint64_t seed;              /* --seed, default 1 */
    bool json;                  /* --json: one JSON document on stdout */
    bool quiet;                 /* --quiet: neither progress nor remarks; warnings, errors and data stay */
    bool color;                 /* escape sequences may be written to stdout */
    struct eh_console *console; /* for eh_command_note; NULL in tests */
    const char *program; /* absolute path of the running program where the system tells it, else argv[0] */
} eh_command_context;

typedef struct eh_command {
    eh_entry entry; /* options: a table over the command's own struct */
    const eh_opt *
        positionals; /* over the same struct, in order; NULL for none. Optional ones after required ones; an EH_OPT_LIST
                                    takes all that are left and must be the last */
    const char *details;         /* help and man page: paragraphs separated by empty lines; NULL for none */
    const char *const *examples; /* NULL-terminated pairs: command line, then what it does; NULL for none */
    eh_status (*run)(eh_command_context *context, const void *opts, eh_error *err);
} eh_command;

/* All commands, NULL-terminated, in the order of the help (command_list.c). */
extern const eh_command *const eh_command_list[];

/* The command of that name, or NULL. */
const eh_command *eh_command_find(const char *name);

/* Writes the text to stdout and clears it. EH_ERR_MEMORY when appending to it had failed, EH_ERR_IO when stdout refuses. */
eh_status eh_command_write(eh_str *text, eh_error *err);

/* Writes one JSON document to stdout: keys in insertion order, indented, final LF. Takes the reference over; NULL is EH_ERR_MEMORY. */
eh_status eh_command_write_json(json_t *json, eh_error *err);

/* A remark on stderr ("wrote run.json"), one line without the final LF; nothing when quiet. Never for errors or warnings. */
void eh_command_note(const eh_command_context *context, const char *format, ...) EH_PRINTF(2, 3);

#endif
