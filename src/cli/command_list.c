/* command_list.c - the table of commands, in the order of the help. */
#include "cli/command.h"

const eh_command *const eh_command_list[] = {
    NULL,
};
