/* fuzz_target.h - what every fuzz target defines; libFuzzer calls it, or fuzz_replay.c in the ordinary tests.
 *
 * To add a target: tests/fuzz/fuzz_<parser>.c with this function, and a folder of seeds tests/fuzz/corpus/<parser>/.
 */
#ifndef EH_TESTS_FUZZ_TARGET_H
#define EH_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* Takes any bytes; returns 0. What must not be ends in abort(). */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Writes the bytes to a file that every call overwrites, for parsers that read files; its path is static. `suffix` as ".csv" or "". */
const char *fuzz_file(const uint8_t *bytes, size_t size, const char *suffix);

#endif
