/* error.c - error values; see evenhand/error.h. */
#include "evenhand/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *eh_version(void)
{
    return EH_VERSION;
}

/* Writes the sentence; what does not fit is cut, never in the middle of a UTF-8 character. */
static void write_message(eh_error *err, const char *format, va_list args)
{
    int length = vsnprintf(err->message, sizeof err->message, format, args);
    if (length < 0) {
        err->message[0] = '\0';
        return;
    }
    if ((size_t)length < sizeof err->message)
        return;
    size_t end = sizeof err->message - 1;
    while (end > 0 && ((unsigned char)err->message[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)err->message[end - 1] >= 0xC0)
        end--;
    /* A character that ends exactly at the cut is given up too: simpler than decoding it, and nobody misses it. */
    err->message[end] = '\0';
}

eh_status(eh_fail)(eh_error *err, eh_status status, const char *format, ...)
{
    if (!err)
        return status;
    va_list args;
    va_start(args, format);
    /* Built aside: an argument may point into err->message. */
    eh_error fresh = { .status = status };
    write_message(&fresh, format, args);
    va_end(args);
    *err = fresh;
    return status;
}

eh_status(eh_fail_errno)(eh_error *err, eh_status status, int errnum, const char *format, ...)
{
    if (!err)
        return status;
    va_list args;
    va_start(args, format);
    eh_error fresh = { .status = status };
    write_message(&fresh, format, args);
    va_end(args);
    char text[128] = "";
    if (strerror_r(errnum, text, sizeof text) != 0)
        snprintf(text, sizeof text, "system error %d", errnum);
    size_t used = strlen(fresh.message);
    snprintf(fresh.message + used, sizeof fresh.message - used, ": %s", text);
    *err = fresh;
    return status;
}

const char *eh_status_name(eh_status status)
{
    switch (status) {
    case EH_OK:
        return "ok";
    case EH_ERR_USAGE:
        return "usage";
    case EH_ERR_INPUT:
        return "input";
    case EH_ERR_IO:
        return "io";
    case EH_ERR_MEMORY:
        return "memory";
    case EH_ERR_LIMIT:
        return "limit";
    case EH_ERR_NOT_ENOUGH:
        return "not-enough";
    case EH_ERR_GATE:
        return "gate";
    case EH_ERR_NUMERIC:
        return "numeric";
    case EH_ERR_INTERRUPTED:
        return "interrupted";
    case EH_ERR_INTERNAL:
        return "internal";
    }
    return "unknown";
}

int eh_exit_code(eh_status status)
{
    switch (status) {
    case EH_OK:
        return 0;
    case EH_ERR_GATE:
        return 1;
    case EH_ERR_USAGE:
        return 2;
    case EH_ERR_NOT_ENOUGH:
        return 4;
    case EH_ERR_INTERRUPTED:
        return 130;
    case EH_ERR_INPUT:
    case EH_ERR_IO:
    case EH_ERR_MEMORY:
    case EH_ERR_LIMIT:
    case EH_ERR_NUMERIC:
    case EH_ERR_INTERNAL:
        break;
    }
    return 3;
}
