/* progress.h - how long steps report that they are alive, and how they learn that they must stop.
 *
 * Library code calls these; what is shown is the caller's choice. The command line draws a bar on a
 * terminal, prints a line now and then into a pipe, or writes NDJSON (--progress json).
 * A NULL eh_progress is legal everywhere and reports nothing.
 */
#ifndef EVENHAND_PROGRESS_H
#define EVENHAND_PROGRESS_H

#include "evenhand/error.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eh_progress eh_progress;

/* Receives events. All members may be NULL. Calls come from one thread at a time. */
struct eh_progress {
    void *user;
    /* A step named `step` begins; `total` units of work of kind `unit` ("images") are expected, 0 = unknown. */
    void (*begin)(void *user, const char *step, uint64_t total, const char *unit);
    /* `done` units so far; `note` (may be NULL) is a short text such as "loss 0.41". */
    void (*update)(void *user, uint64_t done, const char *note);
    /* The step ended; `summary` (may be NULL) is one line to keep. */
    void (*end)(void *user, const char *summary);
    /* A message for the user: something was skipped, repaired or assumed. */
    void (*warn)(void *user, const char *message);
    /* True once the user asked to stop: finish the current unit, save, return EH_ERR_INTERRUPTED. */
    bool (*stop_requested)(void *user);
};

EH_API void eh_progress_begin(eh_progress *p, const char *step, uint64_t total, const char *unit);
EH_API void eh_progress_update(eh_progress *p, uint64_t done, const char *note_format, ...) EH_PRINTF(3, 4);
EH_API void eh_progress_end(eh_progress *p, const char *summary_format, ...) EH_PRINTF(2, 3);
EH_API void eh_progress_warn(eh_progress *p, const char *format, ...) EH_PRINTF(2, 3);
EH_API bool eh_progress_stop(eh_progress *p);

#ifdef __cplusplus
}
#endif
#endif
