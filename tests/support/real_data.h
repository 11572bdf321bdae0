/* real_data.h - where tests find the real data that is not part of the repository. */
#ifndef EH_TESTS_REAL_DATA_H
#define EH_TESTS_REAL_DATA_H

#include <stdbool.h>
#include <stddef.h>

/* Path of `name` ("png-suite/pngsuite") below $EVENHAND_DATA, else below ../shared/data; false where it does not exist: then call skip(). */
bool real_data_path(char *out, size_t size, const char *name);

#endif
