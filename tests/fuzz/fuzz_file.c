/* fuzz_file.c - see fuzz_target.h. */
#include "fuzz/fuzz_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[96];

static void remove_file(void)
{
    unlink(path);
}

const char *fuzz_file(const uint8_t *bytes, size_t size, const char *suffix)
{
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    if (path[0])
        remove_file(); /* the suffix may be another one */
    else
        atexit(remove_file);
    snprintf(path, sizeof path, "%s/evenhand-fuzz-%ld%s", folder, (long)getpid(), suffix);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f) != 0)
        abort();
    return path;
}
