/* progress.c - formats progress messages and hands them on; see evenhand/progress.h. */
#include "evenhand/progress.h"

#include <stdarg.h>
#include <stdio.h>

#define MESSAGE_BYTES 1024

/* The formatted text in `buffer`, or NULL where there is no format. */
static const char *format_text(char *buffer, const char *format, va_list args)
{
    if (!format)
        return NULL;
    vsnprintf(buffer, MESSAGE_BYTES, format, args);
    return buffer;
}

void eh_progress_begin(eh_progress *p, const char *step, uint64_t total, const char *unit)
{
    if (p && p->begin)
        p->begin(p->user, step, total, unit);
}

void eh_progress_update(eh_progress *p, uint64_t done, const char *note_format, ...)
{
    if (!p || !p->update)
        return;
    char buffer[MESSAGE_BYTES];
    va_list args;
    va_start(args, note_format);
    p->update(p->user, done, format_text(buffer, note_format, args));
    va_end(args);
}

void eh_progress_end(eh_progress *p, const char *summary_format, ...)
{
    if (!p || !p->end)
        return;
    char buffer[MESSAGE_BYTES];
    va_list args;
    va_start(args, summary_format);
    p->end(p->user, format_text(buffer, summary_format, args));
    va_end(args);
}

void eh_progress_warn(eh_progress *p, const char *format, ...)
{
    if (!p || !p->warn)
        return;
    char buffer[MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    const char *message = format_text(buffer, format, args);
    va_end(args);
    p->warn(p->user, message ? message : "");
}

bool eh_progress_stop(eh_progress *p)
{
    return p && p->stop_requested && p->stop_requested(p->user);
}
