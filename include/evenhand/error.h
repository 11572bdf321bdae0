/* error.h - error values.
 *
 * A function that can fail returns an eh_status and takes a last parameter
 * `eh_error *err` (NULL allowed). Who detects the failure writes the sentence
 * with eh_fail; who passes it on adds nothing and returns the status. The
 * sentence names the file or value, what is wrong, and the remedy. Programming
 * errors are asserted, not returned.
 *
 * There is no global or thread-local "last error": the caller owns the struct.
 */
#ifndef EVENHAND_ERROR_H
#define EVENHAND_ERROR_H

#include "evenhand/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Result of every function that can fail. The command line maps these to exit codes (see eh_exit_code). */
typedef enum eh_status {
    EH_OK = 0,
    EH_ERR_USAGE,       /* the caller asked for something that does not exist or contradicts itself */
    EH_ERR_INPUT,       /* a file or a value in it is unreadable, malformed or out of range */
    EH_ERR_IO,          /* the operating system refused: open, read, write, disk full */
    EH_ERR_MEMORY,      /* an allocation failed, or a stated memory limit would be exceeded */
    EH_ERR_LIMIT,       /* input is larger than a stated limit (image size, scans, entries ...) */
    EH_ERR_NOT_ENOUGH,  /* too little data to judge */
    EH_ERR_GATE,        /* a gate set by the user failed */
    EH_ERR_NUMERIC,     /* NaN or infinity where a finite number is required */
    EH_ERR_INTERRUPTED, /* stopped by a signal; state was saved */
    EH_ERR_INTERNAL     /* a library that we call failed in a way that no input explains */
} eh_status;

/* One error: status and a complete sentence in UTF-8. Zero-initialise: `eh_error err = {0};`. */
typedef struct eh_error {
    eh_status status;
    char message[1024];
} eh_error;

#if defined(__GNUC__)
#define EH_PRINTF(fmt_index, first_arg) __attribute__((format(printf, fmt_index, first_arg)))
#define EH_MUST_CHECK                   __attribute__((warn_unused_result))
#else
#define EH_PRINTF(fmt_index, first_arg)
#define EH_MUST_CHECK
#endif

/* Writes status and sentence into `err` (ignored when NULL; a longer sentence is cut) and returns `status`. */
EH_API eh_status eh_fail(eh_error *err, eh_status status, const char *format, ...) EH_PRINTF(3, 4);

/* As eh_fail, and appends ": " and the text of the system error number `errnum`. */
EH_API eh_status eh_fail_errno(eh_error *err, eh_status status, int errnum, const char *format, ...)
    EH_PRINTF(4, 5);

#ifdef __clang_analyzer__
/* What the static analyzer cannot see from here: these return the status that they are given, which is never EH_OK. */
#define eh_fail(err, status, ...) ((void)(eh_fail)((err), (status), __VA_ARGS__), (status))
#define eh_fail_errno(err, status, errnum, ...) \
    ((void)(eh_fail_errno)((err), (status), (errnum), __VA_ARGS__), (status))
#endif

/* Short word for a status ("ok", "usage", "input" ...), for logs and JSON. Never NULL. */
EH_API const char *eh_status_name(eh_status status);

/* Process exit code for a status: 0 ok, 1 gate, 2 usage, 3 input/io/memory/limit/numeric/internal,
 * 4 not enough data, 130 interrupted. */
EH_API int eh_exit_code(eh_status status);

/* Returns from the enclosing function when `expr` is not EH_OK. Only where nothing needs to be released. */
#define EH_TRY(expr)                \
    do {                            \
        eh_status eh_try_ = (expr); \
        if (eh_try_ != EH_OK)       \
            return eh_try_;         \
    } while (0)

/* Assigns `expr` to `status` and jumps to `done:` when it is not EH_OK. */
#define EH_TRY_GOTO(status, expr) \
    do {                          \
        (status) = (expr);        \
        if ((status) != EH_OK)    \
            goto done;            \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
