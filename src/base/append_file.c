/* append_file.c - a file that only grows. */
#include "base/append_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static eh_status fail_file(const eh_append_file *file, eh_error *err)
{
    return eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be written", file->path);
}

eh_status eh_append_open(eh_append_file *out, const char *path, uint64_t keep, eh_error *err)
{
    struct stat info;
    *out = (eh_append_file){ .stream = fopen(path, "ab"), .path = path };
    if (!out->stream || fstat(fileno(out->stream), &info) != 0)
        return fail_file(out, err);
    if ((uint64_t)info.st_size < keep)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: has %lld bytes where the checkpoint knows %llu; somebody changed it. Restore it, "
                       "or train anew with another --out",
                       path, (long long)info.st_size, (unsigned long long)keep);
    if (ftruncate(fileno(out->stream), (off_t)keep) != 0)
        return fail_file(out, err);
    return EH_OK;
}

void eh_append_close(eh_append_file *file)
{
    if (file->stream)
        fclose(file->stream);
    *file = (eh_append_file){ 0 };
}

eh_status eh_append_write(eh_append_file *file, const void *bytes, size_t size, eh_error *err)
{
    if (fwrite(bytes, 1, size, file->stream) != size || fflush(file->stream) != 0)
        return fail_file(file, err);
    return EH_OK;
}

eh_status eh_append_sync(eh_append_file *file, uint64_t *bytes, eh_error *err)
{
    struct stat info;
    if (fflush(file->stream) != 0 || fsync(fileno(file->stream)) != 0 ||
        fstat(fileno(file->stream), &info) != 0)
        return fail_file(file, err);
    *bytes = (uint64_t)info.st_size;
    return EH_OK;
}
