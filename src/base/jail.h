/* jail.h - running code whose library is not to be trusted with its input in a child process that can do little else.
 *
 * The child is a fork: it sees the caller's memory as it was, and what it writes comes back through a pipe. It has limits of memory and processor time,
 * cannot write to files, make processes, run programs or use the network, and is killed when it is silent for too long. What it sends is
 * input like any other: the parent checks it.
 */
#ifndef EH_BASE_JAIL_H
#define EH_BASE_JAIL_H

#include "evenhand/error.h"
#include "evenhand/progress.h"

#include <stddef.h>
#include <stdint.h>

typedef struct eh_jail_limits {
    uint64_t memory;  /* bytes that the child may map beyond what is mapped now */
    double processor; /* seconds of processor time */
    double silence;   /* seconds without a byte from it */
} eh_jail_limits;

typedef struct eh_jail eh_jail;

/* What the child does. It writes with eh_jail_write; the status and sentence that it returns reach the parent. It may open files for reading until it calls
 * eh_jail_seal. Threads do not exist in it. */
typedef eh_status (*eh_jail_work)(void *user, eh_jail *jail, eh_error *err);

/* Starts the child. `what` names its task in messages ("reading faces.h5"); borrowed until eh_jail_end. `progress` is asked whether to stop. */
eh_status eh_jail_start(eh_jail **out, const char *what, const eh_jail_limits *limits, eh_jail_work work,
                        void *user, eh_progress *progress, eh_error *err);

/* In the parent: exactly `size` bytes from the child. When they do not come: the child's own error, or EH_ERR_INPUT that says what became of it (crashed,
 * out of memory, out of time), or EH_ERR_INTERRUPTED. */
eh_status eh_jail_read(eh_jail *jail, void *bytes, size_t size, eh_error *err);

/* In the parent: waits for the child's end, after everything has been read, and gives its status. */
eh_status eh_jail_finish(eh_jail *jail, eh_error *err);

/* Kills the child if it still lives, and releases. NULL is fine. */
void eh_jail_end(eh_jail *jail);

/* In the child. */
eh_status eh_jail_write(eh_jail *jail, const void *bytes, size_t size, eh_error *err);

/* In the child: from now on nothing more can be opened. */
void eh_jail_seal(eh_jail *jail);

#endif
