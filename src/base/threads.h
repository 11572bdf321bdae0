/* threads.h - the one thread budget. */
#ifndef EH_BASE_THREADS_H
#define EH_BASE_THREADS_H

#include "evenhand/error.h"

#include <stddef.h>

/* Sets how many threads the whole program may use for computing (OpenMP and the pool together); 0 = all processors allowed
 * by affinity and cgroup. Call once, early. */
void eh_threads_set(int count);

/* The budget, >= 1. */
int eh_threads(void);

/* Calls work(user, i) for i in [0, count) on up to eh_threads() threads, in any order; returns when all are done. `work`
 * must not fail the process; collect errors in user. Nested calls run on the calling thread. */
void eh_parallel_for(size_t count, void (*work)(void *user, size_t index), void *user);

#endif
