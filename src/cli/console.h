/* console.h - what the program says on stderr: progress, remarks, warnings, errors. */
#ifndef EH_CLI_CONSOLE_H
#define EH_CLI_CONSOLE_H

#include "cli/args.h"

#include <stdio.h>

typedef struct eh_console_step eh_console_step;
typedef struct eh_console eh_console;

/* Steps may begin inside steps; deeper ones than this are not shown. */
#define EH_CONSOLE_DEPTH 6

struct eh_console_step {
    char name[96], unit[32];
    uint64_t total, done;
    double began; /* eh_seconds() */
    double
        resumed; /* when `done` was first reported: what a resumed run had done before says nothing about speed */
    uint64_t done_before;
    bool started;
};

/* Fill with eh_console_init; no release. `progress` is what the library gets. */
struct eh_console {
    eh_progress progress;
    eh_progress_mode mode; /* never EH_PROGRESS_AUTO */
    bool quiet, json_errors;
    FILE *stream;
    eh_console_step step[EH_CONSOLE_DEPTH];
    size_t depth;      /* steps now open; may exceed EH_CONSOLE_DEPTH */
    double last_shown; /* eh_seconds() of the last update that was shown */
    bool bar_on_line;  /* the cursor stands behind a bar */
};

/* `stream` is stderr but for tests. */
void eh_console_init(eh_console *console, const eh_common_options *common, FILE *stream);

/* One line of remark; nothing when quiet. */
void eh_console_note(eh_console *console, const char *text);

/* "evenhand: sentence", or with --json or --progress json one line {"event":"error","status":...,"exit_code":...,"message":...}. */
void eh_console_error(eh_console *console, const eh_error *err);

#endif
