/* folder.c - folders that are made whole or not at all; see folder.h. */
#include "base/folder.h"

#include "base/file.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Deeper folders are not ours. */
#define MAX_DEPTH 16

static eh_status check_target(const char *path, eh_error *err)
{
    if (!eh_path_exists(path))
        return EH_OK;
    if (!eh_path_is_folder(path))
        return eh_fail(err, EH_ERR_USAGE, "%s exists and is not a folder; choose another name", path);
    DIR *dir = opendir(path);
    if (!dir)
        return eh_fail_errno(err, EH_ERR_IO, errno, "the folder %s cannot be read", path);
    bool empty = true;
    for (const struct dirent *entry; empty && (entry = readdir(dir)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return empty ? EH_OK
                 : eh_fail(err, EH_ERR_USAGE,
                           "the folder %s is not empty; choose another name, or remove it first", path);
}

static void clear(eh_atomic_folder *folder)
{
    eh_free(folder->temporary);
    eh_free(folder->path);
    *folder = (eh_atomic_folder){ 0 };
}

eh_status eh_atomic_folder_open(eh_atomic_folder *folder, const char *path, eh_error *err)
{
    static _Atomic unsigned serial;
    size_t length = strlen(path);
    *folder = (eh_atomic_folder){ 0 };
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length == 0)
        return eh_fail(err, EH_ERR_USAGE, "the name of a folder is needed, but it is empty");
    EH_TRY(check_target(path, err));
    folder->path = eh_alloc(length + 1, 1);
    folder->temporary = eh_alloc(length + 48, 1);
    if (!folder->path || !folder->temporary) {
        clear(folder);
        return eh_fail_memory(err, path, length, 1);
    }
    memcpy(folder->path, path, length);
    snprintf(folder->temporary, length + 48, "%s.tmp.%ld.%u", folder->path, (long)getpid(),
             atomic_fetch_add(&serial, 1));
    if (mkdir(folder->temporary, 0777) == 0)
        return EH_OK;
    int errnum = errno;
    eh_status status =
        errnum == ENOENT || errnum == ENOTDIR
            ? eh_fail(err, EH_ERR_IO, "%s cannot be made: the folder above it does not exist", folder->path)
            : eh_fail_errno(err, EH_ERR_IO, errnum, "%s cannot be made", folder->temporary);
    clear(folder);
    return status;
}

eh_status eh_atomic_folder_make(const eh_atomic_folder *folder, const char *name, eh_error *err)
{
    eh_str path = { 0 };
    eh_str_appendf(&path, "%s/%s", folder->temporary, name);
    eh_status status = eh_str_check(&path, err);
    if (status == EH_OK)
        status = eh_make_folder(path.data, err);
    eh_str_clear(&path);
    return status;
}

eh_status eh_atomic_folder_write(const eh_atomic_folder *folder, const char *name, const void *bytes,
                                 size_t size, eh_error *err)
{
    eh_str path = { 0 };
    eh_str_appendf(&path, "%s/%s", folder->temporary, name);
    eh_status status = eh_str_check(&path, err);
    if (status == EH_OK) {
        FILE *file = fopen(path.data, "wbe");
        int failure = file ? 0 : errno;
        size_t written = file && size ? fwrite(bytes, 1, size, file) : 0;
        if (file && written != size)
            failure = errno ? errno : EIO;
        if (file && fclose(file) != 0 && failure == 0)
            failure = errno;
        if (failure)
            status = eh_fail_errno(err, EH_ERR_IO, failure, "cannot write %s/%s", folder->path, name);
    }
    eh_str_clear(&path);
    return status;
}

/* rm -r of what is in the open folder, not following links; closes it. */
static void remove_contents(int fd, int depth)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(dir), entry->d_name, 0) == 0 || depth == MAX_DEPTH)
            continue;
        int below = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below < 0)
            continue;
        remove_contents(below, depth + 1);
        unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    }
    closedir(dir);
}

void eh_atomic_folder_abandon(eh_atomic_folder *folder)
{
    int fd =
        folder->temporary ? open(folder->temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd >= 0) {
        remove_contents(fd, 0);
        rmdir(folder->temporary);
    }
    clear(folder);
}

eh_status eh_atomic_folder_commit(eh_atomic_folder *folder, eh_error *err)
{
    if (rename(folder->temporary, folder->path) == 0) {
        clear(folder);
        return EH_OK;
    }
    eh_status status =
        eh_fail_errno(err, EH_ERR_IO, errno, "cannot rename %s to %s", folder->temporary, folder->path);
    eh_atomic_folder_abandon(folder);
    return status;
}
