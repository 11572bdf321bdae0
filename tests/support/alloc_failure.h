/* alloc_failure.h - makes every allocation of an operation fail in turn. */
#ifndef EH_TESTS_ALLOC_FAILURE_H
#define EH_TESTS_ALLOC_FAILURE_H

#include "evenhand/error.h"

#include <stdint.h>

/* Runs `operation` again and again, the n-th allocation failing, once alone and once with all that follow, until it passes
 * without having met the failure. Fails the test unless every failing run returns EH_ERR_MEMORY with a message and leaves no memory behind.
 * Returns how many allocations the operation makes. `operation` releases what it made. */
uint64_t expect_survives_alloc_failure(eh_status (*operation)(void *user, eh_error *err), void *user);

#endif
