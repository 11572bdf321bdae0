/* command.c - finding a command, and its ways to speak; see command.h. */
#include "cli/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const eh_command *eh_command_find(const char *name)
{
    for (const eh_command *const *command = eh_command_list; *command; command++)
        if (strcmp((*command)->entry.name, name) == 0)
            return *command;
    return NULL;
}

static eh_status fail_stdout(eh_error *err, int errnum)
{
    return eh_fail_errno(err, EH_ERR_IO, errnum ? errnum : EIO, "The standard output cannot be written");
}

eh_status eh_command_write(eh_str *text, eh_error *err)
{
    eh_status status = eh_str_check(text, err);
    errno = 0;
    if (status == EH_OK && text->size > 0 && fwrite(text->data, 1, text->size, stdout) != text->size)
        status = fail_stdout(err, errno);
    eh_str_clear(text);
    return status;
}

eh_status eh_command_write_json(json_t *json, eh_error *err)
{
    char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(json);
    if (!text)
        return eh_fail(err, EH_ERR_MEMORY, "Out of memory for the JSON output.");
    errno = 0;
    eh_status status = EH_OK;
    if (fputs(text, stdout) == EOF || fputc('\n', stdout) == EOF || fflush(stdout) != 0)
        status = fail_stdout(err, errno);
    free(text); /* jansson's own block */
    return status;
}

void eh_command_note(const eh_command_context *context, const char *format, ...)
{
    if (context->quiet)
        return;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}
