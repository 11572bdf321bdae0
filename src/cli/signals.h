/* signals.h - Ctrl-C once: finish the step and save; twice: leave at once. */
#ifndef EH_CLI_SIGNALS_H
#define EH_CLI_SIGNALS_H

#include <stdbool.h>

/* Handles SIGINT, SIGTERM and SIGHUP so: the first sets the flag below, the second ends the process with 130. A write beyond the file size limit
 * then fails with an error instead of killing the process. */
void eh_signals_install(void);

/* True after the first of those signals. */
bool eh_signals_stop_requested(void);

#endif
