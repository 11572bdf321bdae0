/* temp_folder.h - an empty folder for a test, and files in it. */
#ifndef EH_TESTS_TEMP_FOLDER_H
#define EH_TESTS_TEMP_FOLDER_H

#include <stddef.h>

/* cmocka setup and teardown: *state is the folder's path (const char *), removed with everything in it at the end. */
int temp_folder_setup(void **state);
int temp_folder_teardown(void **state);

/* "folder/name" in a static buffer that the call after the next three reuses. */
const char *temp_path(void *const *state, const char *name);

/* Writes a file in the folder; its path as from temp_path. */
const char *temp_file(void *const *state, const char *name, const void *bytes, size_t size);

#endif
