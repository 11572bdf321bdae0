/* command_words.h - a command's options as the words of a command line that gives the same. */
#ifndef EH_CLI_COMMAND_WORDS_H
#define EH_CLI_COMMAND_WORDS_H

#include "cli/command.h"

/* "evenhand", the command, the positional arguments, then every option that differs from its default. For the record in results. In the
 * arena; EH_ERR_MEMORY alone. */
eh_status eh_command_words(const char *const **out, size_t *count, const eh_command *command,
                           const void *opts, eh_arena *arena, eh_error *err);

#endif
