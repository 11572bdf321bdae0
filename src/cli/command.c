/* command.c - finding a command, and its ways to speak; see command.h. */
#include "cli/command.h"

#include "base/json.h"
#include "cli/console.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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
    eh_str text = { 0 };
    if (json) {
        eh_json_append(&text, json, true);
        eh_str_append(&text, "\n");
    }
    text.failed = text.failed || !json;
    json_decref(json);
    return eh_command_write(&text, err);
}

void eh_command_note(const eh_command_context *context, const char *format, ...)
{
    if (!context->console)
        return;
    eh_str text = { 0 };
    va_list args;
    va_start(args, format);
    eh_str_appendv(&text, format, args);
    va_end(args);
    eh_console_note(context->console, eh_str_text(&text));
    eh_str_clear(&text);
}
