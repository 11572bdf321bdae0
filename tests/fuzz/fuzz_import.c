/* fuzz_import.c - any bytes, as an archive or as a file, are imported as some format, or give a reason; no catalog is left that cannot be opened. */
#include "fuzz/fuzz_target.h"

#include "base/file.h"
#include "evenhand/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const suffix[] = { "", ".csv", ".jsonl", ".json", ".npz", "-idx3-ubyte", ".bin" };
    char target[128], source[96];
    eh_catalog *catalog;
    eh_import_report report;
    eh_error err = { 0 };
    const eh_import_opts opts = { .check_pixels = true,
                                  .overwrite = true,
                                  .archive = { .max_entries = 1000, .max_bytes = 1 << 22 },
                                  .limits = { .max_pixels = 1 << 18, .max_side = 1 << 12, .max_scans = 10 } };
    static const uint8_t hdf5[8] = { 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n' };
    if (size >= 8 && memcmp(bytes, hdf5, 8) == 0)
        return 0; /* a process of its own for every input */
    snprintf(source, sizeof source, "%s", fuzz_file(bytes, size, suffix[size % 7]));
    snprintf(target, sizeof target, "%s.eh", source);
    if (eh_catalog_import(target, source, &opts, &report, NULL, &err) == EH_OK) {
        if (eh_catalog_open(&catalog, target, &err) != EH_OK)
            abort();
        eh_catalog_close(catalog);
    } else if (err.message[0] == 0) {
        abort();
    }
    unlink(target);
    return 0;
}
