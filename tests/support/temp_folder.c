/* temp_folder.c - see temp_folder.h. */
#define _XOPEN_SOURCE 700 /* nftw */
#include "support/temp_folder.h"

#include "support/cmocka_all.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

int temp_folder_setup(void **state)
{
    const char *root = getenv("TMPDIR");
    size_t size = 4096;
    char *path = test_malloc(size);
    snprintf(path, size, "%s/evenhand-test.XXXXXX", root && *root ? root : "/tmp");
    if (!mkdtemp(path)) {
        test_free(path);
        return -1;
    }
    *state = path;
    return 0;
}

int temp_folder_teardown(void **state)
{
    int code = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    test_free(*state);
    return code;
}

const char *temp_path(void *const *state, const char *name)
{
    static char path[4][8192];
    static unsigned next;
    char *out = path[next++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", (const char *)*state, name);
    return out;
}

const char *temp_file(void *const *state, const char *name, const void *bytes, size_t size)
{
    const char *path = temp_path(state, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
    return path;
}
